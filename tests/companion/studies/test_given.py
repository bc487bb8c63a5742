"""What an experiment is given holds no rank that was searched for: a better search changes none."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pandas as pd
import pytest

from companion.engine.catalogue import CATALOGUE, experiment
from companion.engine.results import Results, cells, compare, load
from companion.studies import (
    completions,
    constructions,
    databases,
    knowledge_graphs,
    real_facts,
    set_sizes,
    table_sizes,
    whole_block_data,
)
from factrank.rank import interval
from factrank.rank.algebra.terms import Term

CACHES = (
    knowledge_graphs.sizes,
    completions.full_rank, constructions._interval, constructions._layer, databases.size,
    real_facts.sizes, whole_block_data.sizes,
)  # fmt: skip
ranked = interval.rank_interval


@pytest.fixture
def searched(monkeypatch):
    """Put another search in place of ``rank_interval``; nothing is remembered of the last."""

    def put(search):
        for module in (interval, constructions, set_sizes):
            monkeypatch.setattr(module, "rank_interval", search)
        for cache in CACHES:
            cache.cache_clear()

    yield put
    put(ranked)


def poor(database, *args, **options):
    """A search that finds next to nothing: a term a fact."""
    terms = tuple(Term({k: 1}, {q: 1}, {v: 1}) for k, q, v in database.facts)
    return replace(ranked(database, *args, **options), lower=1, upper=len(terms), terms=terms)


@pytest.mark.parametrize("name", CATALOGUE)
def test_items_are_listed_without_a_search(searched, name):
    def none(*args, **options):
        raise AssertionError("an item must not depend on a search")

    searched(none)
    assert all(experiment(name).expand(tier) for tier in ("quick", "full"))


def some(name):
    """One item of each kind of an experiment's quick tier, with hardly a step of training."""
    kinds = {
        tuple(item.get(it) for it in ("part", "method", "loss", "family")): item
        for item in experiment(name).expand("quick")
    }
    return [item | ({"steps": 3} if "steps" in item else {}) for item in kinds.values()]


@pytest.mark.parametrize("name", [name for name in CATALOGUE if name != "softmax-scale"])
def test_a_better_search_changes_what_is_measured_alone(searched, name):
    found, items, tables = experiment(name), some(name), []
    for search in (poor, ranked):
        searched(search)
        tables.append(pd.DataFrame([row for item in items for row in found.work([item])]))
    about = {"outcomes": found.outcomes, "measured": found.measured}
    about["derived"] = [c for c in tables[0] if not any(c in item for item in items)]
    if {"rank_lower", "rank_upper"} & {*tables[0]}:
        assert not tables[0].equals(tables[1])
    assert [f for f in compare(*(Results(t, about) for t in tables)) if f.startswith("row")] == []


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_record_holds_the_items_of_its_experiment(name):
    """But for ``steps``, which says how many were made."""
    items, rows = experiment(name).expand("full"), load(name).frame.to_dict("records")
    for item, row in zip(items, rows, strict=True):
        given = {k: row[k] for k in item if row[k] == row[k]}  # what is no number is None
        assert given | {"steps": 0} == {k: v for k, v in item.items() if v is not None} | {
            "steps": 0
        }


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_cell_has_all_of_its_seeds(name):
    """Ranks that vary from seed to seed cut most cells into single seeds, which have no spread."""
    found, frame = experiment(name), load(name).frame
    about = {"measured": found.measured, "outcomes": found.outcomes}
    given = {column for item in found.expand("full") for column in item}
    about["derived"] = [column for column in frame if column not in given]
    one = Results(frame.assign(experiment=name), about)
    alike = [{k: v for k, v in item.items() if k != "seed"} for item in found.expand("full")]
    asked = Counter(map(str, alike))
    sizes = cells(one, one)[0].size()
    assert sorted(sizes) == sorted(asked.values())
    if name == "table-sizes":  # of large tables one seed
        large = [row["keys"] * row["queries"] > table_sizes.MANY for row in alike]
        assert {asked[str(row)] for row, it in zip(alike, large, strict=True) if it} == {1}
        sizes = sizes[sizes > 1]
    assert set(sizes) == {frame["seed"].nunique()}
