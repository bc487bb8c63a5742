"""The numbers of the pages before the chapters, each found once more in another way."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

import factrank as fr
from companion.entrance import table, unknown
from companion.entrance.facts import words
from factrank.practice.cleaning.decisions import parse
from factrank.practice.cleaning.draft import draft

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"


def about(name: str) -> dict:
    """The provenance of a record."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a recorded table."""
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- your table ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lines() -> list[list[str]]:
    """The lines of the example, without their header."""
    return [line.split(",") for line in table.LINES.split()][1:]


def by_hand(lines: list[list[str]]) -> tuple[dict[tuple[str, str], str], int]:
    """The usual spelling of each name, then the newest answer to each question; and repeats."""
    often: dict[str, Counter[str]] = defaultdict(Counter)
    for key, _, value, _ in lines:
        often[key.lower()][key] += 1
        often[value.lower()][value] += 1
    usual = {name: max(found, key=lambda it: (found[it], it)) for name, found in often.items()}
    newest: dict[tuple[str, str], tuple[str, str]] = {}
    said = [(usual[k.lower()], q, date, usual[v.lower()]) for k, q, v, date in lines]
    for key, query, date, value in said:
        newest[key, query] = max(newest.get((key, query), ("", "")), (date, value))
    clean = {pair: value for pair, (_, value) in newest.items()}
    return clean, sum(clean[key, query] == value for key, query, _, value in said) - len(clean)


def test_what_an_audit_finds_is_there(lines: list[list[str]]):
    told, pairs = table.numbers(), defaultdict(set)
    for key, query, value, _ in lines:
        pairs[key, query].add(value)
    labels = [{line[column] for line in lines} for column in (0, 2)]
    alike = sum(a.lower() == b.lower() for names in labels for a, b in combinations(names, 2))
    assert told["lines"] == str(len(lines)) and told["spellings"] == words(alike)
    assert told["several"] == words(sum(len(values) > 1 for values in pairs.values()))
    assert told["ceiling"] == f"{len(pairs)} of {len({tuple(line[:3]) for line in lines})}"


def test_what_remains_after_the_decisions(lines: list[list[str]]):
    (clean, repeats), told = by_hand(lines), table.numbers()
    facts = {(key, query, value) for (key, query), value in clean.items()}
    assert {*table.table(True).triples()} == facts
    assert told["facts"] == str(len(facts)) and told["repeats"] == words(repeats) == "one"
    keys, queries = ({pair[n] for pair in clean} for n in (0, 1))
    assert told["holes"] == words(len(keys) * len(queries) - len(clean))
    assert ("Bergen", "currency") not in clean
    assert told["kinds"] == words(len(set(clean.values())))
    assert told["kinds_before"] == words(len({line[2] for line in lines}))


def test_the_decisions_are_among_those_that_an_audit_drafts():
    text = draft(table.rows(), table.looked()).replace("apply = false", "apply = true")
    drafted = [(it.rule, dict(it.fields)) for it in parse(text).apply]
    mine = [(it.rule, dict(it.fields)) for it in parse(table.DECISIONS).apply]
    assert len(mine) == 4 and all(it in drafted for it in mine)


@pytest.mark.parametrize(("clean", "name"), [(False, "rank_before"), (True, "rank")])
def test_the_rank_is_the_number_of_answers_since_no_two_questions_share_one(clean: bool, name: str):
    D = np.array(table.table(clean).tensor())
    values = D.shape[2]
    assert np.linalg.matrix_rank(D.reshape(-1, values)) == values
    assert all(np.linalg.matrix_rank(D[:, :, v]) == 1 for v in range(values))
    assert table.numbers()[name] == str(values)


def test_a_layer_has_as_many_numbers_as_its_matrices():
    told = table.numbers()
    dirty = fr.compile_facts(table.table(False), "terms", tau=table.SURE, allow_sets=True)
    layers = {"dirty": dirty, "small": table.layer("gates"), "right": table.layer("values")}
    for name, named in layers.items():
        assert told[name] == str(sum(weight.numel() for weight in named.layer.weights)), name
    for name in ("small", "right"):
        config = layers[name].layer.config
        assert told[f"{name}_width"] == words(config.n_heads * config.d_head_vo)
    assert torch.allclose(
        layers["right"].layer.layer_tensor()[0] / layers["right"].scale,
        torch.tensor(table.table(True).tensor(), dtype=torch.float64),
    )


def probabilities(named: fr.Layer, short: bool) -> list[float]:
    """Of each fact its probability, 0 if another value has a larger; perhaps of rounded weights."""
    layer = named.layer
    if short:
        layer = layer.to(torch.bfloat16).to(torch.float64)
    P, found = layer.layer_tensor()[0].softmax(-1), []
    for key, query, value in table.table(True).triples():
        row = P[named.keys.index(key), named.queries.index(query)]
        v = named.values.index(value)
        found.append(float(row[v]) if int(row.argmax()) == v else 0.0)
    return found


def test_the_layers_answer_as_it_is_told():
    told, small, right = table.numbers(), table.layer("gates"), table.layer("values")
    assert told["sure"] == "90%"
    asked = probabilities(small, short=False)
    assert told["recalled"] == told["facts"] == str(len(asked)) and min(asked) >= 0.9
    for name, named in (("short_small", small), ("short_right", right)):
        short = probabilities(named, short=True)
        assert min(short) > 0, "all are still right"
        assert told[name] == words(sum(p >= 0.9 for p in short))
    assert told["short_small"] != told["short_right"]
    gap = next(it for it in table.asked("gates") if (it.key, it.query) == ("Bergen", "currency"))
    assert gap.answer is None and gap.share < 0.6


