"""What one row of an experiment is made from, with types; the engine keeps it as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, NamedTuple

Config = Mapping[str, Any]


class Fields:
    """Base of frozen dataclasses that a store keeps."""

    def told(self) -> dict[str, Any]:
        """The fields by name, in their order."""
        return dict(vars(self))


def told(items: Callable[[str], Iterable[Fields]]) -> Callable[[str], list[dict[str, Any]]]:
    """A function that makes the items of a tier, made to give them as the engine has them."""
    return lambda tier: [item.told() for item in items(tier)]


class Shape(NamedTuple):
    """Sizes of a database of a family: all that names it but its seed."""

    family: str
    keys: int
    queries: int
    range_size: int


def decay(regime: str, loss: str = "cross-entropy") -> float:
    """The weight decay that layers of a regime learn well with; in least squares none.

    >>> decay("F"), decay("T"), decay("T", "least squares")
    (0.03, 0.1, 0.0)
    """
    return 0.0 if loss == "least squares" else 0.03 if regime == "F" else 0.1


@dataclass(frozen=True)
class Item(Fields):
    """One layer to be trained: its database, its sizes, how it is trained, its seed.

    ``regime`` is T or F, ``attention`` free or key-independent, ``width`` total; ``part`` and
    ``size`` say where in a grid it stands. [ours]

    >>> one = Item("uniform", 8, 2, 4, n_heads=2, d_model=4, d_head_qk=1, width=4, steps=9, seed=0)
    >>> one.loss, "part" in one.told(), Item(**one.told()) == one
    ('cross-entropy', False, True)
    """

    part: str | None = field(default=None, kw_only=True)
    size: str | None = field(default=None, kw_only=True)
    family: str
    keys: int
    queries: int
    range_size: int
    _: KW_ONLY
    regime: str = "F"
    attention: str = "free"
    loss: str = "cross-entropy"
    beta: float | None = None
    n_heads: int
    d_model: int
    d_head_qk: int
    width: int
    steps: int
    lr: float = 0.03
    weight_decay: float = 0.0
    stop: float | None = 0.9
    seed: int

    @property
    def which(self) -> tuple[str, int, int, int, int]:
        """What names its database, see ``databases.database``."""
        return self.family, self.keys, self.queries, self.range_size, self.seed

    def told(self) -> dict[str, Any]:
        """The fields by name; a place in a grid only where the grid has such."""
        found = super().told().items()
        return {name: it for name, it in found if it is not None or name not in ("part", "size")}
