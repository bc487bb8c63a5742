"""The small experiment: equal parameters, honest verdicts, a number of parameters that tells."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import Database, FactrankError, read
from factrank.cli.figures import drawing, write
from factrank.experiments.capacity import bits
from factrank.experiments.databases import database as family
from factrank.practice import design as designing
from factrank.practice import trial as trying
from factrank.practice.fitting import Look
from factrank.practice.trial import LEAST, attempt, layout, splits
from factrank.practice.trial_page import page
from factrank.practice.verdict import NARROWER, NEITHER, WIDER, Arm, judge
from tests.strategies import databases

FACTS = read("library:example")


# ---- equal sizes ------------------------------------------------------------------------------


@given(st.integers(4, 100).map(lambda half: 2 * half))
def test_splits_share_one_sum_from_wide_to_narrow(head):
    pairs = splits(head)
    assert len(set(pairs)) == 5 and pairs[0] == (1, head - 1) and pairs[-1] == (head - 1, 1)
    assert {qk + vo for qk, vo in pairs} == {head}
    assert sum(vo > qk for qk, vo in pairs) == sum(vo < qk for qk, vo in pairs) == 2


@given(databases(), st.integers(LEAST, 50_000), st.booleans())
def test_all_layers_of_a_trial_have_one_number_of_parameters(database, parameters, trained):
    config = layout(database, parameters, trained)
    sizes = {
        replace(config, d_head_qk=qk, d_head_vo=vo).parameters()["attention"]
        for qk, vo in splits(config.d_head_qk)
    }
    assert len(sizes) == 1 and config.d_head_qk % 2 == 0
    assert 0.5 * parameters <= sizes.pop() <= parameters
    tokens = len(database.keys) + len(database.queries)
    assert trained or config.d_model <= max(2, tokens)


# ---- the verdict ------------------------------------------------------------------------------


def arms(*rows):
    return tuple(Arm(qk, 4 - qk, tuple(row)) for qk, row in zip((1, 2, 3), rows, strict=True))


@pytest.mark.parametrize(
    ("rows", "word", "why"),
    [
        (([0.9] * 5, [0.5] * 5, [0.6] * 5), WIDER, "by 30.0% of the facts"),
        (([0.6] * 5, [0.5] * 5, [0.9] * 5), NARROWER, "by 30.0% of the facts"),
        (([1.0] * 5, [1.0] * 5, [1.0] * 5), NEITHER, "every split recalls every fact"),
        (([0.605] * 5, [0.1] * 5, [0.6] * 5), NEITHER, "less than 1% of the facts"),
        # one seed of five the other way round, or level: luck
        (([0.9, 0.9, 0.9, 0.9, 0.5], [0.5] * 5, [0.6] * 5), NEITHER, "luck of the seeds"),
        (([0.9, 0.9, 0.9, 0.9, 0.6], [0.5] * 5, [0.6] * 5), NEITHER, "luck of the seeds"),
    ],
)
def test_verdicts(rows, word, why):
    found = judge(arms(*rows))
    assert found.word == word and why in found.why


def test_the_difference_is_taken_seed_by_seed():
    """Seeds that vary much, one side better by the same in each: no luck."""
    wide = [0.9, 0.3, 0.6, 0.8, 0.5]
    assert judge(arms(wide, [0.5] * 5, [x - 0.05 for x in wide])).word == WIDER


# ---- the number of parameters -----------------------------------------------------------------


@pytest.fixture
def faked(monkeypatch):
    """Training replaced by a rule: recall by the number of parameters; seconds by the step."""
    calls: list[int] = []
    state = SimpleNamespace(recall=lambda parameters: 0.6, now=0.0, calls=calls)

    def fit(config, database, recipe, seeds, goal, *, progress):
        calls.append(config.parameters()["attention"])
        steps = len(seeds) * recipe.steps
        for step in range(0, steps + 1, len(seeds)):
            state.now += 0.001
            progress(Look(step, steps, 0, len(seeds), 0.0, 0.0))
        share = state.recall(calls[-1])
        return [SimpleNamespace(recalled=share) for _ in seeds]

    monkeypatch.setattr(trying, "fit", fit)
    return state


DB = Database.from_triples([(str(k), f"r{k % 5}", str(k % 61)) for k in range(400)])


def test_where_recall_tells_something_one_round_is_enough(faked):
    found = attempt(DB)
    assert len(faked.calls) == 5 and found.before == ()
    assert found.parameters == pytest.approx(bits(DB) / 2, rel=0.1)


def test_parameters_are_halved_or_doubled_until_something_can_be_seen(faked):
    start = attempt(DB).parameters
    faked.recall = lambda parameters: 1.0 if parameters > start // 3 else 0.7
    found = attempt(DB)
    assert [mean for _, mean in found.before] == [1.0, 1.0]
    assert found.parameters == pytest.approx(start / 4, rel=0.1)
    faked.recall = lambda parameters: 0.1 if parameters < 3 * start else 0.7
    found = attempt(DB)
    assert [mean for _, mean in found.before] == pytest.approx([0.1, 0.1])
    assert found.parameters == pytest.approx(4 * start, rel=0.1)


def test_the_search_for_a_number_ends(faked):
    faked.recall = lambda parameters: 0.0
    assert len(attempt(DB).before) == trying.ROUNDS - 1
    faked.recall = lambda parameters: 1.0
    found = attempt(FACTS)
    assert found.parameters == LEAST and found.verdict.word == NEITHER
    faked.calls.clear()
    found = attempt(DB, 2048)
    assert set(faked.calls) == {found.parameters} and len(faked.calls) == 5
    assert 1024 <= found.parameters <= 2048 and found.before == ()  # as given, whatever is recalled


def test_what_takes_longer_than_the_budget_is_refused_after_the_first_steps(faked):
    with pytest.raises(FactrankError, match=r"within 1 s, found that 25 layers may take about 3 s"):
        attempt(DB, budget=1, clock=lambda: faked.now)
    assert len(faked.calls) == 1 and faked.now < 0.1
    faked.now = 0.0
    assert attempt(DB, budget=4, clock=lambda: faked.now).note == ""


def test_a_second_round_beyond_the_budget_leaves_the_first_as_the_answer(faked):
    faked.recall = lambda parameters: 1.0
    found = attempt(DB, budget=4, clock=lambda: faked.now)
    assert found.before == () and found.note.startswith("ended before")
    assert "expected to end within 4 s" in found.note
    assert found.verdict.word == NEITHER


def test_a_second_round_too_large_leaves_the_first_as_the_answer(faked, monkeypatch):
    faked.recall = lambda parameters: 0.0
    size = designing.cells(replace(layout(DB, 128), d_head_qk=1, d_head_vo=7))  # one head
    monkeypatch.setattr(designing, "MOST_CELLS", size)
    monkeypatch.setattr(trying, "SHARE", 0.0)  # begin with the smallest
    found = attempt(DB)
    assert found.parameters == 128 and [size for size, _ in found.before] == [32, 64]
    assert "at most" in found.note and "cells" in found.note


def test_the_cost_is_told_before_the_work(faked):
    told: list[tuple[str, int]] = []
    attempt(DB, say=lambda line: told.append((line, len(faked.calls))), steps=50, seeds=6)
    ((line, calls),) = told
    assert line.startswith("30 layers of") and "at most 50 steps" in line and calls == 0


# ---- trained for good ---------------------------------------------------------------------------


def test_wider_wins_where_many_values_stand_in_a_few_relations():
    """12 values each for 4 relations: narrow outputs cannot tell them apart, for every seed."""
    found = attempt(family("uniform", 24, 4, 12, 0), 512, steps=200)
    assert found.verdict.word == WIDER
    assert found.verdict.difference.low > 0.05
    assert len({len(arm.recalled) for arm in found.arms}) == 1
    again = attempt(family("uniform", 24, 4, 12, 0), 512, steps=200)
    assert again == found


def test_narrower_wins_where_many_relations_share_two_values():
    """Two values need one dimension to be told apart; which pair is asked needs many."""
    found = attempt(family("uniform", 16, 16, 2, 0), 128, steps=200)
    assert found.verdict.word == NARROWER
    assert found.verdict.difference.high < -0.02


def test_nothing_is_seen_where_all_is_recalled():
    found = attempt(FACTS, 2000, steps=200)
    assert (found.verdict.word, found.mean) == (NEITHER, 1.0)
    assert "try fewer parameters" in found.verdict.why


def test_slips():
    with pytest.raises(FactrankError, match="parameters: expected at least 32, found 31"):
        layout(FACTS, 31)
    with pytest.raises(FactrankError, match=r"seeds: expected at least 5 .* found 4"):
        attempt(FACTS, seeds=4)
    with pytest.raises(FactrankError, match="expected at least one fact"):
        attempt(Database(("a",), ("r",), ("x",), ()))


# ---- the figure ---------------------------------------------------------------------------------


@pytest.fixture
def found(faked):
    faked.recall = lambda parameters: 0.625
    return attempt(DB)


def test_the_page_stands_alone_and_holds_every_number(found):
    pytest.importorskip("matplotlib")
    text = page(found, "told <b>", drawing(found, "svg").decode())
    assert text.startswith("<!doctype html>") and "told &lt;b&gt;" in text
    assert "<script" not in text and not re.search(r'(src|href)="(?!#)', text)
    assert text.count("62.5%") >= 25 and "frozen (F)" not in text.split("<pre>")[1]
    assert len(re.findall("<svg", text)) == len(re.findall(r"<style>[^<]*{", text)) == 1


def test_the_figure_is_written_whole_in_the_format_of_its_name(found, tmp_path):
    pytest.importorskip("matplotlib")
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.HTML", b"<!doctype")):
        write(str(tmp_path / name), found, "")
        assert (tmp_path / name).read_bytes().startswith(start)
    assert drawing(found, "svg") == drawing(found, "svg")
    with pytest.raises(FactrankError, match="expected a file that can be written"):
        write(str(tmp_path / "none" / "a.svg"), found, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.HTML", "a.png", "a.svg"]
