"""Decisions applied to a table of facts: a clean table, and what became of every line. [ours]"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from factrank.errors import FactrankError
from factrank.facts.rows import Rows
from factrank.practice.cleaning.decisions import SLOTS, Decision, Decisions

DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
Labels = tuple[str, str, str]


@dataclass(frozen=True)
class Change:
    """What one decision did to one row: its place among the rows, its line, before and after.

    ``after`` None means left out. ``decision`` 0 is the rule that needs no decision: a database is
    a set, so a row that repeats a fact is left out.
    """

    row: int
    line: int
    decision: int
    rule: str
    before: Labels
    after: Labels | None


@dataclass(frozen=True)
class Clean:
    """The rows that stay, in order, and every change that led to them."""

    facts: tuple[tuple[Labels, tuple[str, ...]], ...]  # labels and notes
    notes: tuple[str, ...]  # the names of the notes
    changes: tuple[Change, ...]
    rows: int
    several: tuple[int, int]  # pairs with several values, before and after
    empty: tuple[int, int]  # keys and queries of the source without a fact here

    def counts(self, decision: int) -> tuple[int, int]:
        """The rows that a decision relabelled, and those that it left out."""
        mine = [change for change in self.changes if change.decision == decision]
        out = sum(change.after is None for change in mine)
        return len(mine) - out, out


def normalize(rows: Rows, decisions: Decisions) -> Clean:
    """Apply the decisions in their order; each works on what the ones before it left. [ours]

    A decision about rows that an earlier one took away does nothing. Errors: ``FactrankError``,
    naming the decision's line, for a label, pair or source that was never there, a column that a
    rule needs and the table lacks, decisions drafted from other facts, and a table of which nothing
    would be left.

    >>> from factrank.facts.reading.read import parse_rows
    >>> from factrank.practice.cleaning.decisions import parse
    >>> rows = parse_rows("key,query,value\\nOslo,in,Norway\\nOslo,in,norway\\n")
    >>> merge = parse('[[decision]]\\nrule="merge"\\nmode="value"\\nlabels=["norway"]\\n'
    ...     'into="Norway"')
    >>> clean = normalize(rows, merge)
    >>> clean.facts, clean.counts(1), clean.counts(0)
    (((('Oslo', 'in', 'Norway'), ()),), (1, 0), (0, 1))
    """
    if decisions.sha256 and decisions.sha256 != rows_digest(rows):
        raise FactrankError(
            f"{decisions.name}: expected decisions drafted from these facts, found the sha256 of "
            f"others than {rows.name} (draft again, or take out the line sha256 to use them here)"
        )
    table = _Table(rows)
    several = len(table.contested())
    for decision in decisions.apply:
        _APPLY[decision.rule](table, decision)
    table.once()
    if not table.alive:
        raise FactrankError(f"{decisions.name}: expected that some fact stays, found none left")
    kept = [rows[i].notes for i in table.alive] if rows.notes else []
    return Clean(
        tuple(
            (table.labels[i], tuple(kept[n].values()) if kept else ())
            for n, i in enumerate(table.alive)
        ),
        tuple(rows.notes),
        tuple(table.changes),
        len(rows),
        (several, len(table.contested())),
        (table.lost(0), table.lost(1)),
    )


def rows_digest(rows: Rows) -> str:
    """SHA-256 (hex) of what the rows say, in order, whatever file they stand in."""
    return digest(_said(rows), tuple(rows.notes))


def digest(said: Iterator[Sequence[str]], notes: Sequence[str]) -> str:
    """SHA-256 (hex) of rows, each its labels and then its notes."""
    sha = hashlib.sha256(json.dumps(list(notes)).encode())
    for row in said:
        sha.update(json.dumps(list(row)).encode() + b"\n")
    return sha.hexdigest()


def _said(rows: Rows) -> Iterator[Sequence[str]]:
    columns = rows.notes.values()
    for i, (k, q, v) in enumerate(zip(rows.k, rows.q, rows.v, strict=True)):
        yield [rows.keys[k], rows.queries[q], rows.values[v], *(texts[i] for texts in columns)]


class _Table:
    """Rows under work: ``labels`` by row, ``alive`` the rows that stay, in order."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.labels: dict[int, Labels] = {
            i: (rows.keys[k], rows.queries[q], rows.values[v])
            for i, (k, q, v) in enumerate(zip(rows.k, rows.q, rows.v, strict=True))
        }
        self.alive = list(self.labels)
        self.ever = set(self.labels.values())  # what a decision may name, gone by now or not
        self.changes: list[Change] = []

    def note(self, name: str, i: int) -> str:
        return self.rows.notes[name][i]

    def relabel(self, i: int, after: Labels, decision: Decision) -> None:
        self._change(i, after, decision.number, decision.rule)
        self.labels[i] = after
        self.ever.add(after)

    def drop(self, gone: set[int], number: int, rule: str) -> None:
        for i in sorted(gone):
            self._change(i, None, number, rule)
        self.alive = [i for i in self.alive if i not in gone]

    def _change(self, i: int, after: Labels | None, number: int, rule: str) -> None:
        self.changes.append(Change(i, self.rows.line[i], number, rule, self.labels[i], after))

    def contested(self, query: str | None = None) -> dict[tuple[str, str], list[int]]:
        """The rows of each pair that has several values (under one query only, if given)."""
        pairs: dict[tuple[str, str], list[int]] = {}
        first: dict[tuple[str, str], str] = {}
        several = set()
        for i in self.alive:
            k, q, v = self.labels[i]
            if query in (None, q):
                pairs.setdefault((k, q), []).append(i)
                if first.setdefault((k, q), v) != v:
                    several.add((k, q))
        return {pair: pairs[pair] for pair in pairs if pair in several}

    def lost(self, slot: int) -> int:
        """The labels of the source that neither stand here nor were merged into another."""
        source = (self.rows.keys, self.rows.queries)[slot]
        merged = {
            it.before[slot] for it in self.changes if it.after and it.before[slot] != it.after[slot]
        }
        return len({*source} - merged - {self.labels[i][slot] for i in self.alive})

    def once(self) -> None:
        """Leave out the rows that repeat a fact."""
        seen: set[Labels] = set()
        again = set()
        for i in self.alive:
            if self.labels[i] in seen:
                again.add(i)
            seen.add(self.labels[i])
        self.drop(again, 0, "repeat")


