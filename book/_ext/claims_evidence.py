"""Hold the ledger of claims against the book, the notebooks and the tests.

``tests/book/test_claims.py`` demands that :func:`problems` finds nothing.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from book._ext.claims_ledger import PROVED, Row, Section, all_rows

#: Kinds of numbered block that state something; definitions, examples and the like do not.
STATEMENTS = frozenset(
    ("theorem", "lemma", "proposition", "corollary", "conjecture", "property", "observation")
)
#: Directives whose body is text to show or to run, so that fences inside it mean nothing.
LITERAL = frozenset(("code-cell", "code-block", "code", "sourcecode", "math", "raw"))
MARKS = re.compile(r"\[([^\[\]]*)\]$")
FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?:\{(?P<name>[^}]+)\})?(?P<rest>.*)$")


@dataclass(frozen=True)
class Block:
    """A directive found in a Markdown file, with its options."""

    file: str
    line: int
    name: str
    title: str
    options: dict[str, Any]

    @property
    def label(self) -> str | None:
        """The label that other pages refer to, if it has one."""
        return self.options.get("label")

    @property
    def marks(self) -> set[str]:
        """The provenance that the title ends with, as in ``Unfoldings [cited, ours]``."""
        match = MARKS.search(self.title)
        return set(re.split(r"\s*,\s*", match[1])) if match else set()


def directives(text: str, file: str = "") -> Iterator[Block]:
    """Yield the directives of a MyST text, leaving out those inside code shown as code."""
    lines = text.splitlines()
    opened: list[tuple[str, bool]] = []  # the fences around a line, and whether each shows code
    for number, line in enumerate(lines):
        match = FENCE.match(line)
        if not match:
            continue
        fence, name, title = match["fence"], match["name"], match["rest"].strip()
        outer, literal = opened[-1] if opened else ("", False)
        if outer and not name and not title and fence.startswith(outer):
            opened.pop()
        elif not literal:
            opened.append((fence, name in LITERAL or (name is None and fence[0] != ":")))
            if name:
                yield Block(file, number + 1, name, title, _options(lines[number + 1 :]))


def _options(lines: list[str]) -> dict[str, Any]:
    if lines and lines[0].strip() == "---":
        end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
        return yaml.safe_load("\n".join(lines[1:end])) or {}
    options = {}
    for line in lines:
        match = re.fullmatch(r"\s*:([\w-]+):\s*(.*?)\s*", line)
        if not match:
            break
        options[match[1]] = match[2]
    return options


class Repository:
    """The files that a ledger points into: pages, notebooks and tests below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def blocks(self) -> list[Block]:
        """Every ``prf:`` block of the book's pages and the notebooks' masters."""
        pages = sorted((self.root / "book").glob("*.md"))
        pages += sorted((self.root / "notebooks").glob("*.md"))
        found = (
            block
            for page in pages
            for block in directives(page.read_text("utf-8"), f"{page.parent.name}/{page.name}")
        )
        return [block for block in found if block.name.startswith("prf:")]

    @cached_property
    def labels(self) -> Counter[str]:
        """How often each label stands at a ``prf:`` block."""
        return Counter(block.label for block in self.blocks if block.label)

    def statements(self) -> list[Block]:
        """Return the numbered blocks that state something."""
        return [
            block
            for block in self.blocks
            if block.name.removeprefix("prf:") in STATEMENTS and "nonumber" not in block.options
        ]

    def fault(self, check: str) -> str | None:
        """Say in a few words why a check does not exist, or return None when it does."""
        if "::" in check:
            return self._test_fault(*check.split("::"))
        if "#" in check:
            return self._cell_fault(*check.split("#", 1))
        return "must be tests/FILE.py::test_name or NOTEBOOK#cell-tag"

    def _test_fault(self, file: str, *names: str) -> str | None:
        path = self.root / file
        if not re.fullmatch(r"tests/[\w/]*test_\w+\.py", file) or not path.is_file():
            return f"names no test file {file}"
        scope: Any = ast.parse(path.read_text("utf-8"))
        for name in names:
            kinds = (ast.FunctionDef, ast.ClassDef)
            scope = next((n for n in scope.body if isinstance(n, kinds) and n.name == name), None)
            if scope is None:
                return f"names {name}, which {file} does not define"
            marks = [ast.unparse(mark).split("(")[0] for mark in scope.decorator_list]
            if "pytest.mark.skip" in marks:
                return f"names {name}, which {file} always skips"
        if not isinstance(scope, ast.FunctionDef) or not scope.name.startswith("test"):
            return f"names {names[-1]}, which is no test function"
        return None

    def _cell_fault(self, notebook: str, tag: str) -> str | None:
        master = self.root / "notebooks" / f"{notebook}.md"
        recorded = master.with_suffix(".ipynb")
        for path in (master, recorded):
            if not path.is_file():
                return f"names no file notebooks/{path.name}"
        cells = [b for b in directives(master.read_text("utf-8")) if b.name == "code-cell"]
        count = sum(tag in _tags(cell.options.get("tags")) for cell in cells)
        if count != 1:
            return f"names a tag that {count} cells of {master.name} bear, not one"
        sources = [
            "".join(cell["source"])
            for cell in json.loads(recorded.read_text("utf-8"))["cells"]
            if cell["cell_type"] == "code" and tag in cell["metadata"].get("tags", [])
        ]
        if len(sources) != 1:
            return f"names a tag that {len(sources)} cells of {recorded.name} bear, not one"
        if not re.search(r"^\s*assert\b", sources[0], re.MULTILINE):
            return "names a cell that asserts nothing"
        return None


