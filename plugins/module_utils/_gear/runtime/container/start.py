# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-start, for the shell: what a unit calls before a start must not take longer than it has to."""

from __future__ import annotations

from ...model.runtime import PROGRAMS

START = "gear-start"
TEXT = rf"""#!/bin/sh
# Written by geard.core.gear_host, which replaces this file.
#
# gear-start NAME VERSION ENVIRONMENT: before a start, record what the gear starts with. Nothing is left of a container
# where its last stop, or the task that starts it, says so; otherwise gear-clear looks, which takes four times as long.
set -f
export LC_ALL=C
run=/run/containers/${{1%"${{1#??}}"}}/$1 environment=/var/lib/containers/env/contents/${{3%"${{3#??}}"}}/$3

if [ -f "$run/cleared" ]; then
    [ ! -e "$run/links" ] || rm -- "$run/links"
    stamp=$(stat -Lc %.9Y:%s -- "$environment" 2> /dev/null)
    printf '%s\n%s\n' "$2" "$stamp" > "$run/cleared" && mv -- "$run/cleared" "$run/started" && exit 0
fi
exec {PROGRAMS}/gear-clear "$@"
"""
