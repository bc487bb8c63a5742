"""What the cells of a chapter need beside the mathematics: numbers for the prose, files, lines."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import Any


def glue(name: str, value: object, *, display: bool = False) -> None:
    """Give the text a number of this cell (``myst_nb.glue``, which shows it by default)."""
    from myst_nb import glue as stick

    stick(name, value, display=display)


def say(text: str, width: int = 76) -> None:
    """Print a sentence in lines that fit the page.

    >>> say("expected a functional database", 20)
    expected a
    functional database
    """
    print(fill(text, width))


def load_bench(name: str, folder: str | Path = "notebooks/results") -> dict[str, Any]:
    """What ``make bench`` recorded under a name, the JSON file."""
    found: dict[str, Any] = json.loads(Path(folder, f"{name}.json").read_text(encoding="utf-8"))
    return found


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for the files of one cell, gone at its end.

    >>> with scratch() as folder:
    ...     (folder / "facts.csv").write_text("a,b,c")
    5
    """
    with TemporaryDirectory() as folder:
        yield Path(folder)


def imported_by(package: str) -> Iterator[tuple[str, int, set[str]]]:
    """Of each file of a package its name, its lines and the dotted names that it imports from.

    >>> [name for name, _, _ in imported_by("factrank.rank.verify")][:2]
    ['algebra.py', 'cases.py']
    """
    for path in sorted(Path(import_module(package).__path__[0]).glob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        found = [it for it in ast.walk(ast.parse(source)) if isinstance(it, ast.ImportFrom)]
        names = {f"{it.module}.{name.name}" for it in found for name in it.names}
        yield path.name, len(source.splitlines()), names
