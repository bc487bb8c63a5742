"""``compile_database`` at any size: what needs no table of all cells is built and checked without.

Up to ``LARGE`` cells it is ``compile_database`` that answers. Beyond, gates and circle are written
without an array of keys x queries x values, and asked for their facts alone; the decompositions
have no table to begin with; values and relations need one, and are refused, with its size, where
that is too large. Gates read their tokens in as few dimensions as will do, not in one a token. A
circle has the logits of ``compile_circle``, up to rounding: its two directions are known, so
nothing is factored to find them. ``report`` says what a compiled layer costs: widths, numbers,
norms, and the precision that it needs.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from numbers import Real
from types import NoneType
from typing import Any

import numpy as np
import torch

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import circle_scale
from factrank.layer.building import recipes
from factrank.layer.building.assembly import assemble
from factrank.layer.building.compile import compile_gates, gates_at, with_room
from factrank.layer.building.from_terms import slice_heads, table_of
from factrank.layer.exactness import exactness
from factrank.layer.model import NamedLayer, recall
from factrank.layer.readout import ROUNDING
from factrank.layer.survey import Progress, Recall, survey

LARGE = 10_000_000  # cells, keys x queries x values: 80 MB as a table of numbers
MOST_GATES = int(ROUNDING**-0.5)  # a fact leads by 1 / V^2 of the size of a logit
MOST_PAIRS = 20_000_000  # keys x queries: a table of which value each has, and its factors
AIM = 0.9  # what a circle holds its facts at, if no other probability is asked for


def compile_facts(
    database: Database,
    method: str = "terms",
    *,
    tau: float | None = None,
    embeddings: str = "smallest",
    **options: Any,
) -> NamedLayer:
    """``compile_database`` whatever keys x queries x values is; see there for the arguments. [ours]

    Of a table with more than ``LARGE`` cells "gates" and "circle" take memory in proportion to the
    layer and to keys x queries, time to the facts times values as well: every fact is asked for,
    and every logit of its pair compared.

    Errors: as for ``compile_database``; a table that is too large is told with its size.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> compile_facts(db, "values").layer.config.width
    2
    """
    given("database", database, Database)
    for name, number in (("tau", tau), ("tolerance", options.get("tolerance"))):
        given(name, number, (Real, NoneType), "a number")
    return compiled(database, method, tau=tau, embeddings=embeddings, **options)[0]


def compiled(
    database: Database,
    method: str,
    *,
    tau: float | None,
    embeddings: str,
    progress: Progress = lambda done, total: None,
    **options: Any,
) -> tuple[NamedLayer, Recall | None]:
    """The layer of ``compile_facts``, and what was recalled where only the facts were asked for;
    ``progress`` hears of the pairs asked."""
    if method not in recipes.TABLES or math.prod(database.shape) <= LARGE:
        options |= {"tau": tau, "embeddings": embeddings}
        return recipes.compile_database(database, method, **options), None
    if unknown := options.keys() - {"allow_sets", "tolerance", "interval"}:
        raise TypeError(f"compile_facts: found no argument called {', '.join(sorted(unknown))}")
    layer, scale = _written(database, method, tau, embeddings)
    named = NamedLayer.of(database, layer, method=method, scale=scale)
    aim = AIM if tau is None else tau
    found = survey(named, database, aim, everywhere=False, progress=progress).whole
    share = found.recalled if tau is None else min(found.recalled, found.held)
    if share < 1:
        held = "" if tau is None else f" and held at {tau}"
        raise FactrankError(
            f"compile {method}: expected every fact recalled{held}, found "
            f"{found.facts - round(found.facts * share):,} of {found.facts:,} lost: "
            f"{database.shape[2]:,} values lie too close together for float64"
        )
    return named, found


def _written(
    database: Database, method: str, tau: float | None, embeddings: str
) -> tuple[AttentionLayer, float]:
    """The layer, and the logit of a fact."""
    K, Q, V = database.shape
    recipes.check_weights(database, method, least_weights(database, method, embeddings))
    if K * Q > MOST_PAIRS:  # which value a pair has is a table of its own
        raise FactrankError(
            f"compile {method}: expected at most {MOST_PAIRS:,} pairs of a key and a query, "
            f"found {K * Q:,}"
        )
    if method == "gates":
        if V > MOST_GATES:
            raise FactrankError(
                f"compile gates: expected at most {MOST_GATES:,} values, found {V:,}: beyond, "
                "gates lie closer together than rounding; circle keeps values further apart"
            )
        return compile_gates(database, tau=tau, embeddings=embeddings), gates_at(V, tau)
    scale = with_room(circle_scale(V, AIM if tau is None else tau))
    return circle_at_size(database, scale, embeddings), scale


def least_weights(database: Database, method: str, embeddings: str = "smallest") -> int:
    """Numbers that the layer of ``compile_facts`` has at least: cheap to count, before any work."""
    if method not in recipes.TABLES or math.prod(database.shape) <= LARGE:
        return recipes.least_weights(database, method)
    K, Q, V = database.shape
    if embeddings == "one-hot":
        return (max(K, V) + Q) * (K + Q + V)
    return (min(K, Q) + 1 if method == "gates" else 2) * (K + Q + V)


def circle_at_size(
    database: Database, scale: float, embeddings: str = "smallest"
) -> AttentionLayer:
    """S1: L = beta cos(2 pi (v - f_q(k))/V), beta = ``scale``, as the sum of two products,
    cos cos + sin sin; zero where there is no fact. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "z")])
    >>> circle_at_size(db, 2.0).layer_tensor()[0, 0, 0].round(decimals=6).tolist()
    [2.0, -1.0, -1.0]
    """
    table = table_of(database, "circle")
    angle = 2 * np.pi * np.arange(database.shape[2]) / database.shape[2]
    waves = np.stack([np.cos(angle), np.sin(angle)])
    there = (table >= 0)[:, :, None]
    M = np.where(there, waves.T[table], 0.0)  # k q 2
    used = np.abs(M).max((0, 1)) > 0  # one value, or two opposite ones: no sine
    return assemble(slice_heads(M[:, :, used], scale * waves[used]), embeddings)


PRECISIONS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
SAMPLE = 10_000  # facts asked for in a coarser dtype, of a large table
BOUNDED = ("float64", "float32")  # of bfloat16 the machine decides what is summed in it


@dataclass(frozen=True)
class Precision:
    """One dtype: what is recalled and held in it, the least margin of a fact; and for a layer with
    L = scale D the largest error of a computed logit against the facts, and what no logit of the
    weights can be off by more (where rounding can be bounded: float64 and float32). ``asked`` is
    the number of facts that this was measured on."""

    dtype: str
    recalled: float
    held: float
    margin: float
    error: float | None = None
    bound: float | None = None
    asked: int = 0


@dataclass(frozen=True)
class Report:
    """Sizes of a layer: ``width`` is n_heads d_head_vo, ``score_width`` n_heads d_head_qk.

    ``norms`` are the largest absolute entry and the Frobenius norm of the attention weights.
    """

    n_heads: int
    d_model: int
    d_head_qk: int
    d_head_vo: int
    width: int
    score_width: int
    parameters: dict[str, int]
    largest: float
    frobenius: float
    precisions: tuple[Precision, ...]


def report(
    named: NamedLayer, database: Database, tau: float = 0.9, *, known: Recall | None = None
) -> Report:
    """The sizes of the layer, and its answers measured again in float32 and bfloat16.

    All of the layer's arithmetic is done in the dtype; its logits are then read in float64. Of a
    table of more than ``LARGE`` cells only the facts are asked for, and of those ``SAMPLE``, drawn
    with seed 0, in the coarser dtypes. ``known`` is what float64 recalls, if that was asked before.

    >>> from factrank.layer.building.compile import compile_values
    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> found = report(NamedLayer.of(db, compile_values(db)), db)
    >>> found.width, [p.recalled for p in found.precisions]
    (2, [1.0, 1.0, 1.0])
    """
    config, weights = named.layer.config, named.layer.weights
    numbers = torch.cat([weight.flatten() for weight in weights[3:]])
    return Report(
        config.n_heads,
        config.d_model,
        config.d_head_qk,
        config.d_head_vo,
        config.width,
        config.n_heads * config.d_head_qk,
        config.parameters(),
        float(numbers.abs().max()),
        float(torch.linalg.vector_norm(numbers)),
        tuple(
            precision(named, database, name, tau)
            if known is None or name != "float64"
            else Precision(name, known.recalled, known.held, known.margin, asked=known.facts)
            for name in PRECISIONS
        ),
    )


def precision(named: NamedLayer, database: Database, dtype: str, tau: float = 0.9) -> Precision:
    """How well the layer knows the facts when its weights and sums are of another dtype."""
    rough = named.layer.to(PRECISIONS[dtype])
    if named.exact is None and math.prod(database.shape) > LARGE:
        database = database if dtype == "float64" else sampled(database)
        found = survey(named, database, tau, layer=rough, everywhere=False).whole
    else:
        found = recall(named, database, tau, layer=rough)
    told = Precision(dtype, found.recalled, found.held, found.margin, asked=found.facts)
    if named.exact is None:
        return told
    off = exactness(rough, named.aligned(database), named.scale)
    bound = off.bound if math.isfinite(off.bound) and dtype in BOUNDED else None
    return replace(told, error=off.error, bound=bound)


def sampled(database: Database, most: int = SAMPLE) -> Database:
    """All facts of pairs drawn with seed 0, at least so many; or all there are."""
    pairs = sorted({fact[:2] for fact in database.facts})
    if len(pairs) <= most:
        return database
    drawn = set(random.Random(0).sample(pairs, most))
    facts = tuple(fact for fact in database.facts if fact[:2] in drawn)
    return Database(database.keys, database.queries, database.values, facts)
