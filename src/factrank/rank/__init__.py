"""How large is a database, with proof? Standard library and python-flint only at import time."""

from factrank.face import face

_HOME = {  # what the chapters of the book use of this room -> where it stands
    "basis_terms": "upper.bounds",
    "best_basis_terms": "upper.bounds",
    "best_koszul": "lower.koszul",
    "best_spanning": "lower.spanning",
    "carry": "algebra.terms",
    "cp_tensor": "exchange",
    "Effort": "effort",
    "closed_sums": "closed.shapes:sums",
    "exact_rank": "algebra.exact:rank",
    "expand": "algebra.terms",
    "factors": "exchange",
    "flip_terms": "upper.flips",
    "from_factors": "exchange",
    "hub_terms": "upper.bounds",
    "koszul": "lower.koszul",
    "lifted_terms": "upper.mod2",
    "lower_bounds": "lower.bounds:",
    "pair_terms": "upper.bounds",
    "pencils": "lower.pencil",
    "rank_mod": "algebra.exact",
    "ROLES": "lower.substitution",
    "rounded": "upper.rounding",
    "search": "lower.searched",
    "slice_terms": "upper.bounds",
    "spanning": "lower.spanning",
    "sums_to": "algebra.terms",
    "Term": "algebra.terms",
    "tree_terms": "upper.bounds",
    "triangular": "lower.substitution",
    "unfolding": "lower.bounds",
    "write": "certificate",
}
__getattr__ = face(__name__, _HOME)
