"""``compile_database`` at any size: what needs no table of all cells is built and checked without.

Up to ``LARGE`` cells it is ``compile_database`` that answers. Beyond, gates and circle are written
without an array of keys x queries x values, and asked for their facts alone; the decompositions
have no table to begin with; values and relations need one, and are refused, with its size, where
that is too large. Gates and circle have the logits of ``compile_gates`` and ``compile_circle``, up
to rounding: a circle's two directions are known, so nothing is factored to find them; gates read
their tokens in as few dimensions as will do, not in one a token.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from factrank.errors import FactrankError, given
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.layer.answers import ROUNDING
from factrank.layer.attention import AttentionLayer
from factrank.layer.building import recipes
from factrank.layer.building.assembly import MOST_WEIGHTS, assemble
from factrank.layer.building.compile import with_room
from factrank.layer.building.from_terms import gate_heads, slice_heads, table_of
from factrank.layer.building.scale import circle_scale, gate_scale
from factrank.layer.model import NamedLayer
from factrank.layer.parts import cells
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
    if method not in recipes.TABLES or cells(database) <= LARGE:
        if method in recipes.METHODS:
            _check_weights(database, method, embeddings)
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
        held = "" if tau is None else f" and held at {tau:g}"
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
    _check_weights(database, method, embeddings)
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
        scale = 1.0 if tau is None else with_room(gate_scale(V, tau))
        return gates_at_size(database, scale, embeddings), scale
    scale = with_room(circle_scale(V, AIM if tau is None else tau))
    return circle_at_size(database, scale, embeddings), scale


def least_weights(database: Database, method: str, embeddings: str = "smallest") -> int:
    """Numbers that the layer of ``compile_facts`` has at least: cheap to count, before any work."""
    if method not in recipes.TABLES or cells(database) <= LARGE:
        _check_table(database, method)
        return recipes.least_weights(database, method)
    K, Q, V = database.shape
    if embeddings == "one-hot":
        return (max(K, V) + Q) * (K + Q + V)
    return (min(K, Q) + 1 if method == "gates" else 2) * (K + Q + V)


def _check_weights(database: Database, method: str, embeddings: str) -> None:
    """Refuse a layer of too many numbers, with its size."""
    least = least_weights(database, method, embeddings)
    if least > MOST_WEIGHTS:
        raise FactrankError(
            f"compile {method}: expected at most {MOST_WEIGHTS:,} weights, found at least "
            f"{least:,} ({8 * least / 1e9:,.1f} GB) for {counted(len(database), 'fact', form=',')}"
        )


def _check_table(database: Database, method: str) -> None:
    """Refuse a table of too many cells, with its size, and the methods that need none."""
    table = method in recipes.METHODS and method not in recipes.DECOMPOSED
    if table and (size := cells(database)) > recipes.MOST_CELLS:
        other = "; gates and circle need no table" if database.functional else ""
        raise FactrankError(
            f"compile {method}: expected a table of at most {recipes.MOST_CELLS:,} cells, found "
            f"{size:,} ({8 * size / 1e9:,.1f} GB){other}"
        )


def gates_at_size(database: Database, scale: float, embeddings: str = "smallest") -> AttentionLayer:
    """A7: L = beta (A^2 - (A - g_v)^2), beta = ``scale``. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x")])
    >>> L = gates_at_size(db, 1.0).layer_tensor()[0]
    >>> [int(L[k, q].argmax()) for k, q, _ in db.facts]
    [0, 1, 0]
    """
    heads = gate_heads(table_of(database, "gates"), database.shape[2])
    return assemble(heads.times(scale), embeddings)


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
