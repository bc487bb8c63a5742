"""P6, triangular substitution: slices are subtracted with unknown factors, known cells still count.

Modes a, b, c in any order; S a set of linearly independent slices of mode a. In the unfolding
along b, the cell at row i and column (j, l), j not in S, is "unknown" if some s in S has
T[s, i, l] != 0, else known. After substituting S only unknown cells have changed, so a minor that
is block triangular with known nonzero pivots and a known nonsingular core stays nonsingular
whatever the unknown cells are: rank(T) >= |S| + its size.

``stacked`` is one substitution for all blocks at once. Blocks share no key, query or value, so a
slice of one block is zero in all others, and the minors of the blocks stand beside each other in
one block diagonal minor. P4 lets one block go beyond its unfolding rank; P6 in common roles lets
all of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factrank.facts.database import MODES, Database
from factrank.facts.labels import axis_of
from factrank.facts.matrix import SparseMatrix
from factrank.rank.algebra.exact import Minor, minor
from factrank.rank.lower.bounds import (
    LowerBound,
    independent,
    minor_data,
    own_facts,
    own_minor,
    substituted,
)

Cells = Mapping[int, Mapping[tuple[int, int], int]]  # row -> column (j, l) -> known nonzero entry
Found = tuple[list[tuple[int, tuple[int, int]]], list[int], list[tuple[int, int]]]  # a minor


def triangular(
    database: Database,
    mode: str,
    labels: Sequence[str],
    unfolding: str,
    *,
    tries: int = 1,
    seed: int = 0,
) -> LowerBound | None:
    """P6 for one choice of the substituted slices S = ``labels`` of ``mode``. [cited, ours]

    The minor is found greedily: singleton rows and columns are pivots; when there is none, the
    rows without unknown cells are tried as a core, then a row or column is dropped at random
    (``tries`` times over). None if the slices S are linearly dependent.

    >>> w = Database.from_triples([("0", "0", "1"), ("0", "1", "0"), ("1", "0", "0")])
    >>> triangular(w, "V", ["1"], "K").value
    3
    """
    a, b = axis_of(mode), axis_of(unfolding)
    chosen = {database.labels(mode).index(label) for label in labels}
    kept, proof = independent(database, mode, chosen)
    if len(kept) < len(chosen):
        return None
    known, unknown = _split(database, a, b, chosen)
    found = best_minor(known, unknown, tries, random.Random(seed))
    n_second = database.shape[max(x for x in range(3) if x != b)]
    flat = _flatten(found, a < 3 - a - b, n_second)
    clean = not any(unknown.get(i) for i in [i for i, _ in flat.pivots] + list(flat.rows))
    theorem = "P5" if (mode, unfolding) == ("V", "K") and clean else "P6"
    ordered = [database.labels(mode)[i] for i in sorted(chosen)]
    rest = minor_data(database, unfolding, flat)
    data = substituted((mode, unfolding), ordered, proof, rest)
    return LowerBound(len(chosen) + flat.size, theorem, data)


def _split(
    database: Database, a: int, b: int, chosen: set[int]
) -> tuple[dict[int, dict[tuple[int, int], int]], dict[int, set[int]]]:
    """The known nonzero cells by row, and the indices l of mode c that are unknown in a row."""
    c = 3 - a - b
    unknown: dict[int, set[int]] = {}
    for fact in database.facts:
        if fact[a] in chosen:
            unknown.setdefault(fact[b], set()).add(fact[c])
    known: dict[int, dict[tuple[int, int], int]] = {}
    for fact in database.facts:
        if fact[a] not in chosen and fact[c] not in unknown.get(fact[b], ()):
            known.setdefault(fact[b], {})[fact[a], fact[c]] = 1
    return known, unknown


def best_minor(
    known: Cells, unknown: Mapping[int, set[int]], tries: int, rng: random.Random
) -> Found:
    """The largest minor met in ``tries`` greedy runs: (pivots, core rows, core columns)."""
    best: Found = ([], [], [])
    for _ in range(tries):
        found = _greedy(known, unknown, rng)
        if len(found[0]) + len(found[1]) > len(best[0]) + len(best[1]):
            best = found
    return best


def _greedy(known: Cells, unknown: Mapping[int, set[int]], rng: random.Random) -> Found:
    rows = set(known)
    columns = {column for row in known.values() for column in row}
    pivots: list[tuple[int, tuple[int, int]]] = []
    best: Found = ([], [], [])
    while rows and columns:
        found = _pivot(known, unknown, rows, columns)
        if found:
            pivots.append(found)
            rows.discard(found[0])
            columns.discard(found[1])
            continue
        core_rows, core_columns = _core(known, unknown, rows, columns)
        if len(pivots) + len(core_rows) > len(best[0]) + len(best[1]):
            best = (list(pivots), core_rows, core_columns)
        spoiled = sorted(i for i in rows if _is_unknown(unknown, i, columns))
        if spoiled and rng.random() < 0.5:
            rows.discard(rng.choice(spoiled))
        else:
            columns.discard(rng.choice(sorted(columns)))
    return max(best, (pivots, [], []), key=lambda m: len(m[0]) + len(m[1]))


def _pivot(
    known: Cells, unknown: Mapping[int, set[int]], rows: set[int], columns: set[tuple[int, int]]
) -> tuple[int, tuple[int, int]] | None:
    """A singleton row or column all of whose remaining cells are known; zero rows are dropped."""
    for i in sorted(rows):
        live = [column for column in known[i] if column in columns]
        if _is_unknown(unknown, i, columns):
            continue
        if not live:
            rows.discard(i)
        elif len(live) == 1:
            return i, live[0]
    for column in sorted(columns):
        if any(column[1] in unknown.get(i, ()) for i in rows):
            continue
        holders = [i for i in rows if column in known[i]]
        if not holders:
            columns.discard(column)
        elif len(holders) == 1:
            return holders[0], column
    return None


def _is_unknown(unknown: Mapping[int, set[int]], row: int, columns: set[tuple[int, int]]) -> bool:
    spoiled = unknown.get(row)
    return bool(spoiled) and any(column[1] in spoiled for column in columns)  # type: ignore[operator]  # after bool of it


def _core(
    known: Cells, unknown: Mapping[int, set[int]], rows: set[int], columns: set[tuple[int, int]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """A largest nonsingular minor of the rows without unknown cells (as one dense core)."""
    clean = [i for i in sorted(rows) if not _is_unknown(unknown, i, columns)]
    order = sorted(columns)
    number = {column: n for n, column in enumerate(order)}
    part = tuple(
        {number[column]: x for column, x in known[i].items() if column in number} for i in clean
    )
    found = minor(SparseMatrix((len(clean), len(order)), part))
    picked = [i for i, _ in found.pivots] + list(found.rows)
    across = [j for _, j in found.pivots] + list(found.columns)
    return [clean[i] for i in picked], [order[j] for j in across]


def _flatten(found: Found, a_first: bool, width: int) -> Minor:
    """The minor with each column (j, l) numbered as in the unfolding."""

    def number(column: tuple[int, int]) -> int:
        j, m = column
        return j * width + m if a_first else m * width + j

    pivots, rows, columns = found
    return Minor(
        tuple((i, number(column)) for i, column in pivots),
        tuple(rows),
        tuple(number(column) for column in columns),
    )


ROLES = tuple((a, b) for a in MODES for b in MODES if a != b)


Role = tuple[str, str]


def stacked(whole: Database, parts: Sequence[Iterable[LowerBound]]) -> LowerBound | None:
    """The best P6 that treats all blocks in the same roles (substituted, unfolded). [cited, ours]

    ``parts`` holds the bounds known of each block of the ``whole``. A P5 or P6 fits its own roles;
    a P1 of mode b fits any role that unfolds along b (nothing substituted) or substitutes along b
    (all of its rows). None if no roles fit every block.

    >>> from factrank.facts.database import Database
    >>> from factrank.rank.lower.bounds import unfolding
    >>> facts = [("a", "r", "x"), ("b", "r", "x"), ("c", "s", "y"), ("c", "s", "z")]
    >>> whole = Database.from_triples(facts)
    >>> one, two = whole.blocks()
    >>> stacked(whole, [[unfolding(one, "K")], [unfolding(two, "V")]]).value
    2
    """
    best: LowerBound | None = None
    for role in ROLES:
        chosen = [_best_in(role, bounds) for bounds in parts]
        if any(bound is None for bound in chosen):
            continue
        found = _merge(whole, role, [bound for bound in chosen if bound is not None])
        if best is None or found.value > best.value:
            best = found
    return best


def _best_in(role: Role, bounds: Iterable[LowerBound]) -> LowerBound | None:
    fitting = [fit for bound in bounds if (fit := _fit(role, bound)) is not None]
    return max(fitting, key=lambda bound: bound.value, default=None)


def _fit(role: Role, bound: LowerBound) -> LowerBound | None:
    """The bound in the form of P6 in these roles, if it can be told so."""
    data, (a, b) = bound.data, role
    if bound.theorem in ("P5", "P6"):
        return bound if (data["substitute"]["mode"], data["unfolding"]) == role else None
    if bound.theorem != "P1":
        return None
    minor = {"pivots": data["pivots"], "core": data["core"]}
    if data["mode"] == b:
        return LowerBound(bound.value, "P6", substituted(role, [], _empty(minor), minor))
    if data["mode"] == a:
        rows = [row for row, _ in minor["pivots"]] + minor["core"]["rows"]
        return LowerBound(bound.value, "P6", substituted(role, rows, minor, _empty(minor)))
    return None


def _empty(minor: Mapping[str, Any]) -> dict[str, Any]:
    core = {"prime": minor["core"]["prime"], "rows": [], "columns": []}
    return {"pivots": [], "core": core}


def _merge(whole: Database, role: Role, bounds: list[LowerBound]) -> LowerBound:
    labels = [label for bound in bounds for label in bound.data["substitute"]["labels"]]
    rest = _beside([bound.data for bound in bounds])
    minor = _proof(whole, labels, [bound.data["substitute"] for bound in bounds])
    return LowerBound(sum(b.value for b in bounds), "P6", substituted(role, labels, minor, rest))


def _proof(
    whole: Database, labels: Iterable[str], parts: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """The independence of the slices of all blocks. A missing minor means values with facts of
    their own; it stays missing if all are such, else their facts become a minor."""
    if all(part["minor"] is not None for part in parts):
        return _beside([part["minor"] for part in parts])
    wanted = set(labels)
    gone = [v for v, label in enumerate(whole.values) if label in wanted]
    own = own_facts(whole, gone)
    if len(own) == len(gone):
        return None
    return _beside([part["minor"] or own_minor(whole, own, part["labels"]) for part in parts])


def _beside(minors: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Minors of different blocks as one: the pivots in turn, the cores on one diagonal."""
    cores = [minor["core"] for minor in minors]
    return {
        "pivots": [pivot for minor in minors for pivot in minor["pivots"]],
        "core": {
            "prime": cores[0]["prime"],
            "rows": [row for core in cores for row in core["rows"]],
            "columns": [column for core in cores for column in core["columns"]],
        },
    }
