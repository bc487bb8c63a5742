"""One substitution for all blocks at once: P6 in the same roles adds over blocks.

Blocks share no key, query or value, so a slice of one block is zero in all others, and the minors
of the blocks stand beside each other in one block diagonal minor. P4 lets one block go beyond its
unfolding rank; P6 in common roles lets all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.substitution import ROLES

Role = tuple[str, str]


def stacked(parts: Sequence[Iterable[LowerBound]]) -> LowerBound | None:
    """The best P6 that treats all blocks in the same roles (substituted, unfolded). [cited, ours]

    ``parts`` holds the bounds known of each block. A P5 or P6 fits its own roles; a P1 of mode b
    fits any role that unfolds along b (nothing substituted) or substitutes along b (all of its
    rows). None if no roles fit every block.

    >>> from factrank.facts.database import Database
    >>> from factrank.rank.lower.bounds import unfolding
    >>> one = Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
    >>> two = Database.from_triples([("c", "s", "y"), ("c", "s", "z")])
    >>> stacked([[unfolding(one, "K")], [unfolding(two, "V")]]).value
    2
    """
    best: LowerBound | None = None
    for role in ROLES:
        chosen = [_best_in(role, bounds) for bounds in parts]
        if any(bound is None for bound in chosen):
            continue
        found = _merge(role, [bound for bound in chosen if bound is not None])
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
        return LowerBound(bound.value, "P6", _data(role, [], _empty(minor), minor))
    if data["mode"] == a:
        rows = [row for row, _ in minor["pivots"]] + minor["core"]["rows"]
        return LowerBound(bound.value, "P6", _data(role, rows, minor, _empty(minor)))
    return None


def _data(
    role: Role, labels: list[str], minor: Mapping[str, Any] | None, rest: Mapping[str, Any]
) -> dict[str, Any]:
    substitute = {"mode": role[0], "labels": labels, "minor": minor}
    return {"substitute": substitute, "unfolding": role[1], **rest}


def _empty(minor: Mapping[str, Any]) -> dict[str, Any]:
    core = {"prime": minor["core"]["prime"], "rows": [], "columns": []}
    return {"pivots": [], "core": core}


def _merge(role: Role, bounds: list[LowerBound]) -> LowerBound:
    labels = [label for bound in bounds for label in bound.data["substitute"]["labels"]]
    rest = _beside([bound.data for bound in bounds])
    proofs = [bound.data["substitute"]["minor"] for bound in bounds]
    # A missing minor means: used values of a functional database. It stays missing for all of
    # them, since then every other block substitutes used values too.
    minor = None if any(proof is None for proof in proofs) else _beside(proofs)
    return LowerBound(sum(b.value for b in bounds), "P6", _data(role, labels, minor, rest))


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
