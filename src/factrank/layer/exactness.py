"""How far a layer is from the facts: the largest |L - scale D|, and what rounding adds to it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor

from factrank.facts import strict
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.rounding_bound import Logits, logits

TOLERANCE = 1e-9  # of the logit of a fact: what a layer may be off and still be called exact
BLOCK = 4_000_000  # intermediate numbers of a block; several arrays of that size are needed


@dataclass(frozen=True)
class Exactness:
    """``error`` is the largest |L - scale D| over all cells, D the tensor of the ``facts`` with
    that digest and L as computed; ``bound`` is what no cell of the L of the weights, in exact
    arithmetic, is off by more: the same with the rounding of each cell added."""

    error: float
    bound: float
    facts: str

    def within(self, tolerance: float, scale: float) -> bool:
        """Whether no cell is off by more than that part of the logit of a fact."""
        return self.bound <= tolerance * abs(scale)

    def to_dict(self) -> dict[str, object]:
        """As plain data, for a file; JSON has no infinity."""
        return {
            name: value if not isinstance(value, float) or math.isfinite(value) else None
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_dict(cls, data: Any) -> Exactness:
        """What ``to_dict`` wrote. Errors: ``FactrankError`` for anything else."""
        strict.fields("exact", data, "error bound facts")
        for name in ("error", "bound"):
            if type(data[name]) is not float or not 0 <= data[name] < math.inf:
                strict.wrong(f"exact.{name}", "a number of at least 0", strict.show(data[name]))
        if type(data["facts"]) is not str:
            strict.wrong("exact.facts", "a text", strict.show(data["facts"]))
        return cls(**data)


def exactness(layer: AttentionLayer, database: Database, scale: float = 1.0) -> Exactness:
    """Compare every cell of L with scale times D, keys in blocks. [ours]

    The facts are the reference, numbered as the layer numbers its labels: not the terms or weights
    that were made from them.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> exactness(compile_values(db), db).within(1e-12, 1.0)
    True
    """
    error = bound = 0.0
    for keys, found in in_blocks(layer):
        off = (found.L - scale * facts_of(database, keys, found.L)).abs()
        error = larger(error, off)
        bound = larger(bound, off + found.rounding)
    return Exactness(error, bound, database.digest())


def in_blocks(layer: AttentionLayer) -> Iterator[tuple[range, Logits]]:
    """(keys, their logits with rounding), in order."""
    for keys in layer.blocks(BLOCK):
        yield keys, logits(layer.on_keys(keys))


def facts_of(database: Database, keys: range, like: Tensor) -> Tensor:
    """D restricted to some keys, as numbers like those of ``like``."""
    D = like.new_zeros(like.shape)
    first, last = (bisect_left(database.facts, (k,)) for k in (keys.start, keys.stop))
    for k, q, v in database.facts[first:last]:
        D[k - keys.start, q, v] = 1
    return D


def larger(worst: float, numbers: Tensor) -> float:
    """The largest of all; infinite if one is no number."""
    most = float(numbers.max())
    return math.inf if math.isnan(most) else max(worst, most)