# ---- the rules ------------------------------------------------------------------------------


def _merge(table: _Table, decision: Decision) -> None:
    slot = SLOTS.index(decision.fields["mode"])
    into, query = decision.fields["into"], decision.fields.get("query")
    known = {labels[slot] for labels in table.ever if query in (None, labels[1])}
    left = {*decision.fields["labels"]} - {into}
    for label in decision.fields["labels"]:
        if label in left and label not in known:
            under = "" if query is None else f" under the query {query!r}"
            _not_there(decision, f"a {decision.fields['mode']} of the facts{under}", label)
    for i in table.alive:
        labels = table.labels[i]
        if labels[slot] in left and query in (None, labels[1]):
            table.relabel(i, (*labels[:slot], into, *labels[slot + 1 :]), decision)


def _keep(table: _Table, decision: Decision) -> None:
    key, query, value = (decision.fields[slot] for slot in SLOTS)
    if (key, query) not in {labels[:2] for labels in table.ever}:
        _not_there(decision, "a pair (key, query) of the facts", (key, query))
    pair = [i for i in table.alive if table.labels[i][:2] == (key, query)]
    gone = {i for i in pair if table.labels[i][2] != value}
    if pair and len(gone) == len(pair):
        taken = (key, query, value) in table.ever
        why = f"{value!r}, which an earlier decision took away" if taken else value
        _not_there(decision, f"a value of the pair {(key, query)!r}", why, said=taken)
    table.drop(gone, decision.number, decision.rule)


def _prefer(table: _Table, decision: Decision) -> None:
    if "source" not in table.rows.notes:
        decision.wrong("facts with a column source for the rule prefer", "none")
    known = set(table.rows.notes["source"])
    for source in decision.fields["sources"]:
        if source not in known:
            _not_there(decision, "a source of the facts", source)
    gone: set[int] = set()
    for rows in _contested(table, decision).values():
        for source in decision.fields["sources"]:
            best = {table.labels[i][2] for i in rows if table.note("source", i) == source}
            if best:
                gone |= {i for i in rows if table.labels[i][2] not in best}
                break
    table.drop(gone, decision.number, decision.rule)


def _newest(table: _Table, decision: Decision) -> None:
    dated = "date" in table.rows.notes
    by = decision.fields.get("by", "date" if dated else "line")
    if by == "date" and not dated:
        decision.wrong("facts with a column date for the rule newest by date", "none")
    gone: set[int] = set()
    for rows in _contested(table, decision).values():
        ages = {i: _date(table, decision, i) if by == "date" else i for i in rows}
        newest = max(ages.values())
        best = {table.labels[i][2] for i in rows if ages[i] == newest}
        gone |= {i for i in rows if table.labels[i][2] not in best}
    table.drop(gone, decision.number, decision.rule)


def _drop(table: _Table, decision: Decision) -> None:
    wanted = [
        (SLOTS.index(name), decision.fields[name]) for name in SLOTS if name in decision.fields
    ]
    source = decision.fields.get("source")
    if source is not None and "source" not in table.rows.notes:
        decision.wrong("facts with a column source to drop one", "none")
    gone = {
        i
        for i in table.alive
        if all(table.labels[i][slot] == label for slot, label in wanted)
        and (source is None or table.note("source", i) == source)
    }
    if not gone and not _was_there(table, wanted, source):
        _not_there(decision, "a row of the facts", decision.fields)
    table.drop(gone, decision.number, decision.rule)


def _was_there(table: _Table, wanted: list[tuple[int, str]], source: str | None) -> bool:
    """True if an earlier decision took the rows away that this one names."""
    if wanted:
        return any(all(labels[slot] == label for slot, label in wanted) for labels in table.ever)
    return source in table.rows.notes["source"]


_APPLY: Mapping[str, Callable[[_Table, Decision], None]] = {
    "merge": _merge,
    "keep": _keep,
    "prefer": _prefer,
    "newest": _newest,
    "drop": _drop,
}


def _contested(table: _Table, decision: Decision) -> dict[tuple[str, str], list[int]]:
    query = decision.fields.get("query")
    if query is not None and query not in {labels[1] for labels in table.ever}:
        _not_there(decision, "a query of the facts", query)
    return table.contested(query)


def _date(table: _Table, decision: Decision, i: int) -> str:
    date = table.note("date", i).strip()
    if date and not DATE.fullmatch(date):
        place = f"{table.rows.name}:{table.rows.line[i]}"
        decision.wrong("dates written 2024, 2024-05 or 2024-05-31 for newest by date",
                       f"{date!r} in {place}")  # fmt: skip
    return date


def _not_there(decision: Decision, rule: str, found: object, *, said: bool = False) -> NoReturn:
    decision.wrong(rule, f"none that is {found if said else repr(found)}")
