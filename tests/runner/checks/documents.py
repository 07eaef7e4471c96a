# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether metadata and documents name what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _modules(root: Path) -> set[str]:
    return {path.stem for path in (root / "plugins" / "modules").glob("*.py") if path.stem != "__init__"}


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def action_group(root: Path) -> Iterator[str]:
    """The action group holds every module, so that defaults for all of them can be given at once."""
    listed = set(_load(root / "meta" / "runtime.yml")["action_groups"]["gear"])
    for name in sorted(listed ^ _modules(root)):
        fault = "does not exist" if name in listed else "is missing"
        yield f"meta/runtime.yml: action group gear: module {name} {fault}"


def module_attributes(root: Path) -> Iterator[str]:
    """Every module documents its attributes."""
    for name in sorted(_modules(root)):
        path = root / "plugins" / "modules" / f"{name}.py"
        if "- geard.core._attributes\n" not in path.read_text(encoding="utf-8"):
            yield f"plugins/modules/{name}.py: does not extend the documentation fragment geard.core._attributes"


def readme(root: Path) -> Iterator[str]:
    """The README names everything a user can call."""
    text = (root / "README.md").read_text(encoding="utf-8")
    playbooks = (path.stem for path in (root / "playbooks").glob("*.yml"))
    for name in sorted({*_modules(root), *_roles(root), *playbooks}):
        if f"`{name}`" not in text and f"`geard.core.{name}`" not in text:
            yield f"README.md: does not mention `{name}`"


def _roles(root: Path) -> list[str]:
    return sorted(path.parent.parent.name for path in (root / "roles").glob("*/meta/main.yml"))


def role_variables(root: Path) -> Iterator[str]:
    """A role's variables have the same names in its defaults, its argument spec and its README."""
    for role in _roles(root):
        folder = root / "roles" / role
        defaults = set(_load(folder / "defaults" / "main.yml") or {})
        specs = _load(folder / "meta" / "argument_specs.yml").get("argument_specs", {})
        options = {name for entry in specs.values() for name in entry.get("options", {})}
        text = (folder / "README.md").read_text(encoding="utf-8") if (folder / "README.md").exists() else ""
        for name in sorted(defaults - options):
            yield f"roles/{role}: {name} has a default but no argument spec"
        for name in sorted(options):
            if name not in text:
                yield f"roles/{role}/README.md: does not mention {name}"


CHECKS = (action_group, module_attributes, readme, role_variables)
