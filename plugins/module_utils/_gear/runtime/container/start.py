# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""gear-start, in shell: it runs before each start of a gear, and starting Python alone takes longer than its work."""

from __future__ import annotations

from ...model.runtime import PROGRAMS
from ...store.layout import Layout
from ..shell import Variable

START = "gear-start"
_LAYOUT, _GEAR, _ENVIRONMENT = Layout(), Variable("1"), Variable("3")
TEXT = rf"""#!/bin/sh
# Written by geard.core.gear_host, which replaces this file.
#
# gear-start NAME VERSION ENVIRONMENT: before a start, record what the gear starts with. If the last stop or the
# starting task left the mark "cleared", there is no container to remove; otherwise gear-clear looks, which takes four
# times as long.
set -f
export LC_ALL=C
cleared={_LAYOUT.cleared(_GEAR)} started={_LAYOUT.started(_GEAR)}
links={_LAYOUT.link_status(_GEAR)} environment={_LAYOUT.environment(_ENVIRONMENT)}

if [ -f "$cleared" ]; then
    [ ! -e "$links" ] || rm -- "$links"
    stamp=$(stat -Lc %.9Y:%s -- "$environment" 2> /dev/null)
    printf '%s\n%s\n' "$2" "$stamp" > "$cleared" && mv -- "$cleared" "$started" && exit 0
fi
exec {PROGRAMS}/gear-clear "$@"
"""