def _tags(value: Any) -> list[str]:
    return value if isinstance(value, list) else re.findall(r"[\w-]+", str(value or ""))


def problems(sections: Iterable[Section], root: Path) -> list[str]:
    """Return one sentence for each place where ledger and repository disagree, or an empty list."""
    repository, rows = Repository(root), all_rows(sections)
    found = [sentence for row in rows for sentence in _row_problems(row, rows, repository)]
    for label, count in repository.labels.items():
        if count > 1:
            found.append(f"label {label!r} must stand at one prf: block, found {count}")
    found += [s for block in repository.statements() for s in _block_problems(block, rows)]
    return found


def _block_problems(block: Block, rows: list[Row]) -> Iterator[str]:
    place = f"{block.file}:{block.line}: the {block.name} block"
    if not block.label:
        yield f"{place} states something and must have a label, found none"
        return
    own = [row for row in rows if row.label == block.label]
    if len(own) != 1:
        yield f"{place} {block.label!r} must have exactly one row, found {len(own)}"
    elif block.marks != set(own[0].provenance):
        yield (
            f"{place} {block.label!r} must end its title with the provenance of row {own[0].id}, "
            f"[{', '.join(own[0].provenance)}], found {block.title!r}"
        )


def _row_problems(row: Row, rows: list[Row], repository: Repository) -> Iterator[str]:
    if row.label and not repository.labels[row.label]:
        yield f"{row}: label must stand at a prf: block of the book, found {row.label!r}"
    for block in repository.blocks:
        mere = row.label and block.label == row.label and block.name == "prf:definition"
        if mere and not block.marks <= set(row.provenance):
            yield f"{row}: provenance must have that of {row.label!r}, found {block.title!r}"
    for check in row.check:
        if fault := repository.fault(check):
            yield f"{row}: check {check!r} {fault}"
    statuses = {other.id: other.status for other in rows if other is not row}
    for other in row.rests_on:
        if other not in statuses:
            yield f"{row}: rests_on must name other rows, found {other!r}"
        elif row.status in PROVED and statuses[other] not in PROVED[: 1 + PROVED.index(row.status)]:
            yield (
                f"{row}: status {row.status!r} needs every row it rests on proved, "
                f"found {other} {statuses[other]!r}"
            )
