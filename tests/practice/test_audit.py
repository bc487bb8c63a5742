"""The counts of an audit, against the same counts written naively, and on cases known by hand."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import FactrankError, certificate, explain, read, verify
from factrank.facts.reading.read import parse_rows, read_rows
from factrank.facts.rows import rows_of
from factrank.practice.audit.report import counted_interval
from factrank.practice.findings.counted import audit
from factrank.practice.findings.counts import twins

LABEL = st.sampled_from(["a", "b", "c", "d"])
FACTS = st.lists(st.tuples(LABEL, LABEL, LABEL, st.sampled_from(["s", "t"])), min_size=1)


def rows(facts):
    """Rows of (key, query, value, source), the first on line 2."""
    return parse_rows(
        "key,query,value,source\n" + "".join(",".join(fact) + "\n" for fact in facts), "f.csv"
    )


@given(FACTS)
def test_counts_are_those_of_a_naive_count(facts):
    found = audit(rows(facts))
    triples = {fact[:3] for fact in facts}
    values = {
        pair: {v for k, q, v in triples if (k, q) == pair} for pair in {t[:2] for t in triples}
    }
    assert (found.rows, found.facts, found.pairs) == (len(facts), len(triples), len(values))
    assert found.ceiling == len(values) / len(triples)
    assert {(s.key, s.query) for s in found.several} == {p for p, v in values.items() if len(v) > 1}
    assert found.sources == Counter(source for *_, source in facts)
    assert found.confirmed == sum((*t, "s") in facts and (*t, "t") in facts for t in triples)
    twice = {fact[:3] for fact, n in Counter(facts).items() if n > 1}
    assert {(r.key, r.query, r.value) for r in found.repeats} == twice
    keys, queries = {t[0] for t in triples}, {t[1] for t in triples}
    assert found.missing == len(keys) * len(queries) - len(values)
    for column in found.columns:
        answered = {k for k, q in values if q == column.query}
        mine = [t for t in triples if t[1] == column.query]
        assert (column.facts, column.answered) == (len(mine), len(answered))
        assert column.range == len({t[2] for t in mine})
        assert set(column.missing_keys) == keys - answered
        assert column.missing == len(keys - answered)
        for source, n in column.by_source.items():
            assert n == len({f[0] for f in facts if f[1] == column.query and f[3] == source})


@given(FACTS)
def test_places_name_every_line(facts):
    found = audit(rows(facts))
    for several in found.several:
        for value, places in several.values:
            lines = [
                (n, fact[3])
                for n, fact in enumerate(facts, 2)
                if fact[:3] == (several.key, several.query, value)
            ]
            assert [(p.line, p.source) for p in places] == lines
        by_source = Counter(s for _, ps in several.values for s in {p.source for p in ps})
        assert several.between == (max(by_source.values()) == 1)


@given(FACTS)
def test_shared_values_are_those_of_a_naive_count(facts):
    found = audit(rows(facts))
    taken = {}
    for _, q, v, _ in facts:
        taken.setdefault(q, set()).add(v)
    expected = {
        frozenset((p, q)): len(taken[p] & taken[q])
        for p in taken
        for q in taken
        if p < q and taken[p] & taken[q]
    }
    assert {frozenset((s.one, s.other)): s.values for s in found.shared} == expected
    everywhere = Counter(v for values in taken.values() for v in values)
    assert found.shared_values == sum(n > 1 for n in everywhere.values())


def test_the_ceiling_of_the_family_trees_is_known_before_any_training():
    found = audit(read_rows("library:family-trees"))
    assert (found.facts, found.pairs, len(found.several)) == (112, 104, 8)
    assert found.ceiling == 104 / 112
    assert all(len(s.values) == 2 and s.query in ("aunt", "uncle") for s in found.several)


def test_variants_say_what_a_merge_would_do():
    text = "key,query,value\nKuwait City,in,Kuwait\nKuwait-City,in,Kuwait\nKuwait-City,of,x\n"
    text += "Kuwait City,of,y\n"
    (variant,) = audit(parse_rows(text)).variants
    assert (variant.mode, variant.same, variant.clash) == ("K", 1, 1)


def test_values_of_unlike_questions_are_compared_by_form_and_the_rest_is_counted():
    text = "key,query,value\na,code,GP\na,domain,.gp\nb,code,gp\n"
    found = audit(parse_rows(text))
    (variant,) = found.variants
    assert {variant.near.one, variant.near.other} == {"GP", "gp"} and not variant.apart
    assert found.variants_apart == 2  # .gp beside either: marks, and no relation takes both


SPREAD = [("Lisbon", "lisbon"), ("S\u00e3o", "Sa\u0303o"), ("1", "1.0"), ("01", "1"),
          ("a b", "a  b"), ("2024-05-31", "31.05.2024"), ("ROME", "Rome")]  # fmt: skip


@pytest.mark.parametrize("pair", SPREAD)
def test_one_value_in_two_forms_under_two_relations_is_found(pair):
    text = f"person,born,lives\nAnn,{pair[0]},{pair[1]}\n"
    (variant,) = audit(parse_rows(text)).variants
    assert {variant.near.one, variant.near.other} == {*pair}
    assert (variant.mode, variant.near.score, variant.apart) == ("V", 100, True)


def test_relations_of_measured_numbers_are_named():
    facts = [(f"k{n}", "height", f"{n}.5", "s") for n in range(20)]
    facts += [(f"k{n}", "grade", str(n % 4), "s") for n in range(20)]
    facts += [(f"k{n}", "name", f"name {n}", "s") for n in range(20)]
    facts += [(f"k{n}", "few", str(n), "s") for n in range(9)]
    facts += [(f"k{n}", "enough", str(n), "s") for n in range(10)]
    assert [c.query for c in audit(rows(facts)).columns if c.measured] == ["height", "enough"]


def test_twins_are_found_whatever_their_names():
    found = audit(read_rows("library:countries"))
    pairs = {frozenset((t.one, t.other)) for t in found.same_keys}
    assert frozenset(("Eswatini", "Swaziland")) in pairs
    assert frozenset(("Czechia", "Czech Republic")) in pairs
    assert frozenset(("Austria", "Australia")) not in pairs


def test_twins_need_rare_values():
    common = [(k, q, q) for k in range(9) for q in range(3)]  # all alike: nothing is rare
    assert twins(common) == []
    apart = [(k, q, 10 * k + q) for k in range(9) for q in range(3)]
    assert twins(apart) == []
    assert [
        (one, other, differ) for one, other, _, differ in twins([*apart, (9, 0, 80), (9, 1, 81)])
    ] == [(8, 9, 0)]
    assert twins([*apart, (9, 0, 80), (9, 1, 181)]) == []  # one value in common is no evidence


def test_a_wide_table_counts_keys_without_facts():
    found = audit(parse_rows("city,country,mayor\nOslo,Norway,\nRome,,\n"))
    assert (found.keys, found.queries, found.missing) == (2, 2, 3)
    assert {c.query: c.missing_keys for c in found.columns} == {
        "country": ("Rome",),
        "mayor": ("Oslo", "Rome"),
    }


def test_without_a_fact_there_is_a_sentence():
    empty = parse_rows("key,query,value\na,r,x\n").database().without_fact("a", "r", "x")
    with pytest.raises(FactrankError, match=r"^made: expected at least one fact, found none$"):
        audit(rows_of(empty, "made"))


def test_pairs_of_relations_are_counted_within_a_budget(monkeypatch):
    facts = [("k", f"q{i}", "v", "s") for i in range(30)]
    assert len(audit(rows(facts)).shared) == 435
    for budget, pairs in ((435, 435), (434, 0)):
        monkeypatch.setattr("factrank.practice.findings.counts.PAIRED", budget)
        found = audit(rows(facts))
        told = (len(found.shared), found.shared_values, found.shared_complete)
        assert told == (pairs, 1, pairs > 0)


def test_a_hundred_thousand_facts_are_audited():
    rng = Random(0)
    facts = [
        (f"person {i:05}", f"q{j}", f"{'abcde'[j % 5]} place {rng.randrange(20_000)}", "st"[i % 2])
        for i in range(10_000)
        for j in range(10)
    ]
    table = rows(facts)
    found = audit(table)
    assert (found.facts, found.keys) == (100_000, 10_000)


def test_of_many_cases_five_are_shown_and_the_rest_is_counted(run, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("key,query,value\n" + "".join(f"k{n},r,a\nk{n},r,b\n" for n in range(7)))
    lines = run("audit", path)[1].splitlines()
    shown = [n for n, line in enumerate(lines) if line.startswith("  k") and "a" in line]
    assert len(shown) == 5 and lines[shown[-1] + 1] == "  ... 2 more"


def test_of_many_missing_keys_all_are_counted_and_some_named(run, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text("key,query,value\nk0,s,x\n" + "".join(f"k{n},r,x\n" for n in range(1002)))
    (hole,) = [it for it in audit(read_rows(str(path))).columns if it.query == "s"]
    assert (hole.missing, len(hole.missing_keys)) == (1001, 1000)
    (line,) = [it for it in run("audit", path)[1].splitlines() if it.startswith("  s 1001: ")]
    named, rest = line.removeprefix("  s 1001: ").split(", ... ")
    assert int(rest.removesuffix(" more")) == 1001 - len(named.split(", ")) and "k1" in named


@pytest.mark.parametrize("name", ["example", "countries"])
def test_bounds_by_counts_alone_have_a_proof(name):
    database = read(f"library:{name}")
    found = counted_interval(database)
    assert verify(database, certificate(database, found)).lower == found.lower
    assert explain(database, found)
