# shellcheck shell=bash
# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by the commands at the root. start_python COMMAND PACKAGE WORDS... runs a package of tests/ with a Python that is
# new enough, or with the one RUNTESTS_PYTHON names.

find_python() {
  local candidate candidates=(python3 /usr/bin/python3 python3.{15..11})
  if [[ -n ${RUNTESTS_PYTHON:-} ]]; then
    candidates=("$RUNTESTS_PYTHON")
  fi
  for candidate in "${candidates[@]}"; do
    "$candidate" -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1); print(sys._base_executable)' 2>/dev/null && return
  done
  echo "$1: Python 3.11 or newer is needed; tried ${candidates[*]}" >&2
  return 1
}

start_python() {
  local python
  python=$(find_python "$1") || exit
  cd "${root:?is set by the command}/tests" || exit
  exec env PYTHONDONTWRITEBYTECODE=1 "$python" -m "${@:2}" < /dev/null
}
