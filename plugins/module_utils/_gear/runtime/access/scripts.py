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
# login. With "ports", connections may be forwarded to the external ports that the gear's unit names.
# A grant and a key have one path each, so the time does not depend on how many others there are.
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
# The grant must be a symlink to this key. Its folder and the key itself must not be symlinks.
grant=$folder/$grant
[ -L "$grant" ] && [ ! -L "$folder" ] && [ ! -L "$key" ] && [ -f "$key" ] && [ "$grant" -ef "$key" ] || exit 0
IFS= read -r line < "$key" || exit 0
case $line in *[!a-zA-Z0-9@.=+/\ -]*) exit 0 ;; esac
case $way$login in
    ports@gears@)
        # TCP only. No address stands for all addresses of the host. Without any place, the option port-forwarding is
        # left out as well, since it would open every place.
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
# gear-shell: sshd runs it for the login of a gear. It calls gear-enter through sudo, which takes no arguments and finds
# out itself whose login this is. The client's command travels in a variable, so that no log shows it. The letter in
# front tells an empty command from none.
GEAR_COMMAND=${SSH_ORIGINAL_COMMAND+=$SSH_ORIGINAL_COMMAND}
export GEAR_COMMAND
exec /usr/bin/sudo -n -- @programs@/gear-enter
"""

_GIT = r"""
# gear-git: the shell of a repository's login. sshd runs it as `gear-git -c "@programs@/gear-git LEVEL NAME"`, the
# command in the line of gear-keys; anything else is refused. The client's request selects one of three commands, and no
# word of it becomes part of one: the repository is always the login's own, and hooks and settings in it do not count.
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
