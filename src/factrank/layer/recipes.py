"""From a database and the name of a method to a named layer, its cost known before the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer import compile as compiling
from factrank.layer.assembly import EMBEDDINGS, MOST_WEIGHTS
from factrank.layer.attention import AttentionLayer
from factrank.layer.from_tables import quarrel
from factrank.layer.from_terms import term_heads
from factrank.layer.named import NamedLayer
from factrank.layer.scale import circle_scale, gate_scale, hold_scale
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.terms import Term
from factrank.rank.upper import slice_terms

METHODS = {
    "terms": "one head a term of the shortest decomposition found (A4b)",
    "key-independent": "the same terms by attention that does not depend on the key (A4)",
    "values": "one head a value, all facts in the scores: least width for functional facts (A4b)",
    "relations": "one head a pair of relation and value (A6)",
    "gates": "one head of width 2, values as gates, read by argmax (A7)",
    "circle": "two heads, values on a circle, read by argmax (S1)",
}
DECOMPOSED = ("terms", "key-independent")
TABLES = ("gates", "circle")  # their logits are no multiple of D
MOST_CELLS = 100_000_000  # of D as a dense tensor


def compile_database(
    database: Database,
    method: str = "terms",
    *,
    tau: float | None = None,
    embeddings: str = "smallest",
    allow_sets: bool = False,
    interval: Callable[[Database], RankInterval] = rank_interval,
) -> NamedLayer:
    """A layer with L = D, or with ``tau`` one that holds every fact at tau (L = beta D).

    ``method`` is one of ``METHODS``; ``interval`` finds the decomposition for the first two. A
    database with several values for a pair is refused unless ``allow_sets``, and always by
    "gates" and "circle", which read one answer a pair.

    Errors: ``FactrankError`` for an unknown method, for no fact, for several values, and for a
    layer of more than ``MOST_WEIGHTS`` numbers or a table of more than ``MOST_CELLS`` cells: both
    are told before the work.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> compile_database(db, "values").layer.config.width
    2
    """
    if method not in METHODS:
        raise FactrankError(f"method: expected one of {', '.join(METHODS)}, found {method!r}")
    if embeddings not in EMBEDDINGS:
        raise FactrankError(
            f"embeddings: expected one of {', '.join(EMBEDDINGS)}, found {embeddings!r}"
        )
    if not database.functional and not allow_sets:
        raise FactrankError(
            f"compile: expected one value for each (key, query), found {quarrel(database)}; "
            "to store all of them allow sets"
        )
    if (numbers := least_weights(database, method)) > MOST_WEIGHTS:
        raise FactrankError(
            f"compile {method}: expected at most {MOST_WEIGHTS:,} weights, "
            f"found at least {numbers:,} for {len(database):,} facts"
        )
    layer, scale = _layer(database, method, tau, embeddings, interval)
    return NamedLayer.of(database, layer, method=method, scale=scale)


def least_weights(database: Database, method: str) -> int:
    """Numbers that the layer has at least: cheap to count, before any work.

    L = D needs a total width of rank D_(V) (A2), "values" that of the used values, and d_model is
    no less. A value that is the only answer of some pair has a unit vector for it in D_(V), so as
    many as there are of these are linearly independent; in a functional database all are.
    """
    keys, queries, values = (len(database.used(mode)) for mode in "KQV")
    if not values:
        raise FactrankError("database: expected at least one fact, found none")
    K, Q, V = database.shape
    if method not in DECOMPOSED and K * Q * V > MOST_CELLS:
        raise FactrankError(
            f"compile {method}: expected a table of at most {MOST_CELLS:,} cells, "
            f"found {K * Q * V:,}"
        )
    if method == "gates":
        d_model = max(K, V) + Q
        return d_model * (2 * (min(K, Q) + 2) + K + Q + V)
    if method == "circle":
        return 4 * min(keys, queries)
    width = values if method == "values" else max(1, _sole_answers(database))
    return 4 * width * width + (K + V) * width


def _sole_answers(database: Database) -> int:
    """How many values are the only answer of some pair."""
    answers: dict[tuple[int, int], set[int]] = {}
    for k, q, v in database.facts:
        answers.setdefault((k, q), set()).add(v)
    return len({v for values in answers.values() if len(values) == 1 for v in values})


def sets_of(database: Database) -> int:
    """The largest number of values of one pair.

    >>> sets_of(Database.from_triples([("a", "r", "x"), ("a", "r", "y")]))
    2
    """
    counts: dict[tuple[int, int], int] = {}
    for k, q, _ in database.facts:
        counts[k, q] = counts.get((k, q), 0) + 1
    return max(counts.values(), default=0)


def _layer(
    database: Database,
    method: str,
    tau: float | None,
    embeddings: str,
    interval: Callable[[Database], RankInterval],
) -> tuple[AttentionLayer, float]:
    """The layer, and the logit that it gives to a fact."""
    V = database.shape[2]
    if method == "gates":
        scale = 1.0 if tau is None else compiling.with_room(gate_scale(V, tau))
        return compiling.compile_gates(database, tau=tau), scale
    if method == "circle":
        wanted = 0.9 if tau is None else tau
        layer = compiling.compile_circle(database, tau=wanted, embeddings=embeddings)
        return layer, compiling.with_room(circle_scale(V, wanted))
    scale = 1.0
    if tau is not None:
        several = range(1, sets_of(database) + 1)
        scale = compiling.with_room(max(hold_scale(V, tau, s) for s in several))
    if method == "values":
        return compiling.compile_values(database, scale=scale, embeddings=embeddings), scale
    if method == "relations":
        return compiling.compile_relations(database, scale=scale, embeddings=embeddings), scale
    write = compiling.compile_terms if method == "terms" else compiling.compile_key_independent
    terms = interval(database).terms
    if method == "terms":
        terms = _narrowest(database, terms)
    return write(database.shape, terms, scale=scale, embeddings=embeddings), scale


def _narrowest(database: Database, terms: Sequence[Term]) -> Sequence[Term]:
    """The terms themselves, or the slices of U2 where these take fewer heads: a shortest
    decomposition need not be ternary, and what is not may cost two heads a term."""

    def heads(candidate: Sequence[Term]) -> int:
        return len(term_heads(database.shape, candidate).ask)

    if heads(terms) == len(terms):
        return terms
    return min(terms, slice_terms(database), key=heads)
