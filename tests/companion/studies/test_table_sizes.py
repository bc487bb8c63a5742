"""Sizes of tables, and how thresholds of table-sizes are looked for."""

from __future__ import annotations

import csv
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch")
pd = pytest.importorskip("pandas")

from companion.studies import table_sizes as experiment  # noqa: E402
from companion.studies.table_sizes import FAMILIES, made  # noqa: E402
from factrank.facts.database import Database  # noqa: E402
from factrank.facts.families import total_functions  # noqa: E402
from factrank.practice.plan.expected import LARGE, MANY, expected_layers, recorded, span  # noqa: E402
from factrank.practice.plan.thresholds import Sizes, sizes_of  # noqa: E402
from factrank.rank.interval import rank_interval  # noqa: E402
from tests.strategies import databases  # noqa: E402
from tools import table_check  # noqa: E402


@given(databases(size=5))
def test_bits_are_those_of_each_fact_but_a_share_for_the_name_of_its_value(database):
    facts = database.facts
    each = [sum(p == q for _, p, _ in facts) for q in range(len(database.queries))]
    said = 0.0
    for _, q, v in facts:
        alike = sum((p, w) == (q, v) for _, p, w in facts)
        m = sum(w == v for *_, w in facts)
        said += (1 - 1 / m) * log2(each[q] / alike)
    assert sizes_of(database).bits == pytest.approx(said)


@given(databases(size=5))
def test_a_column_of_unique_values_adds_a_relation_and_no_bits(database):
    if not database.facts:
        return
    codes = [(k, "its code", f"code of {k}") for k in {k for k, _, _ in database.triples()}]
    before = sizes_of(database)
    after = sizes_of(Database.from_triples([*database.triples(), *codes]))
    assert after.bits == pytest.approx(before.bits) and after.again == before.again
    assert after.queries == before.queries + 1 and after.load <= before.load


def test_more_keys_alone_hardly_raise_the_load():
    few, many = (sizes_of(made("even", keys, 6, 0)) for keys in (200, 2000))
    assert many.bits > 8 * few.bits and many.load < 1.25 * few.load


@given(st.integers(1, 40), st.data())
def test_the_least_rung_that_works_is_found_from_anywhere(many, data):
    least, start = data.draw(st.integers(0, many)), data.draw(st.integers(0, many - 1))
    asked = []
    experiment.climb(lambda n: asked.append(n) or n >= least, start, many)
    assert len(asked) == len(set(asked)) <= 2 * many.bit_length() + 2
    assert least == many or least in asked
    assert least == 0 or least - 1 in asked


def test_a_seed_is_told_from_where_on_it_recalls():
    needs = (4, 6, 6)
    one, two, three = experiment.least(lambda d: [min(1, d / it) for it in needs], 9.0, 3)
    assert (one["works"], two["works"], two["fails"]) == (4, 6, 5) and two == three
    rows = [{"family": "x", "keys": 9, "queries": 2, "values": 9, "facts": 18, "bits": 9.0,
             "again": 9, **it} for it in (one, two, three)]  # fmt: skip
    (line,) = experiment.lines(pd.DataFrame(rows))
    assert (line.works, line.fails) == (6, 5)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_table_has_the_shape_that_is_asked_for(family):
    database = made(family, 16, 4, 3)
    assert database.shape[:2] == (16, 4) and database.functional
    if family == "unique":
        assert sizes_of(database).bits == 0


def test_the_interval_is_narrow_everywhere():
    for load in (0, 0.5, 1, 2, 4, 8, 16, 32, 64):
        for queries in (1, 3, 10, 30):
            low, high = span({"load": load, "queries": queries}, "T")
            assert 2 <= low <= high <= 2 * low


def test_the_check_on_real_tables_is_of_this_plan():
    """The sizes and intervals told there are those that the plan would tell now."""
    with table_check.PATH.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    tables = {(row["package"], row["table"]) for row in rows}
    names = {f"{package}:{name}" for package, name in tables}
    assert names == {
        *table_check.TABLES,
        *table_check.LARGE[: len(names) - len(table_check.TABLES)],
    }
    assert len(rows) == len(table_check.SEEDS) * len(table_check.TABLES) + len(
        names - set(table_check.TABLES)
    )
    for row in rows:
        names = ("keys", "queries", "values", "facts", "bits", "again")
        sizes = Sizes(*(float(row[name]) for name in names))
        found = span({"load": sizes.load, "queries": sizes.queries}, "T")
        assert found == (int(row["low"]), int(row["high"]))


def test_what_the_plan_says_of_large_real_tables_is_the_record():
    """Eight tables of one seed; the plan of a large table says how many were too large for it."""
    with table_check.PATH.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if int(row["facts"]) > MANY]
    needed = [float(row["at_high"]) < 1 for row in rows]
    said = "of eight real tables of more than 1,500 facts, five needed a larger layer"
    assert (len(rows), sum(needed)) == (8, 5) and said == LARGE and MANY == 1500
    assert all(row["seed"] == "0" for row in rows)
    for keys, told in ((200, [True, False]), (50, [False, False])):
        db = total_functions(keys, 8, 20, 0)
        beyond = [it.beyond for it in expected_layers(db, rank_interval(db, "quick"))]
        assert [LARGE in it for it in beyond] == told


def test_the_plan_was_made_from_no_real_table():
    families = {line.family for line in recorded()["T"]}
    assert families <= set(FAMILIES) | {
        "uniform", "disjoint", "halves", "shared", "duplicated", "shifted", "permuted", "modular"
    }  # fmt: skip
