"""From a database and the name of a method to a named layer, its cost known before the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.strict import one_of
from factrank.facts.words import counted
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import circle_scale, hold_scale
from factrank.layer.building import compile as compiling
from factrank.layer.building.assembly import EMBEDDINGS, MOST_WEIGHTS
from factrank.layer.building.choice import chosen
from factrank.layer.building.from_terms import gated, quarrel, written_heads
from factrank.layer.exactness import TOLERANCE, Exactness, exactness
from factrank.layer.model import NamedLayer, recall
from factrank.rank.interval import RankInterval, rank_interval

METHODS = {
    "terms": "one head a term of the shortest decomposition found (A4b)",
    "key-independent": "the same terms by attention that does not depend on the key (A4)",
    "values": "one head a value, all facts in the scores: least width for functional facts (A4b)",
    "relations": "one head a pair of relation and value (A6)",
    "gates": "one head of width 2, values as gates, read by argmax (A7)",
    "circle": "two heads, values on a circle, read by argmax (S1)",
}
DECOMPOSED = {"terms": written_heads, "key-independent": gated}
TABLES = ("gates", "circle")  # their logits are no multiple of D
MOST_CELLS = 100_000_000  # of D as a dense tensor


def compile_database(
    database: Database,
    method: str = "terms",
    *,
    tau: float | None = None,
    embeddings: str = "smallest",
    allow_sets: bool = False,
    tolerance: float = TOLERANCE,
    interval: Callable[[Database], RankInterval] = rank_interval,
) -> NamedLayer:
    """A layer with L = D, or with ``tau`` one that holds every fact at tau (L = beta D).

    That is checked, in floating point and against the facts: no cell of L may be off by more than
    ``tolerance`` of the logit of a fact, rounding included; ``exact`` of the layer tells by how
    much. "gates" and "circle", whose L is no multiple of D, must recall (hold) every fact.

    ``method`` is one of ``METHODS``; ``interval`` finds the decomposition for the first two. A
    database with several values for a pair is refused unless ``allow_sets``, and always by
    "gates" and "circle", which read one answer a pair.

    Errors: ``FactrankError`` for an unknown method, for no fact, for several values, and for a
    layer of more than ``MOST_WEIGHTS`` numbers or a table of more than ``MOST_CELLS`` cells: both
    are told before the work; for a layer that would not be what is said, with a method that would.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> compile_database(db, "values").layer.config.width
    2
    """
    one_of("method", method, METHODS)
    one_of("embeddings", embeddings, EMBEDDINGS)
    if not database.functional and not allow_sets:
        raise FactrankError(
            f"compile: expected one value for each (key, query), found {quarrel(database)}; "
            "to store all of them allow sets"
        )
    check_weights(database, method, least_weights(database, method))
    wanted = _Wanted(database, tau, embeddings, tolerance, interval)
    layer, scale, found = wanted.layer(method)
    if found is not None and not found.within(tolerance, scale):
        raise FactrankError(
            f"compile {method}: expected every logit within {tolerance * scale:.1g} of "
            f"{'' if scale == 1 else f'{scale:.3g} times '}D, found one off by up to "
            f"{found.bound:.1e}; {wanted.advice(method)}"
        )
    named = NamedLayer.of(database, layer, method=method, scale=scale, exact=found)
    if not wanted.holds(layer, scale, found):
        raise FactrankError(
            f"compile {method}: expected every fact recalled"
            f"{'' if tau is None else f' and held at {tau}'}, found some lost; "
            f"{wanted.advice(method)}"
        )
    return named


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
    if method not in DECOMPOSED and (size := K * Q * V) > MOST_CELLS:
        other = "; gates and circle need no table" if database.functional else ""
        raise FactrankError(
            f"compile {method}: expected a table of at most {MOST_CELLS:,} cells, found "
            f"{size:,} ({8 * size / 1e9:,.1f} GB){other}"
        )
    if method == "gates":
        return (min(K, Q) + 1) * (K + Q + V)
    if method == "circle":
        return 4 * min(keys, queries)
    width = values if method == "values" else max(1, _sole_answers(database))
    return 4 * width * width + (K + V) * width


def check_weights(database: Database, method: str, least: int) -> None:
    """Refuse a layer of too many numbers, with its size."""
    if least > MOST_WEIGHTS:
        raise FactrankError(
            f"compile {method}: expected at most {MOST_WEIGHTS:,} weights, found at least "
            f"{least:,} ({8 * least / 1e9:,.1f} GB) for {counted(len(database), 'fact', form=',')}"
        )


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
    return max(Counter(fact[:2] for fact in database.facts).values(), default=0)


@dataclass(frozen=True)
class _Wanted:
    """What a layer is compiled for, whatever the method."""

    database: Database
    tau: float | None
    embeddings: str
    tolerance: float
    interval: Callable[[Database], RankInterval]

    def layer(self, method: str) -> tuple[AttentionLayer, float, Exactness | None]:
        """The layer, the logit that it gives to a fact, and how far it is from the facts."""
        database, tau = self.database, self.tau
        V = database.shape[2]
        if method == "gates":
            layer = compiling.compile_gates(database, tau=tau, embeddings=self.embeddings)
            return layer, compiling.gates_at(V, tau), None
        if method == "circle":
            aim = 0.9 if tau is None else tau
            layer = compiling.compile_circle(database, tau=aim, embeddings=self.embeddings)
            return layer, compiling.with_room(circle_scale(V, aim)), None
        scale = 1.0
        if tau is not None:
            several = range(1, sets_of(database) + 1)
            scale = compiling.with_room(max(hold_scale(V, tau, s) for s in several))
        if method in DECOMPOSED:
            layer, found = chosen(
                database,
                self.interval(database).terms,
                DECOMPOSED[method],
                scale=scale,
                tolerance=self.tolerance,
                embeddings=self.embeddings,
                holds=self.holds,
            )
            return layer, scale, found
        values = method == "values"
        write = compiling.compile_values if values else compiling.compile_relations
        layer = write(database, scale=scale, embeddings=self.embeddings)
        return layer, scale, exactness(layer, database, scale)

    def holds(self, layer: AttentionLayer, scale: float, exact: Exactness | None) -> bool:
        """Whether the layer recalls every fact, and holds it at tau where there is one."""
        named = NamedLayer.of(self.database, layer, scale=scale, exact=exact)
        found = recall(named, self.database, self.tau or 0.5)
        return found.recalled == 1 and (self.tau is None or found.held == 1)

    def advice(self, refused: str) -> str:
        """Which other method with L = D would do."""
        for method in METHODS:
            if method in (refused, *TABLES) or least_weights(self.database, method) > MOST_WEIGHTS:
                continue
            try:
                layer, scale, found = self.layer(method)
            except FactrankError:
                continue
            if found.within(self.tolerance, scale) and self.holds(layer, scale, found):  # type: ignore[union-attr]  # None of TABLES
                return f"method {method} would do"
        return "no other method with L = D would do"
