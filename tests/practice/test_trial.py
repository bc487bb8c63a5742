"""The small experiment: equal parameters, honest verdicts, a number of parameters that tells."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.studies.databases import database as family
from factrank import Database, FactrankError, read
from factrank.cli.train_answers import tried, tried_record
from factrank.facts.bits import bits
from factrank.layer.training import fitting
from factrank.layer.training import sizes as designing
from factrank.layer.training.losses import Look
from factrank.practice.trial import splits as trying
from factrank.practice.trial.page import drawing, page, write
from factrank.practice.trial.splits import (
    LEAST,
    NARROWER,
    NEITHER,
    UNDECIDED,
    WIDER,
    Arm,
    attempt,
    judge,
    layout,
    splits,
)
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
    state = SimpleNamespace(
        recall=lambda parameters: 0.6, now=0.0, calls=calls, took=lambda looks: 0.001, looks=0,
        batches=[],
    )  # fmt: skip

    def fit(config, database, recipe, seeds, goal, *, batch, progress):
        state.batches.append(batch)
        calls.append(config.parameters()["attention"])
        steps = len(seeds) * recipe.steps
        for step in range(0, steps + 1, len(seeds)):
            state.looks += 1
            state.now += state.took(state.looks)
            progress(Look(step, steps, 0, len(seeds), 0.25, 0.0))
        share = state.recall(calls[-1])
        return [SimpleNamespace(recalled=share) for _ in seeds]

    monkeypatch.setattr(fitting, "fit", fit)
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


# a trial of DB is one round of 5 splits, 601 looks each


def timed(faked, budget, **options):
    """A trial by the faked clock, and what its looks foretold to be left."""
    left: list[float] = []
    faked.looks, faked.now = 0, 0.0
    found = attempt(
        DB,
        budget=budget,
        clock=lambda: faked.now,
        progress=lambda it: left.append(it.left),
        **options,
    )
    return found, left


def test_a_slow_first_call_refuses_nothing(faked):
    """It warms up: 24 facts were refused after it with "20,635 s", and took 30."""
    faked.took = lambda looks: 4.6 if looks == 1 else 0.001
    found, left = timed(faked, 10)
    assert (found.note, len(found.arms)) == ("", 5)
    assert max(left[3:]) < 4 and faked.now < 8  # nor does the first call count in what is foretold


def test_a_busy_machine_that_calms_down_refuses_nothing(faked):
    faked.took = lambda looks: 0.5 if looks <= 100 else 0.001
    found, left = timed(faked, 90)
    assert (found.note, len(found.arms)) == ("", 5) and faked.now < 60
    assert left[99] > 1000 and left[400] < 10  # it looked hopeless, and is looked at again


def test_what_is_too_large_ends_within_the_budget_with_the_splits_that_are_done(faked):
    faked.took = lambda looks: 0.01
    found, _ = timed(faked, 15)
    assert faked.now == pytest.approx(15, abs=0.02) and len(faked.calls) == 3
    assert [arm.recalled for arm in found.arms] == [(0.6,) * 5] * 2
    assert (found.verdict.word, found.verdict.difference) == (UNDECIDED, None)
    assert found.verdict.why == "time was up after 2 of 5 splits"
    assert found.note.startswith(
        "try: expected to end within 15 s, found 2 of 5 splits done then, 25.0% recalled at best "
        "in the next, and about 15 s left for all 25 layers; fewer keys (--sample), "
    )
    told = tried(found, DB, False)
    assert (
        told.startswith("no verdict: time was up after 2 of 5 splits\n") and "seed by" not in told
    )
    assert found.note in told and json.dumps(tried_record(found, None))
    text = page(found, "<svg/>")
    assert "No verdict." in text and found.note[1:] in text and "seed by" not in text


def test_no_split_in_time_is_refused_with_what_was_seen(faked):
    faked.took = lambda looks: 0.1
    with pytest.raises(
        FactrankError, match=r"within 15 s, found 0 of 5 splits .* about 28\d s left"
    ):
        timed(faked, 15)
    assert faked.now == pytest.approx(15, abs=0.2) and len(faked.calls) == 1
    faked.took = lambda looks: 1000.0  # one step is all that the budget can be overrun by
    with pytest.raises(FactrankError, match=r"within 15 s, found 0 of 5 splits"):
        timed(faked, 15)
    assert faked.looks == 1


def test_what_ends_with_the_last_step_is_done_however_late(faked):
    faked.took = lambda looks: 100.0 if looks == 5 * 601 else 0.001
    found, _ = timed(faked, 50)
    assert (found.note, len(found.arms)) == ("", 5) and faked.now > 100


def test_a_second_round_beyond_the_budget_leaves_the_first_as_the_answer(faked):
    faked.recall = lambda parameters: 1.0
    found, _ = timed(faked, 4)
    assert found.before == () and found.note.startswith("ended before")
    assert "expected to end within 4 s, found 1 of 5 splits done then" in found.note
    assert found.verdict.word == NEITHER and len(found.arms) == 5


def test_the_widest_split_decides_how_all_of_a_trial_are_trained(faked, monkeypatch):
    """Some by batches and some not would be compared by more than their split."""
    size = designing.cells(replace(layout(DB, 512), d_head_qk=1, d_head_vo=7))
    monkeypatch.setattr(designing, "MOST_CELLS", size)
    attempt(DB, 512)
    assert faked.batches == [None] * 5
    monkeypatch.setattr(designing, "MOST_CELLS", size - 1)
    told = []
    attempt(DB, 512, say=told.append)
    assert faked.batches[5:] == [256] * 5 and "steps of 256 pairs" in told[0]


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
    said: list[str] = []
    with pytest.raises(FactrankError, match=r"^database: expected at least one fact, found none$"):
        attempt(Database(("a",), ("r",), ("x",), ()), say=said.append)
    assert said == []


# ---- the figure ---------------------------------------------------------------------------------


@pytest.fixture
def found(faked):
    faked.recall = lambda parameters: 0.625
    return attempt(DB)


def test_the_page_stands_alone_and_holds_every_number(found):
    pytest.importorskip("matplotlib")
    text = page(found, drawing(found, "svg", words=False).decode())
    assert text.startswith("<!doctype html>") and "(0.0% to" not in text and "(+0.0% to" in text
    assert "<script" not in text and not re.search(r'(src|href)="(?!#)', text)
    assert text.count("62.5%") >= 25
    assert len(re.findall("<svg", text)) == len(re.findall(r"<style>[^<]*{", text)) == 1


def test_the_figure_is_written_whole_in_the_format_of_its_name(found, tmp_path):
    pytest.importorskip("matplotlib")
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG"), ("a.HTML", b"<!doctype")):
        write(str(tmp_path / name), found)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert drawing(found, "svg") == drawing(found, "svg")
    with pytest.raises(FactrankError, match="expected a directory to write in, found no"):
        write(str(tmp_path / "none" / "a.svg"), found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.HTML", "a.png", "a.svg"]
