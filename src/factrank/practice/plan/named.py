"""Sizes of one attention layer that a reader may know, from toys to GPT-2 small. [cited]"""

from __future__ import annotations

from typing import NamedTuple

from factrank.errors import FactrankError
from factrank.layer.config import LayerConfig

KEYS, QUERIES, VALUES = 10_000, 6, 8  # of a table, where none is told


class Named(NamedTuple):
    """A layer's sizes under a name; ``source`` says where they are published."""

    name: str
    n_heads: int
    d_head_qk: int
    d_head_vo: int
    d_model: int
    what: str
    source: str

    def config(
        self,
        keys: int = KEYS,
        queries: int = QUERIES,
        values: int = VALUES,
        *,
        trained: bool = False,
    ) -> LayerConfig:
        """The layer for a table of these sizes."""
        sizes = (self.d_model, self.n_heads, self.d_head_qk, self.d_head_vo)
        return LayerConfig(keys, queries, values, *sizes, trainable_embeddings=trained)


TOY = "the experiment layer-size of this book"
NAMED = (
    Named("toy-4", 2, 2, 2, 4, "a toy layer of this book", TOY),
    Named("toy-8", 4, 2, 2, 8, "a toy layer of this book", TOY),
    Named("toy-16", 4, 2, 4, 16, "a toy layer of this book", TOY),
    Named("toy-40", 4, 2, 10, 40, "a toy layer of this book", TOY),
    Named("bert-tiny", 2, 64, 64, 128, "one layer of BERT-Tiny", "Turc and others, 2019"),
    Named(
        "nanogpt-characters", 6, 64, 64, 384, "one layer of nanoGPT's Shakespeare, by characters",
        "nanoGPT, config/train_shakespeare_char.py",
    ),
    Named(
        "transformer-base", 8, 64, 64, 512, "one layer of the first Transformer, its base size",
        "Vaswani and others, 2017",
    ),
    Named("gpt2-small", 12, 64, 64, 768, "one layer of GPT-2 small", "Radford and others, 2019"),
)  # fmt: skip


def named() -> tuple[Named, ...]:
    """All sizes with a name, smallest first.

    >>> [it.d_model for it in named()]
    [4, 8, 16, 40, 128, 384, 512, 768]
    """
    return NAMED


def like(name: str) -> Named:
    """The sizes of that name.

    Errors: ``FactrankError`` for another name.

    >>> like("gpt2-small").n_heads
    12
    """
    for it in NAMED:
        if it.name == name:
            return it
    known = ", ".join(it.name for it in NAMED)
    raise FactrankError(f"--like: expected one of {known}, found {name!r}")
