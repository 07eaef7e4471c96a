# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a build leaves on disk, in files like those of jobs (job_files.py).

The folder of a build, named by its key, has these files:

    job.json        what is to be built, written by the task that asked for it; the build exists when this does
    secrets.json    what nobody may see, while it is needed
    started         claimed by the one process that runs the build, ever
    work            what the build writes; removed when it ends
    step left       what it is at, and what Docker would leave of it
    output ended.json   what it wrote and how it ended, written by that process
    result.json     what came of it; nothing else of the build is left on the host then
"""

from __future__ import annotations

SECRETS, STEP, LEFT, OUTPUT = "secrets.json", "step", "left", "output"
