# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of the runtime that sshd calls at each login. They are for the shell, which starts in a millisecond.

They call another program only for the ports of a gear. What sshd hands them is checked letter by letter before it
becomes part of a path. Names, paths and grants follow the rules of model/ and store/: ``@word@`` in a text is filled in
from there.
"""

from __future__ import annotations

from ...model.access.keys import FILE_LETTERS, ID_LENGTH
from ...model.access.targets import CONTAINER, READ, REPOSITORY, WRITE, Target, grant_name
from ...model.names import LONGEST, SHORTEST, SIGNS, login_name, repository_login
from ...model.runtime import PROGRAMS
from ...store.access.grants import folder_of
from ...store.layout import Layout
from ..shell import Variable, fill

KEYS = "gear-keys"
"""sshd's AuthorizedKeysCommand."""

SHELL = "gear-shell"
"""What sshd runs for the login of a gear, whatever the client asked for."""

GIT = "gear-git"
"""The shell of a repository's login."""

_HEAD = "#!/bin/sh\n# Written by geard.core.gear_host, which replaces this file.\n"

_KEYS = r"""
# gear-keys LOGIN FINGERPRINT [ports]: print the key with this fingerprint if it opens the gear or repository of this
# login; with "ports", it may be forwarded to those that the gear's unit says are its own, where the host has them.
# A grant and a key have one path each, so it does not matter how many others there are.
LC_ALL=C PATH=/usr/bin:/bin
set -f
login=$1 id=${2#SHA256:} way=${3-} base=@base@

name=${login#???-}
case $login in @logins@) ;; *) exit 0 ;; esac
case $name in [!a-zA-Z0-9]* | *[!a-zA-Z0-9@signs@]*) exit 0 ;; esac
[ ${#name} -le @longest@ ] && [ ${#id} -eq @id_length@ ] && [ "SHA256:$id" = "$2" ] || exit 0
case $id in *[!a-zA-Z0-9+/]*) exit 0 ;; esac
while :; do
    case $id in
@letters@
        *) break ;;
    esac
done

key=@key@
case $login in
    @gears@)
        folder=@folder_of_gear@ grant=@grant_of_gear@
        options='restrict,pty,command="@programs@/gear-shell"'
        ;;
    *)
        folder=@folder_of_repository@ level=@write@
        [ ! -L "$folder/@reading@" ] || level=@read@
        grant=@grant_of_repository@
        options="restrict,command=\"@programs@/gear-git $level $name\""
        ;;
esac
# The grant is a symlink to this key and to nothing else, in a folder that is no symlink; nor is the key.
grant=$folder/$grant
[ -L "$grant" ] && [ ! -L "$folder" ] && [ ! -L "$key" ] && [ -f "$key" ] && [ "$grant" -ef "$key" ] || exit 0
IFS= read -r line < "$key" || exit 0
case $line in *[!a-zA-Z0-9@.=+/\ -]*) exit 0 ;; esac
case $way$login in
    ports@gears@)
        # Of TCP only, as nobody but the gear has these numbers; no address means all of the host's. A key without a
        # place is not forwarded, as it would be to everywhere.
        places=
        for place in $(exec sed -nE 's/^X-PortMapping=[0-9]+:([0-9]+)(@0\.0\.0\.0)?$/127.0.0.1:\1/p
                                     s/^X-PortMapping=[0-9]+:([0-9]+)@([0-9.]+)$/\2:\1/p
                                     s/^X-PortMapping=[0-9]+:([0-9]+)@::$/[::1]:\1/p
                                     s/^X-PortMapping=[0-9]+:([0-9]+)@([0-9a-f:]+)$/[\2]:\1/p' \
                            "@unit@"); do
            places=$places,permitopen=\"$place\"
        done
        options=$options${places:+,port-forwarding$places}
        ;;
esac
printf '%s %s\n' "$options" "$line"
"""

_SHELL = r"""
# gear-shell: what sshd runs for the login of a gear. It asks sudo for gear-enter, which takes no arguments and looks
# itself up whose login this is. What the client wants to run travels in a variable, so that no log shows it; the letter
# in front tells no command from an empty one.
GEAR_COMMAND=${SSH_ORIGINAL_COMMAND+=$SSH_ORIGINAL_COMMAND}
export GEAR_COMMAND
exec /usr/bin/sudo -n -- @programs@/gear-enter
"""

