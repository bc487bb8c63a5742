"""A layer with names: what its tokens are called, where its facts come from, what was edited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database
from factrank.facts.labels import NAMES, check_labels
from factrank.facts.strict import show
from factrank.layer import readout
from factrank.layer.answers import answers, artifacts, held, recalled, room
from factrank.layer.attention import AttentionLayer
from factrank.layer.exactness import Exactness

LARGEST = 1e300  # the scale of a layer stays a number of float64


@dataclass(frozen=True, eq=False)
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
    def of(cls, database: Database, layer: AttentionLayer, **about: object) -> NamedLayer:
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
        names = self.labels(mode)
        if label in names:
            return names.index(label)
        near = get_close_matches(label, names, n=1, cutoff=0.5)
        hint = f"; nearest is {near[0]!r}" if near else ""
        raise FactrankError(
            f"{NAMES[mode]} {label!r}: expected a {NAMES[mode]} of the layer, "
            f"found none like it{hint}"
        )

    def logits(self, key: str, query: str) -> Tensor:
        """The logits (V) of one pair."""
        pair = torch.tensor([[self.index("K", key), self.index("Q", query)]])
        return finite(self.layer.forward(pair)[0, 0])

    def answers(self, key: str, query: str) -> tuple[str, ...]:
        """The value of the logit that leads all others; none where it does not by more than
        rounding, as in a row of zeros. Of a layer that is exact, all facts of the pair: their
        logits and no others are above half of the scale, if none is off by as much as that."""
        pair = self.layer.on_pair(self.index("K", key), self.index("Q", query))
        L = finite(pair.to(torch.float64).layer_tensor()[0])
        surely = self.exact is not None and self.exact.bound < self.scale / 2
        told = L > self.scale / 2 if surely else answers(L, room(pair))
        return tuple(self.values[v] for v in told[0, 0].nonzero().flatten().tolist())

    def answer(self, key: str, query: str) -> str | None:
        """The one answer to a question; None if there is none, or several."""
        found = self.answers(key, query)
        return found[0] if len(found) == 1 else None

    def votes(self, key: str, query: str) -> Tensor:
        """The votes (n_heads, 2, V) of one pair, source 0 the key token, 1 the query token."""
        pair = torch.tensor([[self.index("K", key), self.index("Q", query)]])
        return self.layer.votes_of(pair)[0, 0]

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


@dataclass(frozen=True)
class Recall:
    """What a layer knows of a database: ``recalled`` and ``held`` are fractions of its facts.

    ``artifacts`` counts the entries with probability at least tau that are no facts (what an even
    share over all values is enough for is held, or an artifact, only if it is answered too);
    ``answers_off`` the pairs without a fact for which argmax answers all the same (both None where
    only pairs with a fact were asked for); ``margin`` is the least margin of a fact, in logits;
    ``ceiling`` the best recall by one answer a pair.
    """

    facts: int
    recalled: float
    held: float
    tau: float
    artifacts: int | None
    answers_off: int | None
    margin: float
    ceiling: float


def recall(
    named: NamedLayer, database: Database, tau: float = 0.9, *, layer: AttentionLayer | None = None
) -> Recall:
    """Ask the layer for every pair, and compare with the facts; keys in blocks, so that L of a
    large layer need not fit into memory. Logits are read in float64.

    A pair with s values is recalled if all of them stand above all others, by more than rounding
    (``answers.room``; the same rule decides what ``ask`` and ``edit`` say), and each is held at
    tau if its probability is at least tau / s (``answers.held``). ``layer`` takes the place of the
    named one: the same in another precision.

    Errors: ``FactrankError`` if there is no fact, or one with a label that the layer lacks.
    """
    known = sure = more = answers_off = 0
    margin = float("inf")
    for L, least, part in asked_blocks(named, database, layer):
        more += int(artifacts(L, least, part, tau).sum())
        answers_off += int(answered_off(L, least, part).sum())
        if part.facts:
            known += int(recalled(L, least, part).sum())
            sure += int(held(L, least, part, tau).sum())
            margin = min(margin, float(readout.margins(L, part).min()))
    n = len(database)
    ceiling = database.pair_counts()["KQ"] / n
    return Recall(n, known / n, sure / n, tau, more, answers_off, margin, ceiling)


def asked_blocks(
    named: NamedLayer, database: Database, layer: AttentionLayer | None = None
) -> Iterator[tuple[Tensor, Tensor, Database]]:
    """The layer's answers to every pair, keys in blocks: L (k, q, v) in float64, the room (k, q)
    that a lead needs, and the facts of these keys as the layer numbers them.

    Errors: as for ``recall``.
    """
    facts = named.aligned(database)
    if not facts.facts:
        raise FactrankError("database: expected at least one fact, found none")
    asked = named.layer if layer is None else layer
    rest = iter([*facts.facts, (facts.shape[0], 0, 0)])  # sorted by key; the last one ends it
    fact = next(rest)
    for keys in asked.blocks():
        these = asked.on_keys(keys)
        kind = torch.float64 if layer is None else these.weights.E_K.dtype
        L = these.to(kind).layer_tensor()[0].double()  # the weights as they are, exact sums
        L = finite(L) if layer is None else L  # another precision may overflow, and recalls less
        mine = []
        while fact[0] < keys.stop:
            mine.append((fact[0] - keys.start, *fact[1:]))
            fact = next(rest)
        labels = facts.keys[keys.start : keys.stop], facts.queries, facts.values
        yield L, room(these), Database(*labels, tuple(mine))


def finite(logits: Tensor) -> Tensor:
    """The logits themselves; a sentence where the weights are so large that they overflow."""
    if not torch.isfinite(logits).all():
        raise FactrankError("layer: expected finite logits, found weights whose sums overflow")
    return logits


def answered_off(L: Tensor, least: Tensor, part: Database) -> Tensor:
    """The pairs (k, q) without a fact that argmax answers all the same."""
    return (answers(L, least).sum(-1) > 0) & ~readout.facts_mask(part).any(-1)
