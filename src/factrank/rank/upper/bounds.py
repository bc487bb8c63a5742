"""Upper bounds on rank(D), one function each; every one returns a decomposition that sums to D.

U1 ``pair_terms``, U2 ``slice_terms`` (by counting), U3 ``hub_terms`` (a shared hub value),
U4 ``tree_terms`` (relations that nearly agree) and ``part_terms`` (that do so on some keys),
U5 ``best_basis_terms`` (another basis of a mode).
``flips.flip_terms`` (U6) shortens any of them. The bound is the number of terms returned.
"""

from __future__ import annotations

from typing import Protocol

from factrank.rank.algebra.terms import Term
from factrank.rank.upper.basis import basis_terms, best_basis_terms
from factrank.rank.upper.counts import (
    PAIRS,
    hub_terms,
    hubs,
    pair_terms,
    pairs,
    slice_terms,
    slices,
)
from factrank.rank.upper.parts import part_terms
from factrank.rank.upper.tree import spanning_tree, tree_terms

__all__ = [
    "PAIRS",
    "Plan",
    "basis_terms",
    "best_basis_terms",
    "hub_terms",
    "hubs",
    "pair_terms",
    "pairs",
    "part_terms",
    "slice_terms",
    "slices",
    "spanning_tree",
    "tree_terms",
]


class Plan(Protocol):
    """A decomposition whose size is known before its terms are written out."""

    @property
    def size(self) -> int: ...

    def terms(self) -> tuple[Term, ...]: ...
