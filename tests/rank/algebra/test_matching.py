"""Matchings and independent sets, against brute force and against each other."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from factrank.rank.algebra import graphs

bipartite = st.dictionaries(
    st.integers(0, 5), st.lists(st.integers(0, 5), unique=True, max_size=4), max_size=6
)


def largest_independent_set(near: dict[int, list[int]]) -> int:
    left, right = list(near), sorted({v for vs in near.values() for v in vs})
    best = 0
    for size in range(len(left) + 1):
        for chosen in combinations(left, size):
            blocked = {v for u in chosen for v in near[u]}
            best = max(best, size + len(set(right) - blocked))
    return best


@given(bipartite)
def test_the_independent_set_has_no_edge_and_is_largest(near):
    left, right = graphs.independent_set(near)
    assert not any(v in right for u in left for v in near[u])
    assert len(left) + len(right) == largest_independent_set(near)


@given(bipartite)
def test_the_plain_matching_is_a_matching(near):
    found = graphs.plain_matching(near)
    assert len(set(found.values())) == len(found)
    assert all(v in near[u] for v, u in found.items())


@given(bipartite)
def test_scipy_and_the_plain_matching_agree_in_size(near):
    before, graphs.LARGE = graphs.LARGE, 0
    try:
        assert len(graphs._matching(near)) == len(graphs.plain_matching(near))
    finally:
        graphs.LARGE = before
