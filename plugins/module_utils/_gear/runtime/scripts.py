# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs of the runtime that must not take longer than the shell, which starts in a millisecond.

Those that sshd calls at each login do without any other program, and what sshd passes on is checked letter by letter
before it becomes a part of a path.
"""

from __future__ import annotations

from ..model.runtime import PROGRAMS

KEYS = "gear-keys"
"""sshd's AuthorizedKeysCommand."""

SHELL = "gear-shell"
"""What a login of a gear runs, whatever it asked for."""

START = "gear-start"
"""What a unit calls before a start."""

_HEAD = "#!/bin/sh\n# Written by geard.core.gear_host, which replaces this file.\n"

_KEYS = r"""
# gear-keys LOGIN FINGERPRINT: print the key with this fingerprint if it opens the gear of this login.
# A grant and a key have one path each, so it does not matter how many others there are.
LC_ALL=C
set -f
login=$1 id=${2#SHA256:} base=/var/lib/containers

name=${login#ctr-}
case $login in ctr-??*) ;; *) exit 0 ;; esac
case $name in [!a-zA-Z0-9]* | *[!a-zA-Z0-9_.-]*) exit 0 ;; esac
[ ${#name} -le 24 ] && [ ${#id} -eq 43 ] && [ "SHA256:$id" = "$2" ] || exit 0
case $id in *[!a-zA-Z0-9+/]*) exit 0 ;; esac
while :; do
    case $id in
        */*) id=${id%%/*}_${id#*/} ;;
        *+*) id=${id%%+*}-${id#*+} ;;
        *) break ;;
    esac
done

folder=$base/access/containers/ssh/${name%"${name#??}"}/$name
key=$base/keys/public/${id%"${id#??}"}/$id
# The grant is a symlink to this key and to nothing else, in a folder that is no symlink; nor is the key.
[ -L "$folder/$id" ] && [ ! -L "$folder" ] && [ ! -L "$key" ] && [ -f "$key" ] && [ "$folder/$id" -ef "$key" ] || exit 0
IFS= read -r line < "$key" || exit 0
case $line in *[!a-zA-Z0-9@.=+/\ -]*) exit 0 ;; esac
printf 'restrict,pty,command="@PROGRAMS@/gear-shell" %s\n' "$line"
"""

_SHELL = r"""
# gear-shell: what sshd runs for the login of a gear. It asks sudo for gear-enter, which takes no arguments and looks
# itself up whose login this is. What the client wants to run travels in a variable, so that no log shows it; the letter
# in front tells no command from an empty one.
GEAR_COMMAND=${SSH_ORIGINAL_COMMAND+=$SSH_ORIGINAL_COMMAND}
export GEAR_COMMAND
exec /usr/bin/sudo -n -- @PROGRAMS@/gear-enter
"""

_START = r"""
# gear-start NAME VERSION ENVIRONMENT: before a start, record what the gear starts with. Nothing is left of a container
# where its last stop, or the task that starts it, says so; otherwise gear-clear looks, which takes four times as long.
set -f
export LC_ALL=C
run=/run/containers/${1%"${1#??}"}/$1 environment=/var/lib/containers/env/contents/${3%"${3#??}"}/$3

if [ -f "$run/cleared" ]; then
    [ ! -e "$run/links" ] || rm -- "$run/links"
    stamp=$(stat -Lc %.9Y:%s -- "$environment" 2> /dev/null)
    printf '%s\n%s\n' "$2" "$stamp" > "$run/cleared" && mv -- "$run/cleared" "$run/started" && exit 0
fi
exec @PROGRAMS@/gear-clear "$@"
"""


def script_files() -> dict[str, bytes]:
    """Path -> content of the programs."""
    texts = {KEYS: _KEYS, SHELL: _SHELL, START: _START}
    return {
        f"{PROGRAMS}/{name}": (_HEAD + text.replace("@PROGRAMS@", PROGRAMS)).encode() for name, text in texts.items()
    }
