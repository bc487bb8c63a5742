"""A layer with names: what its tokens are called, where its facts come from, what was edited; and
many questions to it at once, each answered as if it were asked alone, memory bounded."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from factrank.errors import FactrankError, given
from factrank.facts.database import MODES, Database
from factrank.facts.labels import NAMES, check_labels
from factrank.facts.strict import show
from factrank.facts.words import counted, shown, size_text
from factrank.layer.attention import AttentionLayer
from factrank.layer.config import SIZES
from factrank.layer.exactness import Exactness
from factrank.layer.readout import Asked, asked, shares
from factrank.layer.survey import Recall, pairs_with_facts, survey

LARGEST = 1e300  # the scale of a layer stays a number of float64


@dataclass(frozen=True, eq=False, repr=False)
class NamedLayer:
    """One layer and the labels of its keys, queries and values.

    ``database`` is the digest of the facts it was made from, ``method`` how, ``scale`` the logit
    that it gives to a fact, ``edits`` the log of changes since, one record each. ``exact`` says of
    a compiled layer how far L is from ``scale`` times the facts that it holds now.
    """

    layer: AttentionLayer
    keys: tuple[str, ...]
    queries: tuple[str, ...]
    values: tuple[str, ...]
    database: str = ""
    method: str = ""
    scale: float = 1.0
    edits: tuple[dict[str, object], ...] = ()
    exact: Exactness | None = None

    def __post_init__(self) -> None:
        if self.layer.models != 1:
            raise FactrankError(f"layer: expected one model, found {self.layer.models}")
        sizes = self.layer.config.keys, self.layer.config.queries, self.layer.config.values
        for mode, size in zip(MODES, sizes, strict=True):
            given(f"{NAMES[mode]} labels", self.labels(mode), (list, tuple), "a list of labels")
            check_labels(mode, self.labels(mode))
            if len(set(self.labels(mode))) != size or len(self.labels(mode)) != size:
                raise FactrankError(
                    f"layer: expected {size} different {NAMES[mode]} labels, "
                    f"found {len(self.labels(mode))}"
                )
        texts = {"database": self.database, "method": self.method}
        for name, text in texts.items():
            if not isinstance(text, str):
                raise FactrankError(f"layer: expected {name} as a text, found {show(text)}")
        number = isinstance(self.scale, int | float) and not isinstance(self.scale, bool)
        if not number or not 0 < self.scale < LARGEST:
            raise FactrankError(f"layer: expected a scale above 0, found {show(self.scale)}")
        for edit in self.edits:
            if not isinstance(edit, dict):
                raise FactrankError(f"layer: expected an edit as an object, found {show(edit)}")

    @classmethod
    def of(cls, database: Database, layer: AttentionLayer, **about: Any) -> NamedLayer:
        """The layer with the labels and the digest of the database it was made from."""
        names = database.keys, database.queries, database.values
        return cls(layer, *names, database=database.digest(), **about)

    def labels(self, mode: str) -> tuple[str, ...]:
        """The labels of mode ``"K"``, ``"Q"`` or ``"V"``."""
        return (self.keys, self.queries, self.values)[MODES.index(mode)]

    def index(self, mode: str, label: str) -> int:
        """The index of a label.

        Errors: ``FactrankError`` for a label that the layer does not know; the sentence suggests
        the nearest one.
        """
        given(NAMES[mode], label, str, "a text label")
        names = self.labels(mode)
        if label in names:
            return names.index(label)
        near = get_close_matches(label, names, n=1, cutoff=0.5)
        hint = f"; nearest is {near[0]!r}" if near else ""
        raise FactrankError(
            f"{NAMES[mode]} {label!r}: expected a {NAMES[mode]} of the layer, "
            f"found none like it{hint}"
        )

    def __repr__(self) -> str:
        sizes = self.layer.config
        how = f"{self.method}, " if self.method else ""
        return (
            f"NamedLayer({how}{counted(sizes.n_heads, 'head')}, d_model {sizes.d_model}: "
            f"{size_text((sizes.keys, sizes.queries, sizes.values))})"
        )

    def _repr_html_(self) -> str:
        """Its sizes, for a notebook."""
        config = self.layer.config
        sizes = {name: getattr(config, name) for name in SIZES} | config.parameters()
        return shown(repr(self), ["size", ""], sizes.items())

    @property
    def off(self) -> float | None:
        """How far a logit of a layer that is ``exact`` may be from scale D; None where that is not
        said, or half of the scale and more: then it does not part the facts from others."""
        said = self.exact is not None and 2 * self.exact.bound < self.scale
        return self.exact.bound if said else None  # type: ignore[union-attr]  # said: not None

    def logits(self, key: str, query: str) -> Tensor:
        """The logits (V) of one pair, summed in float64 whatever the weights are kept in."""
        return self._asked(key, query).L[0, 0]

    def answers(self, key: str, query: str) -> tuple[str, ...]:
        """The value of the logit that leads all others; none where it does not by more than
        rounding, as in a row of zeros. Of a layer that is exact, all facts of the pair."""
        told = self._asked(key, query).told[0, 0]
        return tuple(self.values[v] for v in told.nonzero().flatten().tolist())

    def answer(self, key: str, query: str) -> str | None:
        """The one answer to a question; None if there is none, or several."""
        found = self.answers(key, query)
        return found[0] if len(found) == 1 else None

    def votes(self, key: str, query: str) -> Tensor:
        """The votes (n_heads, 2, V) of one pair, source 0 the key token, 1 the query token; in
        float64 like the logits that they sum to."""
        pair = self._pair(key, query).to(torch.float64)
        return pair.votes_of(torch.zeros(1, 2, dtype=torch.long))[0, 0]

    def _pair(self, key: str, query: str) -> AttentionLayer:
        return self.layer.on_pair(self.index("K", key), self.index("Q", query))

    def _asked(self, key: str, query: str) -> Asked:
        return asked(self._pair(key, query), self.off)

    def aligned(self, database: Database) -> Database:
        """The same facts, numbered as this layer numbers its labels.

        Errors: ``FactrankError`` if a fact has a label that the layer does not know.
        """
        moves = []
        for mode in MODES:
            index = {label: i for i, label in enumerate(self.labels(mode))}
            for i in database.used(mode):
                if database.labels(mode)[i] not in index:
                    self.index(mode, database.labels(mode)[i])  # raises, with the nearest label
            moves.append([index.get(label, -1) for label in database.labels(mode)])
        facts = tuple((moves[0][k], moves[1][q], moves[2][v]) for k, q, v in database.facts)
        return Database(self.keys, self.queries, self.values, facts)

    def recall(self, database: Database, tau: float = 0.9, *, everywhere: bool = True) -> Recall:
        """What the layer knows of a database: ``recall(layer, database)``.

        >>> from factrank.layer.building.compile import compile_values
        >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
        >>> NamedLayer.of(db, compile_values(db)).recall(db).recalled
        1.0
        """
        return recall(self, database, tau, everywhere=everywhere)


def recall(
    named: NamedLayer,
    database: Database,
    tau: float = 0.9,
    *,
    layer: AttentionLayer | None = None,
    everywhere: bool = True,
) -> Recall:
    """The whole of a ``survey``: the shares of the facts that are recalled, and held at tau.

    Of a large layer ``everywhere=False`` asks only for the pairs that have a fact, and counts
    nothing off them. Errors: as for ``survey``.
    """
    given("layer", named, NamedLayer, "a layer with names")
    given("database", database, Database)
    given("tau", tau, Real, "a probability")
    return survey(named, database, tau, layer=layer, everywhere=everywhere).whole


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
