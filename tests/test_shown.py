"""How databases, intervals, layers and plans show themselves."""

from __future__ import annotations

import re

import pytest

import factrank as fr
from factrank.practice.plan.layers import Plan

DB = fr.read("library:example")
MADE = {
    "Database": DB,
    "RankInterval": fr.rank_interval(DB),
    "NamedLayer": fr.compile_facts(DB),
    "Plan": fr.plan(DB),
}
EVIL = "<script>alert('x & y')</script>"


def test_a_database_is_a_set_of_triples():
    assert list(DB) == list(DB.triples()) and len(list(DB)) == len(DB) == 8
    for fact in DB:
        assert fact in DB and list(fact) in DB
        assert (fact[2], fact[1], fact[0]) not in DB
    for key in DB.keys:
        for query in DB.queries:
            for value in (*DB.values, "no such label"):
                assert ((key, query, value) in DB) == ((key, query, value) in set(DB.triples()))


@pytest.mark.parametrize("name", MADE)
def test_one_line_says_what_it_is(name):
    line = repr(MADE[name])
    assert line.startswith(f"{name}(") and line.endswith(")")
    assert "\n" not in line and len(line) < 120


def test_what_the_lines_say():
    assert repr(DB) == "Database(8 facts: 5 keys x 3 queries x 4 values)"
    assert repr(MADE["RankInterval"]) == "RankInterval(rank is exactly 5 over R)"
    layer, plan = MADE["NamedLayer"], MADE["Plan"]
    assert repr(layer) == (
        f"NamedLayer({layer.method}, {layer.layer.config.n_heads} heads, "
        f"d_model {layer.layer.config.d_model}: 5 keys x 3 queries x 4 values)"
    )
    assert isinstance(plan, Plan) and plan.certified is not None
    assert f"certain: {plan.certified.how}, {plan.certified.parameters['all']} numbers" in repr(
        plan
    )


@pytest.mark.parametrize("name", MADE)
def test_a_notebook_gets_a_table(name):
    html = MADE[name]._repr_html_()
    assert re.fullmatch(r"<table>.*</table>(<p>.*</p>)?", html)
    assert html.count("<tr>") == html.count("</tr>") > 1


def test_ten_facts_are_shown_and_their_text_is_escaped():
    facts = [(f"k{n:02}", EVIL, f"v{n:02}") for n in range(12)]
    html = fr.Database.from_triples(facts)._repr_html_()
    assert "<script" not in html and "&lt;script&gt;alert(&#x27;x &amp; y&#x27;)" in html
    assert [f"k{n:02}" in html for n in range(12)] == [True] * 10 + [False] * 2
    assert "and 2 more" in html
    assert "more" not in fr.Database.from_triples(facts[:10])._repr_html_()
    assert EVIL not in fr.rank_interval(fr.Database.from_triples(facts))._repr_html_()