# --- what is not known ---------------------------------------------------------------------------


def test_the_intervals_are_those_of_the_records():
    real = {row["database"]: row for row in about("real_databases")["rows"]}
    found = {it.name: it for it in unknown.sizes()}
    for name, shown in unknown.REAL.items():
        assert [*found[shown][1:]] == [
            real[name][it] for it in ("facts", "normal_lower", "normal_upper")
        ]
    made = rows_of(RESULTS / "benchmark.csv")
    for name, shown in unknown.MADE.items():
        mine = [row for row in made if row["case"] == name]
        assert found[shown].least == max(int(row["lower"]) for row in mine)
        assert found[shown].most == min(int(row["upper"]) for row in mine)
        assert mine[-1]["effort"] == ("quick" if shown == [*found][-1] else "normal")  # as told
        assert {found[shown].facts} == {int(row["facts"]) for row in mine}
    assert unknown.numbers()["shown"] == words(len(found))


@pytest.mark.parametrize("name", ["example", "elements", "countries", "family-trees"])
def test_a_quick_search_today_agrees_with_the_record(name: str):
    database, shown = fr.read(f"library:{name}"), unknown.REAL[name]
    (size,) = (it for it in unknown.sizes() if it.name == shown)
    quick = fr.rank_interval(database, "quick")
    assert size.facts == len(database)
    assert quick.lower <= size.least <= size.most <= quick.upper


def test_gap_and_ends_of_two_tables():
    told = unknown.numbers()
    real = {row["database"]: row for row in about("real_databases")["rows"]}["family-trees"]
    ends = "facts", "normal_lower", "normal_upper"
    assert [told[it] for it in ("trees", "least", "most")] == [str(real[it]) for it in ends]
    (made,) = (row for row in about("benchmark")["rows"] if row.get("facts", 0) > 1_000_000)
    assert told["million"].replace(",", "") == str(made["facts"])
    assert told["gap"] == f"{100 * made['gap']:.1f}%"


def test_what_orders_the_layers_of_real_tables_is_what_the_record_judged():
    told, rows = unknown.numbers(), rows_of(RESULTS / "real-facts.csv")
    assert told["layers"].replace(",", "") == str(len(rows))
    assert told["tables"] == words(len({row["database"] for row in rows}))
    assert told["largest"] == str(max(int(row["facts"]) for row in rows))
    found = {}
    for it in about("real-facts")["criteria"]:
        if it["criterion"].split(":")[1].startswith(" parameters"):
            part = it["found"].split(", ")
            found[it["criterion"].split()[0]] = {
                name: float(value) for name, _, value in (p.rpartition(" ") for p in part)
            }
    frozen, trained = found["frozen"], found["trained"]
    assert (
        told["frozen_facts"] == f"{frozen['facts']:.2f}" and max(frozen.values()) == frozen["facts"]
    )
    assert told["frozen_rank"] == f"{max(frozen['rank lower'], frozen['rank upper']):.2f}"
    assert told["learnt_facts"] == f"{trained['facts']:.2f}"
    assert abs(float(told["frozen_upper"]) - frozen["rank upper"]) <= 0.0051
    assert told["learnt_rank"] == f"{trained['rank upper']:.2f}"
    assert told["learnt_lower"] == f"{trained['rank lower']:.2f}"
    assert told["learnt_bits"] == f"{trained['bits']:.2f}"
    graphs = rows_of(RESULTS / "knowledge-graphs.csv")
    noisy = {row["database"] for row in graphs if row["kind"] == "noise"}
    assert told["graphs"] == words(len({row["database"] for row in graphs})) == "eight"
    assert told["graph_facts"].replace(",", "") == str(max(int(row["facts"]) for row in graphs))
    assert (told["spoiled"], told["noise"]) == (words(len(noisy)), "10,000")
    assert max(trained.values()) == trained["bits"] < 0.7  # nothing did well


def test_the_largest_that_was_trained():
    told, most = unknown.numbers(), Counter()
    for path in RESULTS.glob("*.csv"):
        for row in rows_of(path):
            for column in ("layers", "facts", "trained_parameters") if "experiment" in row else ():
                most[column] = max(most[column], int(float(row.get(column) or 0)))
    assert told["stack"] == words(most["layers"])
    assert told["facts"].replace(",", "") == str(most["facts"])
    assert told["parameters"].replace(",", "") == str(most["trained_parameters"])


def test_another_number_orders_better_than_rank_in_every_case():
    told, found, clear = unknown.numbers(), [], 0
    for it in about("recall-predictors")["criteria"]:
        if "predicts success better" in it["criterion"]:
            rank, best = re.findall(r": (?:AUC )?(0\.\d+) \(", it["found"])
            low = re.search(r"difference [^(]*\(([+-][\d.]+)", it["found"])[1]
            found.append((float(rank), float(best)))
            clear += low.startswith("+")
            assert not it["met"]
    assert told["contests"] == words(len(found))
    assert told["lost"] == words(sum(rank < best for rank, best in found))
    assert told["clear"] == words(clear)
    ends = {"rank_low": min(found)[0], "rank_high": max(found)[0]}
    bests = [best for _, best in found]
    for name, share in (ends | {"best_low": min(bests), "best_high": max(bests)}).items():
        assert told[name] == f"{share:.0%}", name
