"""How many facts for my layer? What is proved, and what to expect of training: ``plan`` turned
round, as one JSON object and as what a person reads. [ours] The sizes of layers that a reader may
know, from toys to GPT-2 small. [cited]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

from factrank.errors import FactrankError, given
from factrank.facts.strict import one_of
from factrank.facts.words import counted
from factrank.layer.bounds import check_tau
from factrank.layer.config import SIZES, LayerConfig
from factrank.practice.plan.expected import Hoped, hoped
from factrank.practice.plan.guarantees import READINGS, Bound, about_few, at_least, at_most, stored

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
NAMED = (  # smallest first
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


def like(name: str) -> Named:
    """The sizes of that name.

    Errors: ``FactrankError`` for another name.

    >>> like("gpt2-small").n_heads
    12
    """
    known = {it.name: it for it in NAMED}
    return known[one_of("--like", name, known)]


MOST = 10**9  # of any size
TRAINED_TO = 0.9  # the recorded layers stopped when they held every fact at this
BOUNDS = ("at least", "about few tokens", "at most", "at most in 32 bits", "expected")


@dataclass(frozen=True)
class Cell:
    """One answer: how many facts, by which reading, how we know.

    ``reading`` is exact (the logits are the table times a number), held (every fact has a
    probability of at least tau) or top (every fact is recalled by argmax). ``bound`` is one of
    ``BOUNDS``. All but the last are proved, ``low`` = ``high``, and ``source`` names claims of the
    ledger. "at least": every table of so many facts fits, whatever they are about. "about few
    tokens": every table about ``tokens`` tokens fits, all relations of each, ``low`` facts at most;
    as many facts about more tokens may not fit. "at most" and "at most in 32 bits": some table of
    one fact more does not fit; a table about few tokens may. "expected" is about tables drawn at
    random and layers that are trained: from ``low`` to ``high`` facts, measured inside the record
    that ``source`` names, extrapolated outside, and ``beyond`` says in what.
    """

    reading: str
    bound: str
    low: int
    high: int
    kind: str
    source: str
    sentence: str
    beyond: tuple[str, ...] = ()
    tokens: int | None = None


@dataclass(frozen=True)
class Capacity:
    """All cells of a layer; ``questions`` = keys * queries, which no number of facts exceeds."""

    config: LayerConfig
    tau: float
    cells: tuple[Cell, ...]

    @property
    def questions(self) -> int:
        return self.config.keys * self.config.queries

    def cell(self, reading: str, bound: str) -> Cell | None:
        """The cell of a reading and a bound; None where there is none (exact, expected)."""
        return next((it for it in self.cells if (it.reading, it.bound) == (reading, bound)), None)


def capacity(config: LayerConfig, *, tau: float = 0.9) -> Capacity:
    """How many facts a layer of these sizes holds, each number with how it is known.

    ``config`` has the sizes of the layer and of the table: ``keys`` things, ``queries`` relations,
    ``values`` kinds of answer, shared by all relations. ``trainable_embeddings`` true: they are
    part of the layer and chosen for the facts; false: they are given before the facts.

    Errors: ``FactrankError`` for a size above 10^9, a residual path, tied embeddings, a tau outside
    (0, 1).

    >>> found = capacity(LayerConfig(1000, 8, 16, d_model=16, n_heads=4, d_head_qk=8, d_head_vo=4))
    >>> [found.cell("exact", bound).low for bound in ("at least", "at most")]
    [4, 8000]
    """
    given("config", config, LayerConfig)
    given("tau", tau, Real, "a probability")
    for name in SIZES:
        if getattr(config, name) > MOST:
            raise FactrankError(
                f"capacity: expected {name} of at most {MOST:,}, found {getattr(config, name):,}"
            )
    if config.residual or config.tied:
        raise FactrankError(
            "capacity: expected a layer without residual path and tied embeddings, found "
            f"{'a residual path' if config.residual else 'tied embeddings'}"
        )
    check_tau(tau)
    found = []
    for reading in READINGS:
        for bound, prove in zip(BOUNDS, (at_least, about_few, at_most, stored), strict=False):
            found.append(_proved(reading, bound, prove(config, reading, tau)))
        if reading != "exact":
            found.append(_expected(reading, hoped(config), tau))
    return Capacity(config, tau, tuple(found))


def _proved(reading: str, bound: str, it: Bound) -> Cell:
    facts = it.facts
    return Cell(reading, bound, facts, facts, "proved", it.source, it.sentence, tokens=it.tokens)


def _expected(reading: str, it: Hoped, tau: float) -> Cell:
    beyond = it.beyond
    if reading == "held" and tau > TRAINED_TO:
        beyond += (f"tau {tau}, recorded up to {TRAINED_TO}",)
    kind = "extrapolated" if beyond else "measured"
    facts = counted(it.low, "fact", form=",")
    sentence = f"Most seeds should learn all of a random table of {facts}"
    if not it.low:
        sentence = "No recorded layer that learned a table fits into this one"
    if it.high > it.low:
        sentence += f", perhaps of up to {it.high:,}"
    return Cell(reading, "expected", it.low, it.high, kind, "layer-size", f"{sentence}.", beyond)


TITLES = {"exact": "exact logits", "held": "held at {tau}", "top": "right answer on top"}


def record(found: Capacity) -> dict[str, Any]:
    """The capacity for programs; names are fixed."""
    config = found.config
    names = ("n_heads", "d_head_qk", "d_head_vo", "d_model", "keys", "queries", "values")
    return {
        **{name: getattr(config, name) for name in names},
        "embeddings": "trained" if config.trainable_embeddings else "frozen",
        "tau": found.tau,
        "questions": found.questions,
        "parameters": config.parameters(),
        "cells": [asdict(it) | {"beyond": list(it.beyond)} for it in found.cells],
    }


def lines(found: Capacity) -> list[str]:
    """The capacity for a person: the sizes, a table of facts, and a sentence for each number."""
    config = found.config
    told = [
        f"n_heads {config.n_heads}, d_head_qk {config.d_head_qk}, d_head_vo {config.d_head_vo}, "
        f"d_model {config.d_model}, embeddings "
        f"{'trained' if config.trainable_embeddings else 'frozen'}",
        f"tokens {config.keys:,}, relations {config.queries:,}, kinds of answer {config.values:,}; "
        f"questions {found.questions:,}, at most one fact each",
        "",
    ]
    rows = [["facts", *BOUNDS]]
    for reading in READINGS:
        cells = [found.cell(reading, bound) for bound in BOUNDS]
        rows.append([_title(found, reading), *map(_number, cells)])
    told += aligned(rows)
    for bound in BOUNDS:
        told += ["", bound, *_sentences(found, bound)]
    return told


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A line for each row of a table, its first column set to the left, the others to the right.

    >>> aligned([["", "heads"], ["gates", "1"]])
    ['       heads', 'gates      1']
    """
    first, *others = ([*map(len, column)] for column in zip(*rows, strict=True))
    wide = [f"{{:{max(first)}}}", *(f"{{:>{max(column)}}}" for column in others)]
    return ["  ".join(wide).format(*row) for row in rows]


def _title(found: Capacity, reading: str) -> str:
    return TITLES[reading].format(tau=found.tau)


def _number(it: Cell | None) -> str:
    if it is None:
        return "-"
    span = f"{it.low:,}" if it.low == it.high else f"{it.low:,} to {it.high:,}"
    if it.tokens:
        return f"{span} about {it.tokens:,}"
    return span if it.kind == "proved" else f"{span}, {it.kind}"


def _sentences(found: Capacity, bound: str) -> list[str]:
    """A sentence for each number, once for the readings that share it."""
    shared: dict[Cell | None, list[str]] = {}
    for reading in READINGS:
        cell = found.cell(reading, bound)
        shared.setdefault(cell and replace(cell, reading=""), []).append(_title(found, reading))
    told = []
    for cell, titles in shared.items():
        if cell is None:
            told.append(f"  {', '.join(titles)}: no record says it for this reading")
            continue
        told.append(f"  {', '.join(titles)}, {cell.kind} ({cell.source}):")
        told.append(f"    {cell.sentence}")
        told += [f"    outside the record: {why}" for why in cell.beyond]
    return told
