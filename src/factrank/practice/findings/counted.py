"""What a table of facts holds and what is odd about it: counts only, no rank. [ours]"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.facts.labels import MODES
from factrank.facts.likeness import Search, near_labels
from factrank.facts.rows import Rows
from factrank.practice.findings import counts as count
from factrank.practice.findings.counts import Column, Repeat, SameKey, Several, Shared, Variant


@dataclass(frozen=True)
class Audit:
    """The counts of a table of facts.

    ``rows`` are occurrences, ``facts`` distinct ones, ``pairs`` the (key, query) that have a value.
    ``confirmed`` facts are given by several sources. ``ceiling`` is the largest share of the facts
    that can be recalled when each pair gets a single answer: pairs / facts. ``variants_apart``
    counts the pairs of nearly alike values left out of ``variants``: no relation takes both, and
    they are not one label in another form. ``across`` are pairs of a key and a value that differ in
    case, Unicode or blanks alone. ``told`` says how the table was read, if in doubt.
    """

    name: str
    rows: int
    facts: int
    keys: int
    queries: int
    values: int
    pairs: int
    sources: Mapping[str, int]
    repeats: tuple[Repeat, ...]
    confirmed: int
    several: tuple[Several, ...]
    columns: tuple[Column, ...]
    variants: tuple[Variant, ...]
    variants_apart: int
    across: tuple[tuple[str, str], ...]
    searches: Mapping[str, Search]
    same_keys: tuple[SameKey, ...]
    shared: tuple[Shared, ...]
    shared_values: int
    shared_complete: bool
    odd: tuple[Odd, ...]
    skipped: int
    told: tuple[str, ...] = ()

    @property
    def ceiling(self) -> float:
        """Largest recall of single answers, over all facts."""
        return self.pairs / self.facts

    @property
    def missing(self) -> int:
        """Cells of the grid keys x queries without a value."""
        return self.keys * self.queries - self.pairs


def audit(rows: Rows) -> Audit:
    """Count what a table holds: repeats, pairs with several values, missing cells, labels that
    may be one, values shared by relations, odd labels. [ours]

    Near-equal labels are those of ``likeness.near_labels``. Two values count if some relation takes
    both, or if they are one label in another form (``forms.forms``: case, Unicode, blanks, number,
    date). Keys of unlike names that share rare values are found too (``counts.twins``).
    Errors: ``FactrankError`` if there is no fact.

    >>> from factrank.facts.reading.read import parse_rows
    >>> found = audit(parse_rows("key,query,value\\nOslo,in,Norway\\nOslo,in,Norge\\n"))
    >>> found.facts, found.pairs, found.ceiling, [s.key for s in found.several]
    (2, 1, 0.5, ['Oslo'])
    """
    if not len(rows):
        raise FactrankError(f"{rows.name}: expected at least one fact, found none")
    facts, repeated, several = count.sets(rows)
    searches = {mode: near_labels(count.labels(rows, mode)) for mode in MODES}
    pairs = {(k, q) for k, q, _ in facts}
    shared, shared_values, complete = count.shared(rows, facts)
    variants, apart = count.variants(rows, facts, searches)
    repeats, confirmed = count.repeats(rows, repeated)
    return Audit(
        rows.name,
        len(rows),
        len(facts),
        len(rows.keys),
        len(rows.queries),
        len(rows.values),
        len(pairs),
        dict(Counter(rows.notes["source"])) if "source" in rows.notes else {},
        repeats,
        confirmed,
        count.several(rows, several),
        count.columns(rows, facts, several),
        variants,
        apart,
        count.across(rows),
        searches,
        count.same_keys(rows, facts),
        shared,
        shared_values,
        complete,
        tuple(odd for mode in MODES for odd in odd_labels(mode, count.labels(rows, mode))),
        rows.skipped_count,
        rows.told,
    )


PLACEHOLDERS = frozenset(
    ("n/a", "na", "nan", "none", "null", "nil", "-", "--", "?", "unknown", "tbd", "missing", "#n/a")
)
LONG = 200


class Odd(NamedTuple):
    """A label and what is odd about it."""

    mode: str
    label: str
    why: str


def odd_labels(mode: str, labels: Iterable[str]) -> Iterator[Odd]:
    """The labels that a reader should look at, each with one reason.

    >>> [odd.why for odd in odd_labels("V", ["=cmd()", "-5", " Oslo", "n/a", "Oslo"])]
    ['begins like a formula of a spreadsheet', 'begins or ends with a blank', 'stands for no value']
    """
    for label in labels:
        if why := _why(label):
            yield Odd(mode, label, why)


def _why(label: str) -> str:
    if label.strip().lower() in PLACEHOLDERS:
        return "stands for no value"
    if label[0] in "=+-@" and not _number(label):
        return "begins like a formula of a spreadsheet"
    if label != label.strip():
        return "begins or ends with a blank"
    if not label.isprintable():
        return "holds a character that does not print"
    if len(label) > LONG:
        return f"is longer than {LONG} characters"
    return ""


def _number(label: str) -> bool:
    try:
        float(label.replace(",", "."))
    except ValueError:
        return False
    return True
