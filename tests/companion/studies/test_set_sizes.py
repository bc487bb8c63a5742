"""Tables whose questions have several answers, and the plan's interval on them."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("torch")
pd = pytest.importorskip("pandas")

from companion.studies import set_sizes as experiment  # noqa: E402
from companion.studies import table_sizes  # noqa: E402
from companion.studies.set_sizes import FAMILIES, made  # noqa: E402
from factrank.errors import FactrankError  # noqa: E402
from factrank.practice.plan.expected import expected_layers  # noqa: E402
from factrank.rank.interval import rank_interval  # noqa: E402

SHAPE = {"kin": (20, 3)}


@pytest.mark.parametrize("family", FAMILIES)
def test_some_questions_of_each_family_have_several_answers(family: str):
    keys, queries = SHAPE.get(family, (20, 4))
    db = made(family, keys, queries, 5)
    answers = Counter(fact[:2] for fact in db.facts)
    assert not db.functional and max(answers.values()) <= {"friends": 20, "inverse": 20}.get(
        family, 12
    )
    assert db.shape[1] == queries and db != made(family, keys, queries, 6)
    if family != "inverse":  # whose groups are asked too
        assert set(db.keys) <= {f"k{k}" for k in range(keys)}


def test_friends_are_friends_of_each_other_and_members_know_their_group():
    triples = set(made("friends", 12, 2, 0).triples())
    assert triples == {(v, q, k) for k, q, v in triples}
    triples = set(made("inverse", 16, 2, 0).triples())
    assert {(v, "q0", k) for k, q, v in triples if q == "q1"} == {
        it for it in triples if it[1] == "q0"
    }


def test_children_have_two_parents_and_siblings_have_the_same_family():
    triples = set(made("kin", 20, 3, 0).triples())
    parents = Counter(k for k, q, _ in triples if q == "parent")
    assert set(parents.values()) == {2} and len(parents) == 18
    above = {k: {v for one, q, v in triples if (one, q) == (k, "parent")} for k in parents}
    siblings = [(k, v) for k, q, v in triples if q == "sibling"]
    assert len(siblings) == 36 and all(above[k] == above[v] for k, v in siblings)
    assert {(v, "child", k) for k, q, v in triples if q == "parent"} == {
        it for it in triples if it[1] == "child"
    }


def test_what_a_family_cannot_have_is_one_sentence():
    for which, words in (
        (("nobody", 9, 2), "family: expected one of several"),
        (("inverse", 9, 3), "queries: expected an even number of inverse, found 3"),
        (("kin", 9, 2), "queries: expected 3 of kin, found 2"),
    ):
        with pytest.raises(FactrankError, match=words):
            made(*which, 0)


def test_the_interval_is_that_which_plan_tells():
    wide = table_sizes.Shape("several", 20, 4)  # whose ends of the rank differ
    for shape in (*experiment.SMALL, wide):
        db = made(*shape, 0)
        said = expected_layers(db, rank_interval(db, "quick"))
        for regime, expected in zip("TF", said, strict=True):
            rows = experiment.work(
                [experiment.Tried(*shape, regime=regime, steps=5, seed=n).told() for n in (0, 1)]
            )
            (line,) = experiment.lines(pd.DataFrame(rows))
            assert (line.low, line.high) == expected.d_models


def test_a_threshold_lies_inside_above_or_below():
    def where(fails: float, works: float) -> str:
        return experiment.Found("", "T", 5, 9, fails, works).where

    assert [where(*it) for it in ((3, 4), (4, 5), (8, 9), (9, 10), (4, 16), (0, 2))] == [
        "below", "inside", "inside", "above", "inside", "below",
    ]  # fmt: skip
