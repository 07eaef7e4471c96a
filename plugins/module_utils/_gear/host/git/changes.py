# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Making and copying repositories, as the login they belong to."""

from __future__ import annotations

import os

from ...model.access.account import Account
from ...model.repo.repository import split_password
from ...model.urls import shown
from .command import run

_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
_HELPER = '!f() { printf "username=%s\\npassword=%s\\n" "$GEAR_USER" "$GEAR_PASSWORD"; }; f'
_UPLOAD_PACK = "git -c safe.directory=* upload-pack"


def make(account: Account, path: str) -> None:
    """Make an empty bare repository in an empty folder of the login."""
    run(account, ["init", "--quiet", "--bare", "--template=", "--", path], f"create the repository {path}")


def clone(account: Account, source: str, path: str, timeout: float) -> None:
    """Copy a repository with its branches and tags to an empty folder of the login; of the source nothing is kept.

    A password reaches git through its environment, which others cannot see.
    """
    address, user, password = split_password(source)
    is_path = source.startswith("/")
    variables = {"GIT_ALLOW_PROTOCOL": "file" if is_path else "http:https" if "http" in source[:4] else "git"}
    settings: list[str] = []
    if user:
        server = "/".join(address.split("/")[:3])
        settings = [f"credential.{server}.helper={_HELPER}"]
        variables.update(GEAR_USER=user, GEAR_PASSWORD=password)
    if not is_path:
        given = {name: os.environ.get(name) or os.environ.get(name.upper()) for name in _PROXIES}
        variables.update({name: value for name, value in given.items() if value})
    command = ["clone", "--quiet", "--bare", "--no-local", "--template=", f"--upload-pack={_UPLOAD_PACK}", "--"]
    purpose = f"clone {shown(source)}"
    run(account, [*command, address, path], purpose, timeout, variables, settings)
    run(account, ["--git-dir", path, "config", "--remove-section", "remote.origin"], purpose)


def set_default_branch(account: Account, path: str, branch: str) -> None:
    """Point HEAD to a branch, whether it exists or not."""
    command = ["--git-dir", path, "symbolic-ref", "HEAD", f"refs/heads/{branch}"]
    run(account, command, f"set the default branch of {path}")
