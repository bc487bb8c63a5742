"""What an audit may find in a table, one record each: where it stands and what it is. [ours]"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from factrank.facts.likeness import Near


class Place(NamedTuple):
    """Where an occurrence stands: its line, and what its ``source`` and ``date`` say if given."""

    line: int
    source: str
    date: str


class Repeat(NamedTuple):
    """A fact that one source gives more than once."""

    key: str
    query: str
    value: str
    places: tuple[Place, ...]


class Several(NamedTuple):
    """A pair (key, query) with several values, each with its places.

    ``between`` is True if no single source gives more than one of them: sources contradict each
    other. Otherwise the relation may simply have several answers; a count cannot tell.
    """

    key: str
    query: str
    values: tuple[tuple[str, tuple[Place, ...]], ...]
    between: bool


class Column(NamedTuple):
    """One relation: its facts, the keys it answers, its different values, what it leaves out.

    ``measured`` if its values are numbers that nearly all differ, as measurements (and running
    numbers) do: its rank is then no more than their count.
    """

    query: str
    facts: int
    answered: int
    range: int
    several: int
    missing: int
    missing_keys: tuple[str, ...]  # the first 1000 of them
    by_source: Mapping[str, int]  # source -> keys it answers
    measured: bool


class Variant(NamedTuple):
    """Two near labels of one mode and what merging them does: facts that become one, and pairs
    (key, query) that get several values by it; ``apart`` if they are values of which no relation
    takes both."""

    mode: str
    near: Near
    same: int
    clash: int
    apart: bool


class SameKey(NamedTuple):
    """Two keys that may be one: the facts they share, and the relations on which they differ."""

    one: str
    other: str
    same: tuple[tuple[str, str], ...]  # (query, value)
    differ: int


class Shared(NamedTuple):
    """Two relations and the number of values that both take, the first three named."""

    one: str
    other: str
    values: int
    named: tuple[str, ...]
