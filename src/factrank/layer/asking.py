"""Many questions at once: each answered as if it were asked alone, memory bounded."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from factrank.facts.labels import NAMES
from factrank.layer.answers import asked, shares
from factrank.layer.model import NamedLayer
from factrank.layer.parts import pairs_with_facts

AT_ONCE = 50_000  # questions whose answers are in memory
UNKNOWN = -1


@dataclass
class Requests:
    """Pairs as indices of a layer's labels; ``unknown`` tells of those that have none: the place
    among the questions, key, query, and a sentence."""

    keys: array[int] = field(default_factory=lambda: array("q"))
    queries: array[int] = field(default_factory=lambda: array("q"))
    unknown: dict[int, tuple[str, str, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, named: NamedLayer, asked: Iterable[tuple[str, str]]) -> Requests:
        """The questions (key, query) as the layer numbers its labels."""
        found = cls()
        index = [{label: i for i, label in enumerate(named.labels(mode))} for mode in "KQ"]
        for n, pair in enumerate(asked):
            k, q = (place.get(label, UNKNOWN) for place, label in zip(index, pair, strict=True))
            found.keys.append(k)
            found.queries.append(q)
            if UNKNOWN in (k, q):
                mode, label = ("K", pair[0]) if k == UNKNOWN else ("Q", pair[1])
                told = f"{NAMES[mode]} {label!r}: expected a {NAMES[mode]} of the layer, found none"
                found.unknown[n] = *pair, told
        return found


@dataclass(frozen=True)
class Answer:
    """``values`` and their probabilities, none where there is no answer; ``note`` says why, or that
    a label is unknown."""

    key: str
    query: str
    values: tuple[tuple[str, float], ...] = ()
    note: str = ""


def answered(named: NamedLayer, questions: Requests) -> Iterator[Answer]:
    """An answer to each question, in order: what ``NamedLayer.answers`` says. [ours]

    >>> from factrank.facts.database import Database
    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> named = NamedLayer.of(db, compile_values(db))
    >>> asked = Requests.of(named, [("b", "r"), ("c", "r")])
    >>> [(it.values and it.values[0][0], it.note) for it in answered(named, asked)]
    [('y', ''), ((), "key 'c': expected a key of the layer, found none")]
    """
    pairs = enumerate(zip(questions.keys, questions.queries, strict=True))
    while block := list(islice(pairs, AT_ONCE)):
        known = sorted({pair for _, pair in block if UNKNOWN not in pair})
        said = _said(named, known)
        for n, pair in block:
            if n in questions.unknown:
                key, query, note = questions.unknown[n]
                yield Answer(key, query, note=note)
                continue
            values = said.get(pair, ())
            note = "" if values else "no value stands above the others"
            yield Answer(named.keys[pair[0]], named.queries[pair[1]], values, note)


def _said(
    named: NamedLayer, pairs: list[tuple[int, int]]
) -> dict[tuple[int, int], tuple[tuple[str, float], ...]]:
    """The answers of different pairs, each with its probability."""
    said: dict[tuple[int, int], tuple[tuple[str, float], ...]] = {}
    for part in pairs_with_facts(named.layer, [(*pair, 0) for pair in pairs]):
        found = asked(part.layer, named.off)
        top = found.L.amax(-1)
        log_total = shares(found.L - top.unsqueeze(-1)).sum(-1).log() + top
        wanted = {fact[:2] for fact in part.facts}
        for i, j, v in found.told.nonzero().tolist():
            if (i, j) in wanted:
                pair = part.keys[i], part.queries[j]
                p = float((found.L[i, j, v] - log_total[i, j]).exp())
                said[pair] = (*said.get(pair, ()), (named.values[v], p))
    return said
