"""Lower bounds on rank(D), one function each, each with the data that proves it.

P1 ``unfolding``, P3 ``zero_pattern``, P4 ``blocks``, P5 ``mixed``; P6 lives in
``substitution`` (searched), ``incremental`` and ``ordered`` (grown and in order, for large
databases). All rest on minors as a certificate writes them, and on slices that are independent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from factrank.errors import FactrankError
from factrank.facts.database import MODES, Database, Fact
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.exact import PRIME, Minor, minor
from factrank.rank.algebra.graphs import independent_set

MinorData = dict[str, Any]


def minor_data(database: Database, mode: str, found: Minor) -> MinorData:
    """A minor of an unfolding in labels: pivots ``[row, [column, column]]``, then the core."""
    rows = database.labels(mode)
    first, second = (database.labels(m) for m in MODES if m != mode)
    width = len(second)

    def column(j: int) -> list[str]:
        return [first[j // width], second[j % width]]

    return {
        "pivots": [[rows[i], column(j)] for i, j in found.pivots],
        "core": {
            "prime": found.prime,
            "rows": [rows[i] for i in found.rows],
            "columns": [column(j) for j in found.columns],
        },
    }


def substituted(
    role: tuple[str, str], labels: Sequence[str], proof: MinorData | None, rest: MinorData
) -> dict[str, Any]:
    """The data of a P5 or P6 in these roles (mode of the slices, unfolding): the slices that are
    substituted, the minor that proves them independent, and the minor of what is left."""
    substitute = {"mode": role[0], "labels": list(labels), "minor": proof}
    return {"substitute": substitute, "unfolding": role[1], **rest}


def independent(
    database: Database, mode: str, chosen: Iterable[int]
) -> tuple[list[int], MinorData | None]:
    """A largest independent set among the ``chosen`` slices of a mode, and its proof. [ours]

    The proof is a minor of D_(mode) on these rows, nonsingular modulo a prime; it is None for
    values that each have a fact where no other of them has one, since that alone is a proof. So
    it is for all used values of a functional database.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "z")])
    >>> kept, proof = independent(db, "V", [0, 1, 2])  # x and y have equal slices
    >>> len(kept), proof
    (2, None)
    """
    inside = set(chosen)
    if mode == "V" and database.functional:
        return sorted(inside.intersection(database.used("V"))), None
    whole = database.unfolding(mode)
    rows = tuple(row if i in inside else {} for i, row in enumerate(whole.rows))
    found = minor(SparseMatrix(whole.shape, rows))
    kept = sorted([i for i, _ in found.pivots] + list(found.rows))
    if mode == "V" and len(own_facts(database, kept)) == len(kept):
        return kept, None
    return kept, minor_data(database, mode, found)


def own_facts(database: Database, values: Iterable[int]) -> dict[int, Fact]:
    """value -> a fact of it at a key and query where no other of the values has one.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "y")])
    >>> own_facts(db, [0, 1])
    {1: (1, 0, 1)}
    """
    inside = set(values)
    facts = [fact for fact in database.facts if fact[2] in inside]
    there = Counter(fact[:2] for fact in facts)
    return {fact[2]: fact for fact in reversed(facts) if there[fact[:2]] == 1}


def own_minor(database: Database, facts: Mapping[int, Fact], labels: Iterable[str]) -> MinorData:
    """What ``own_facts`` found of these values, as a minor of D_(V): pivots alone in their columns.

    >>> db = Database.from_triples([("a", "r", "x")])
    >>> own_minor(db, {0: (0, 0, 0)}, ["x"])["pivots"]
    [['x', ['a', 'r']]]
    """
    wanted, width = set(labels), database.shape[1]
    pivots = [(v, k * width + q) for v, (k, q, _) in facts.items() if database.values[v] in wanted]
    return minor_data(database, "V", Minor(tuple(pivots), (), (), PRIME))


@dataclass(frozen=True)
class LowerBound:
    """``rank(D) >= value`` over R, by the named theorem; ``data`` is what a checker needs.

    ``data`` holds labels and integers only, so that it can be written as JSON and read by a
    person; ``document()`` is the two together.
    """

    value: int
    theorem: str
    data: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The proof as one JSON-ready object."""
        return {"theorem": self.theorem, **self.data}


def unfolding(database: Database, mode: str) -> LowerBound:
    """P1: rank(D) >= rank of the unfolding D_(mode), proved by a nonsingular minor. [ours]

    The value is the size of a minor nonsingular modulo a prime, hence nonsingular: it equals the
    rational rank of the unfolding except where the prime divides every larger minor, and then it
    is a smaller, still rigorous bound. Holds for set-valued databases too.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x"), ("b", "s", "x")])
    >>> [unfolding(db, mode).value for mode in "KQV"]
    [2, 2, 1]
    """
    if mode == "V" and database.functional:
        found = _first_facts(database)
    else:
        found = minor(database.unfolding(mode))
    return LowerBound(found.size, "P1", {"mode": mode, **minor_data(database, mode, found)})


def _first_facts(database: Database) -> Minor:
    """One fact per used value: in a functional database these columns have no other entry."""
    n_queries = database.shape[1]
    first: dict[int, int] = {}
    for k, q, v in database.facts:
        first.setdefault(v, k * n_queries + q)
    return Minor(tuple(first.items()), (), ())


