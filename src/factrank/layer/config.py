"""The shape of an attention layer, as one frozen description, and what it costs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from numbers import Integral
from typing import Any

from factrank.errors import FactrankError
from factrank.facts import strict
from factrank.facts.database import Database
from factrank.facts.strict import show

SIZES = ("keys", "queries", "values", "d_model", "n_heads", "d_head_qk", "d_head_vo")


@dataclass(frozen=True)
class LayerConfig:
    """One causal attention-only layer that reads a key, then a query, and answers with a value.

    ``keys``, ``queries``, ``values`` count labels; each of ``n_heads`` heads has W_Q, W_K of shape
    (d_model, d_head_qk) and W_V, W_O^T of shape (d_model, d_head_vo). ``residual`` adds E_Q U.
    ``tied`` lists pairs (key, value) that are one token: U[:, value] = E_K[key].
    ``trainable_embeddings`` says whether E_K, E_Q and U are trained (T) or frozen (F).

    Errors: ``FactrankError`` for a size that is no whole number of at least 1, for a tie outside
    the layer or a value tied twice.

    >>> LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=3).width
    6
    >>> LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=0, d_head_vo=3)
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: layer: expected d_head_qk of at least 1, found 0
    """

    keys: int
    queries: int
    values: int
    d_model: int
    n_heads: int
    d_head_qk: int
    d_head_vo: int
    residual: bool = False
    tied: tuple[tuple[int, int], ...] = ()
    trainable_embeddings: bool = False

    def __post_init__(self) -> None:
        for name in SIZES:
            size = getattr(self, name)
            if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
                raise FactrankError(f"layer: expected {name} of at least 1, found {show(size)}")
            object.__setattr__(self, name, int(size))  # numpy's whole numbers too
        for name in ("residual", "trainable_embeddings"):
            if not isinstance(getattr(self, name), bool):
                found = show(getattr(self, name))
                raise FactrankError(f"layer: expected {name} as true or false, found {found}")
        listed = isinstance(self.tied, list | tuple)
        if not (listed and all(isinstance(pair, list | tuple) for pair in self.tied)):
            raise FactrankError(f"layer: expected ties as pairs (key, value), found {self.tied!r}")
        object.__setattr__(self, "tied", tuple(map(tuple, self.tied)))
        for pair in self.tied:
            whole = len(pair) == 2 and all(type(i) is int for i in pair)
            if not (whole and 0 <= pair[0] < self.keys and 0 <= pair[1] < self.values):
                raise FactrankError(
                    f"layer: expected ties (key, value) below {(self.keys, self.values)}, "
                    f"found {show(pair)}"
                )
        if len({value for _, value in self.tied}) < len(self.tied):
            raise FactrankError("layer: expected each value tied to one key, found one tied twice")

    @property
    def width(self) -> int:
        """Total value-output width, n_heads * d_head_vo."""
        return self.n_heads * self.d_head_vo

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight of one model."""
        d, H = self.d_model, self.n_heads
        return {
            "E_K": (self.keys, d),
            "E_Q": (self.queries, d),
            "U": (d, self.values),
            "W_Q": (H, d, self.d_head_qk),
            "W_K": (H, d, self.d_head_qk),
            "W_V": (H, d, self.d_head_vo),
            "W_O": (H, self.d_head_vo, d),
        }

    def parameters(self) -> dict[str, int]:
        """Numbers in one model: ``attention`` (W_Q, W_K, W_V, W_O), ``embedding`` (E_K, E_Q, U; a
        tied vector counts once), ``trained`` (attention, and embedding where it is trained).

        >>> LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=3).parameters()
        {'attention': 128, 'embedding': 96, 'trained': 128}
        """
        attention = 2 * self.d_model * self.n_heads * (self.d_head_qk + self.d_head_vo)
        tokens = self.keys + self.queries + self.values - len(self.tied)
        embedding = tokens * self.d_model
        trained = attention + embedding * self.trainable_embeddings
        return {"attention": attention, "embedding": embedding, "trained": trained}

    def multiply_adds(self) -> int:
        """Multiply-adds of one answer: the logits of all values for one (key, query), nothing
        kept from earlier answers.

        A head projects the query three times and the key twice (W_Q, W_K and W_V of the query,
        W_K and W_V of the key), takes two products of scores, mixes two values and writes by W_O;
        U reads once.

        >>> LayerConfig(4, 3, 5, d_model=8, n_heads=2, d_head_qk=1, d_head_vo=3).multiply_adds()
        248
        """
        d, i, r = self.d_model, self.d_head_qk, self.d_head_vo
        head = 3 * d * i + 2 * d * r + 2 * i + 2 * r + r * d
        return self.n_heads * head + d * self.values

    def to_dict(self) -> dict[str, object]:
        """The fields as plain data, for a file."""
        return asdict(self) | {"tied": [list(pair) for pair in self.tied]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> LayerConfig:
        """The configuration that ``to_dict`` wrote.

        >>> config = LayerConfig(2, 1, 2, 4, 1, 1, 1, tied=((0, 1),))
        >>> LayerConfig.from_dict(config.to_dict()) == config
        True
        """
        strict.fields("config", data, " ".join(field.name for field in fields(cls)))
        ties = strict.items("config.tied", data["tied"])
        tied = tuple(tuple(strict.items("config.tied", pair)) for pair in ties)
        return cls(**{**data, "tied": tied})


def config_for(database: Database, *, tied: bool = False, **sizes: Any) -> LayerConfig:
    """The configuration that fits a database; ``tied`` joins words that are a key and a value.

    >>> db = Database.from_triples([("0", "next", "1"), ("1", "next", "0")])
    >>> config_for(db, tied=True, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=2).tied
    ((1, 0), (0, 1))
    """
    keys = {label: k for k, label in enumerate(database.keys)}
    both = [(keys[label], v) for v, label in enumerate(database.values) if label in keys]
    return LayerConfig(*database.shape, tied=tuple(both) if tied else (), **sizes)
