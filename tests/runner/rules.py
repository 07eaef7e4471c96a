# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of this collection that no ready-made tool checks.

Each check takes the root of the collection and yields one line for each problem.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
MOST_FUNCTION_LINES = 45
# Lines of a file without documentation. A file of tests may be longer: it is read one test at a time.
MOST_CODE_LINES = {"plugins": 300, "tests": 420}


def function_length(root: Path) -> Iterator[str]:
    """A function is short enough to be read at once."""
    for path in _python_files(root):
        for node in ast.walk(_parse(path)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = _lines(node)
                if lines > MOST_FUNCTION_LINES:
                    where = f"{path.relative_to(root)}:{node.lineno}"
                    yield f"{where}: {node.name} has {lines} lines, at most {MOST_FUNCTION_LINES}"


def file_length(root: Path) -> Iterator[str]:
    """A file is short enough to be about one thing."""
    for path in _python_files(root):
        most = MOST_CODE_LINES[path.relative_to(root).parts[0]]
        code = len(path.read_text(encoding="utf-8").splitlines()) - sum(map(_lines, _documentation(_parse(path))))
        if code > most:
            yield f"{path.relative_to(root)}: {code} lines without documentation, at most {most}"


def readme(root: Path) -> Iterator[str]:
    """The README names everything that a user can call."""
    text = (root / "README.md").read_text(encoding="utf-8")
    paths = (*root.glob("plugins/modules/[!_]*.py"), *root.glob("playbooks/*.yml"), *_roles(root))
    for name in sorted({path.stem for path in paths}):
        if f"`{name}`" not in text and f"`geard.core.{name}`" not in text:
            yield f"README.md: does not mention `{name}`"


def role_variables(root: Path) -> Iterator[str]:
    """A role's variables have the same names in its defaults, its argument spec and its README."""
    for role in _roles(root):
        defaults = set(_load(role / "defaults" / "main.yml") or {})
        specs = _load(role / "meta" / "argument_specs.yml").get("argument_specs", {})
        options = {name for entry in specs.values() for name in entry.get("options", {})}
        text = (role / "README.md").read_text(encoding="utf-8") if (role / "README.md").exists() else ""
        for name in sorted(defaults - options):
            yield f"roles/{role.name}: {name} has a default but no argument spec"
        for name in sorted(options):
            if name not in text:
                yield f"roles/{role.name}/README.md: does not mention {name}"


def executable(root: Path) -> Iterator[str]:
    """What starts with #! can be run, except modules, which Ansible runs itself; nothing else is executable."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in sorted(set(filter(None, names))):
        path = root / name
        if path.is_file() and not path.is_symlink():
            program = path.read_bytes().startswith(b"#!") and not name.startswith("plugins/")
            if bool(path.stat().st_mode & 0o111) != program:
                yield f"{name}: {'is not' if program else 'must not be'} executable"


def _python_files(root: Path) -> Iterator[Path]:
    for folder in MOST_CODE_LINES:
        yield from (path for path in sorted((root / folder).rglob("*.py")) if "output" not in path.parts)


def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _documentation(tree: ast.Module) -> Iterator[ast.stmt]:
    """What Ansible shows of a module, and all docstrings."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and _is_text(node.value) and ast.unparse(node.targets[0]) in DOCUMENTATION:
            yield node
    for owner in ast.walk(tree):
        if isinstance(owner, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and owner.body:
            first = owner.body[0]
            if isinstance(first, ast.Expr) and _is_text(first.value):
                yield first


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _roles(root: Path) -> list[Path]:
    return sorted(path.parent.parent for path in root.glob("roles/*/meta/main.yml"))


def _load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


CHECKS = (function_length, file_length, readme, role_variables, executable)


def main() -> int:
    """Print the problems of the collection at the path that is given."""
    found = [problem for check in CHECKS for problem in check(Path(sys.argv[1]))]
    print("\n".join(found) if found else f"{len(CHECKS)} rules hold")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