def zero_pattern(
    database: Database,
    values: Sequence[str],
    keys: Sequence[str],
    queries: Sequence[str],
    inner: LowerBound,
) -> LowerBound:
    """P3: rank(D) >= |S| + rank(D restricted to keys x queries x (values not in S)). [cited, ours]

    S = ``values`` have linearly independent slices, as all used values of a functional database
    do, and no fact has its key in ``keys``, its query in ``queries`` and its value in S; ``inner``
    bounds the restriction.

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "s", "y")])
    >>> part = db.restrict(["b"], ["r", "s"], ["y"])
    >>> zero_pattern(db, ["x"], ["b"], ["r", "s"], unfolding(part, "Q")).value
    2
    """
    chosen, rows, columns = set(values), set(keys), set(queries)
    for k, q, v in database.triples():
        if v in chosen and k in rows and q in columns:
            raise FactrankError(
                f"P3: expected no fact of the block to have a value in S, found {(k, q, v)!r}"
            )
    kept, proof = independent(
        database, "V", (v for v, label in enumerate(database.values) if label in chosen)
    )
    if len(kept) < len(values):
        raise FactrankError(_dependent(database, values))
    data = {
        "values": list(values),
        "keys": _of_facts(database, "K", keys),
        "queries": _of_facts(database, "Q", queries),
        "inner": inner.document(),
    }
    if proof is not None:
        data["minor"] = proof
    return LowerBound(len(values) + inner.value, "P3", data)


def _of_facts(database: Database, mode: str, names: Iterable[str]) -> list[str]:
    """The labels that a checker knows: it has the facts alone."""
    known = {database.labels(mode)[i] for i in database.used(mode)}
    return [name for name in names if name in known]


def _dependent(database: Database, values: Sequence[str]) -> str:
    used = {database.values[v] for v in database.used("V")}
    if used.issuperset(values) and len(set(values)) == len(values):
        return f"P3: expected values with independent slices, found {list(values)!r}"
    found = sorted(set(values) - used) or list(values)
    return f"P3: expected distinct used values, found {found!r}"


def blocks(parts: Iterable[tuple[Database, LowerBound, LowerBound]]) -> LowerBound:
    """P4: blocks that share no key, query or value add. [ours]

    ``parts`` holds, per block, the block, its best unfolding bound F_i (P1) and any lower bound
    L_i: rank(D) >= sum F_i + max (L_i - F_i). Blocks that are group tables (C7), or algebras (C8)
    whose product is in the same mode, may all be lifted at once: together they are one algebra,
    the direct product, and Alder and Strassen's theorem is about it.

    >>> a = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    >>> b = Database.from_triples([("c", "s", "z")])
    >>> blocks([(d, unfolding(d, "V"), unfolding(d, "K")) for d in (a, b)]).value
    3
    """
    given = list(parts)
    gains = [any_bound.value - flat.value for _, flat, any_bound in given]
    choices = [[max(range(len(given)), key=gains.__getitem__)]]
    choices += [_algebras([found for _, _, found in given], mode) for mode in MODES]
    lifted = max(choices, key=lambda chosen: sum(max(gains[n], 0) for n in chosen))
    documents, total = [], 0
    for n, (block, flat, any_bound) in enumerate(given):
        proof = any_bound if n in lifted and gains[n] > 0 else flat
        total += proof.value
        names = {"keys": "K", "queries": "Q", "values": "V"}
        listed = {x: _of_facts(block, mode, block.labels(mode)) for x, mode in names.items()}
        documents.append({**listed, "proof": proof.document()})
    return LowerBound(total, "P4", {"blocks": documents})


def _algebras(bounds: Sequence[LowerBound], mode: str) -> list[int]:
    """The bounds of algebras with the product in this mode; a group's may be in any."""
    return [
        n
        for n, bound in enumerate(bounds)
        if bound.theorem == "C7" or (bound.theorem == "C8" and bound.data["mode"] == mode)
    ]


def mixed(
    database: Database, keys: LowerBound | None = None, values: LowerBound | None = None
) -> LowerBound:
    """P5: |S| + rank of the rows of D_(K) whose keys touch no value of S. [cited, ours]

    S is taken from the largest independent set of the graph between a basis of the rows of D_(V)
    and one of D_(K) (Konig, one matching). The values that touch no key of it have a largest set
    of independent slices, which is S; then all rows that touch no value of S count, by an exact
    rank as in P1. So the bound is never below the key and value unfoldings. ``keys`` and
    ``values`` are ``unfolding(database, "K")`` and ``"V"`` if they are known already.

    >>> db = Database.from_triples([("a", "r", "x"), ("a", "s", "y"), ("b", "t", "z")])
    >>> mixed(db).value
    3
    """
    whole = database.unfolding("K")
    rows = basis_rows(database, keys or unfolding(database, "K"))
    columns = basis_rows(database, values or unfolding(database, "V"))
    near: dict[int, list[int]] = {k: [] for k in rows}
    for k, _, v in database.facts:
        if k in rows and v in columns:
            near[k].append(v)
    kept, _ = independent_set(near)
    blocked = {v for k, _, v in database.facts if k in kept}
    chosen, proof = independent(database, "V", set(database.used("V")) - blocked)
    gone = set(chosen)
    touched = {k for k, _, v in database.facts if v in gone}
    found = minor(
        SparseMatrix(
            whole.shape, tuple({} if k in touched else row for k, row in enumerate(whole.rows))
        )
    )
    labels = [database.values[v] for v in chosen]
    data = substituted(("V", "K"), labels, proof, minor_data(database, "K", found))
    return LowerBound(len(chosen) + found.size, "P5", data)


def basis_rows(database: Database, bound: LowerBound) -> set[int]:
    """The rows that a P1 counts: independent, and as many as the rank."""
    data = bound.data
    named = {row for row, _ in data["pivots"]}.union(data["core"]["rows"])
    return {i for i, label in enumerate(database.labels(data["mode"])) if label in named}
