"""Read the ledger of claims: one YAML file a section, one row a statement.

The directive in ``claims.py`` renders what this module returns, and ``claims_evidence.py`` holds it
against the book, the notebooks and the tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

PROVED = ("proved", "proved, in part cited")
PROVENANCES = ("paper", "post", "cited", "ours")  # explained on the page, book/claims.md
STATUSES = {
    "proved": "a proof stands in the book and a check runs on many instances",
    "proved, in part cited": "the same, but for a part whose proof is in the work that it cites",
    "verified numerically": "a check passes on every instance tried; no proof is given",
    "holds within limits": "true in the range that the note gives, and checked there",
    "holds in part, fails in part": "true of some of the cases it names and false of others: the "
    "note says which, and a check shows both",
    "fails": "refuted: the note says where, and a check shows it",
    "definition": "says what a word means; checked is that the package does as it says",
    "not yet": "nothing in this project vouches for it yet",
}
FIELDS = ("id", "statement", "provenance", "label", "check", "status")
OPTIONAL = ("note", "rests_on")
ID = re.compile(r"[PUCAS][0-9]+b?|[a-z][a-z0-9]*(-[a-z0-9]+)*")


class LedgerError(ValueError):
    """A row or file of the ledger breaks a rule: one sentence with the place, rule and value."""


@dataclass(frozen=True)
class Row:
    """One statement: where it comes from, where the book proves it, and the check that holds it."""

    file: str
    id: str
    statement: str
    provenance: tuple[str, ...]
    label: str | None
    check: tuple[str, ...]
    status: str
    note: str | None = None
    rests_on: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.file}: row {self.id}"


@dataclass(frozen=True)
class Section:
    """One YAML file: a titled part of the ledger."""

    name: str
    order: int
    title: str
    rows: tuple[Row, ...]


class _UniqueKeys(yaml.SafeLoader):
    """YAML that refuses a key written twice; PyYAML would silently keep the last."""


def _mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    for key, count in Counter(map(str, keys)).items():
        if count > 1:
            line = node.start_mark.line + 1
            raise LedgerError(f"the mapping at line {line} must give each key once, found {key!r}")
    values = (loader.construct_object(value, deep=True) for _, value in node.value)
    return dict(zip(keys, values, strict=True))


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def marked(kind: str, name: str) -> str:
    """Return the class of what has that status or origin.

    >>> marked("status", "proved, in part cited")
    'status--proved-in-part-cited'
    """
    return f"{kind}--{re.sub(r'[^a-z]+', '-', name)}"


def load_ledger(directory: Path) -> tuple[Section, ...]:
    """Read every ``*.yml`` of a folder, in the order the files give; stop at the first fault."""
    sections = tuple(sorted(map(_section, directory.glob("*.yml")), key=lambda s: s.order))
    if not sections:
        raise LedgerError(f"{directory.name}/: at least one .yml file must be there, found none")
    for former, latter in pairwise(sections):
        if former.order == latter.order:
            raise LedgerError(
                f"{latter.name}.yml: order must differ from file to file, found {latter.order!r} "
                f"in {former.name}.yml too"
            )
    for row_id, count in Counter(row.id for row in all_rows(sections)).items():
        if count > 1:
            files = " and ".join(row.file for row in all_rows(sections) if row.id == row_id)
            raise LedgerError(f"{files}: ids must be unique, found {row_id!r} {count} times")
    return sections


def all_rows(sections: Iterable[Section]) -> list[Row]:
    """Return the rows of every section, in order."""
    return [row for section in sections for row in section.rows]


def _section(path: Path) -> Section:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except LedgerError as error:
        raise LedgerError(f"{path.name}: {error}") from None
    except yaml.YAMLError as error:
        found = " ".join(str(error).split())
        raise LedgerError(f"{path.name}: the file must be YAML, found: {found}") from None
    if not isinstance(data, dict) or set(data) != {"order", "title", "rows"}:
        found = sorted(map(str, data)) if isinstance(data, dict) else type(data).__name__
        raise LedgerError(f"{path.name}: the keys must be order, title and rows, found {found}")
    for key, kind in (("order", int), ("title", str), ("rows", list)):
        if not isinstance(data[key], kind) or not data[key]:
            raise LedgerError(
                f"{path.name}: {key} must be a non-empty {kind.__name__}, found {data[key]!r}"
            )
    rows = tuple(_row(path.name, n, entry) for n, entry in enumerate(data["rows"], 1))
    return Section(path.stem, data["order"], data["title"], rows)


def _row(file: str, number: int, entry: Any) -> Row:
    if not isinstance(entry, dict):
        raise LedgerError(f"{file}: row number {number} must be a mapping, found {entry!r}")
    place = f"{file}: row {entry.get('id', f'number {number}')}"

    def demand(condition: object, rule: str, found: object) -> None:
        if not condition:
            raise LedgerError(f"{place}: {rule}, found {found!r}")

    keys = set(entry)
    demand(not set(FIELDS) - keys, "every field must be given", sorted(set(FIELDS) - keys))
    unknown = sorted(map(str, keys - set(FIELDS) - set(OPTIONAL)))
    demand(not unknown, f"only {', '.join(FIELDS + OPTIONAL)} may be given", unknown)
    row_id, statement, status = entry["id"], entry["statement"], entry["status"]
    label, note = entry["label"], entry.get("note")
    demand(
        isinstance(row_id, str) and ID.fullmatch(row_id),
        "id must be a letter of P, U, C, A, S and a number, or kebab-case",
        row_id,
    )
    demand(isinstance(statement, str), "statement must be text", statement)
    demand(statement.rstrip().endswith("."), "statement must be sentences", statement[-20:])
    demand(statement.count("$") % 2 == 0, "the $ of statement must come in pairs", statement)
    demand(status in STATUSES, f"status must be one of {'; '.join(STATUSES)}", status)
    demand(label is None or (isinstance(label, str) and label), "label must be text or null", label)
    demand(note is None or (isinstance(note, str) and note.strip()), "note must be text", note)
    lists = {}
    for key in ("provenance", "check", "rests_on"):
        value = entry.get(key)
        items = [] if value is None else value if isinstance(value, list) else [value]
        demand(all(isinstance(i, str) and i for i in items), f"{key} must be text or texts", value)
        demand(len(set(items)) == len(items), f"{key} must not repeat itself", value)
        lists[key] = tuple(items)
    demand(
        lists["provenance"] and set(lists["provenance"]) <= set(PROVENANCES),
        f"provenance must be of {', '.join(PROVENANCES)}",
        entry["provenance"],
    )
    not_yet = status == "not yet"
    demand(not (not_yet and lists["check"]), "'not yet' needs check null", entry["check"])
    demand(not_yet or lists["check"], f"status {status!r} needs a check", entry["check"])
    demand(
        status not in (*PROVED, "definition") or label or lists["rests_on"],
        f"status {status!r} needs a label, or rows it rests on",
        label,
    )
    demand(
        note or not re.search("holds|fails|cited", status),
        f"status {status!r} needs a note with its limits",
        note,
    )
    return Row(file=file, id=row_id, statement=statement.strip(), label=label, status=status,
               note=note and note.strip(), **lists)  # fmt: skip
