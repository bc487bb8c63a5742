"""The cheap bounds of a block: what is skipped at scale could not have won."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import Database, rank_interval
from factrank.facts.families import random_functional
from factrank.rank import block
from tests.benchmarks.graphs import zipf_graph
from tests.strategies import databases


@contextmanager
def skipping_beyond(facts: int):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "COMPARED_FACTS", facts)
        yield


def both_ways(db: Database):
    """The quick interval with every bound tried, and with those left out that cannot win."""
    with skipping_beyond(len(db)):
        every = rank_interval(db, "quick")
    with skipping_beyond(0):
        some = rank_interval(db, "quick")
    return every, some


def told(found):
    return found.lower, found.upper, found.lower_by, found.upper_by, found.proof, found.terms


random_tables = st.builds(
    random_functional,
    st.integers(2, 30), st.integers(1, 8), st.integers(2, 25), st.sampled_from([0.2, 0.6, 1.0]),
    seed=st.integers(0, 999),
).filter(lambda db: db.facts)  # fmt: skip


@given(databases() | random_tables)
def test_a_bound_that_is_skipped_could_not_have_won(db):
    every, some = both_ways(db)
    assert told(some) == told(every)
    assert set(some.evidence) <= set(every.evidence)


def test_more_keys_than_terms_are_not_compared():
    every, some = both_ways(zipf_graph(500, seed=1))
    assert {name for name, _ in every.evidence} - {name for name, _ in some.evidence} == {
        "U4 keys",
        "P1 Q unfolding",
    }


def test_of_few_facts_every_bound_is_in_the_evidence():
    names = dict(rank_interval(zipf_graph(500, seed=1), "quick").evidence)
    assert {"U4 keys", "U4 relations", "P1 Q unfolding"} <= names.keys()