_GIT = r"""
# gear-git: the shell of a repository's login. sshd runs it as `gear-git -c "@programs@/gear-git LEVEL NAME"`, which
# gear-keys told it; anything else is refused. What the client asks for decides between three commands and is in none
# of them: the repository is always the login's own, its hooks and settings are not those that lie in it.
LC_ALL=C
set -f
umask 077
refuse() {
    printf 'gear-git: %s\n' "$1" >&2
    exit 128
}

[ "$1" = -c ] && [ $# -eq 2 ] || refuse 'this login is for git only'
set -- $2
[ $# -eq 3 ] && [ "$1" = @programs@/gear-git ] || refuse 'this login is for git only'
level=$2 name=$3 base=@base@
case $name in ?*[!a-zA-Z0-9@signs@]* | [!a-zA-Z0-9]*) refuse 'this login is for git only' ;; esac
repository=@repository@

asked=${SSH_ORIGINAL_COMMAND-}
case $asked in
    "git-upload-pack '"*"'" | "git upload-pack '"*"'") verb='upload-pack --strict --timeout=600' ;;
    "git-upload-archive '"*"'" | "git upload-archive '"*"'") verb=upload-archive ;;
    "git-receive-pack '"*"'" | "git receive-pack '"*"'") verb=receive-pack ;;
    *) refuse "this login of repository $name is for git only; use it as in 'git clone git-$name@HOST:~'" ;;
esac
path=${asked#*\'}
case ${path%\'} in
    '~' | '~/' | . | ./ | / | "$name" | "$name.git" | "/$name" | "/$name.git" | "$repository" | "$repository/") ;;
    *) refuse "this login opens the repository $name only; its address is git-$name@HOST:~" ;;
esac
case $level-$verb in
    @read@-receive-pack) refuse "your key may read the repository $name, but not push to it" ;;
    @read@-* | @write@-*) ;;
    *) refuse 'this login is for git only' ;;
esac
[ ! -L "$repository" ] && [ -d "$repository" ] && [ -O "$repository" ] ||
    refuse "the repository $name does not exist on this host any more, or does not belong to this login"

case ${GIT_PROTOCOL-} in *[!a-z0-9=:]*) GIT_PROTOCOL= ;; esac
exec /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$repository" LANG=C.UTF-8 GEAR_REPOSITORY="$name" \
    GIT_PROTOCOL="${GIT_PROTOCOL-}" GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 \
    GIT_NO_LAZY_FETCH=1 \
    git -c core.hooksPath="@hooks@" -c core.fsmonitor=false \
    -c core.sharedRepository=umask -c uploadpack.allowAnySHA1InWant=false -c receive.fsckObjects=true \
    -c receive.fsck.badTimezone=ignore -c receive.fsck.missingSpaceBeforeDate=ignore \
    -c receive.fsck.zeroPaddedFilemode=ignore $verb "$repository"
"""


def script_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    words = _words()
    texts = {KEYS: _KEYS, SHELL: _SHELL, GIT: _GIT}
    return {f"{PROGRAMS}/{name}": (_HEAD + fill(text, **words)).encode() for name, text in texts.items()}


def _words() -> dict[str, str]:
    """What the texts share with the rest of the library, by the variables that they use."""
    layout, name, key_id = Layout(base="$base"), Variable("name"), Variable("id")
    gear, repository = Target(CONTAINER, name), Target(REPOSITORY, name)
    any_name = "?" * SHORTEST + "*"
    return {
        "programs": PROGRAMS,
        "base": Layout().base,
        "logins": f"{login_name(any_name)} | {repository_login(any_name)}",
        "gears": login_name("*"),
        "signs": SIGNS,
        "longest": str(LONGEST),
        "id_length": str(ID_LENGTH),
        "letters": "\n".join(f"        *{a}*) id=${{id%%{a}*}}{b}${{id#*{a}}} ;;" for a, b in FILE_LETTERS.items()),
        "key": layout.key(key_id),
        "folder_of_gear": folder_of(layout, gear),
        "grant_of_gear": grant_name(gear, key_id, WRITE),
        "folder_of_repository": folder_of(layout, repository),
        "grant_of_repository": grant_name(repository, key_id, Variable("level")),
        "reading": grant_name(repository, key_id, READ),
        "read": READ,
        "write": WRITE,
        "unit": layout.unit(name),
        "repository": layout.repository(name),
        "hooks": layout.hooks(name),
    }
