"""The families of the experiments have the ranges and the sharing that their names promise."""

from __future__ import annotations

import pytest

from companion.studies.databases import FAMILIES, database, size
from factrank.errors import FactrankError

SIZES = {
    "permuted": (6, 3, 6),
    "modular": (6, 6, 6),
}


def ranges(db):
    return [{v for _, p, v in db.facts if p == q} for q in range(len(db.queries))]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(5))
def test_every_family_keeps_its_sizes(family, seed):
    keys, queries, r = SIZES.get(family, (24, 4, 6))
    db = database(family, keys, queries, r, seed)
    assert db.shape[:2] == (keys, queries) and db.functional
    if family != "uniform":
        assert [len(found) for found in ranges(db)] == [r] * queries
        assert len(db.used("V")) == db.shape[2]
    whole = keys - keys // 8 * (family in ("shared", "duplicated"))
    assert len(db) == whole * queries
    found = size(family, keys, queries, r, seed)
    assert found.rank_value <= found.rank_lower <= found.rank_upper <= sum(map(len, ranges(db)))


def test_what_relations_share():
    def shared(family):
        found = ranges(database(family, 24, 4, 6, 0))
        return len(set.intersection(*found)), len(set.union(*found))

    assert shared("disjoint") == (0, 24)
    assert shared("halves") == (3, 15)
    assert shared("shared") == shared("shifted") == (6, 6)


def test_structure_lowers_the_rank():
    def rank(family):
        return size(family, 24, 4, 6, 0)

    assert rank("disjoint").rank_lower == 24 and rank("duplicated").rank_upper == 12
    assert rank("shifted").rank_upper < 24
    shifted = database("shifted", 24, 4, 6, 3)
    f = {(k, q): v for k, q, v in shifted.facts}
    assert all(f[k, q] == (f[k, 0] + q) % 6 for k, q in f)


@pytest.mark.parametrize(
    ("sizes", "says"),
    [
        (("odd", 4, 2, 2), "family: expected one of disjoint, halves, .*, found 'odd'"),
        (("halves", 8, 2, 3), "halves: expected an even range_size, found 3"),
        (("permuted", 8, 2, 3), r"permuted: expected as many keys as values, found \(8, 3\)"),
        (("duplicated", 8, 3, 3), "duplicated: expected an even number of queries, found 3"),
        (("modular", 3, 3, 2), "modular: expected as many keys, queries and values, found"),
        (("shared", 8, 2, 8), "shared: expected more keys than values"),
    ],
)
def test_sizes_a_family_cannot_have(sizes, says):
    with pytest.raises(FactrankError, match=says):
        database(*sizes, 0)
