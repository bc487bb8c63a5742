"""The numbers of the first five pages, each found once more in another way."""

from __future__ import annotations

import csv
import re
from itertools import product
from math import exp, log, log10
from pathlib import Path
from statistics import median

import numpy as np
import pytest

import factrank as fr
from companion.entrance import answer, facts, fewer, head, pieces
from factrank.facts.words import label_text
from factrank.layer.bounds import rank_bound
from factrank.rank.words.statements import statement

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"
HOME = RESULTS.parents[1] / "book" / "intro.md"
WORD = {"four": 4, "five": 5, "six": 6, "eight": 8}


def tensor() -> np.ndarray:
    """The eight facts."""
    return fr.read("library:example").tensor()


def dense(term) -> np.ndarray:
    """A piece as an array, by an outer product."""
    parts = [np.zeros(n) for n in tensor().shape]
    for part, vector in zip(parts, (term.a, term.b, term.c), strict=True):
        for i, x in vector.items():
            part[i] = float(x)
    return np.einsum("k,q,v->kqv", *parts)


# ---- page 1 ---------------------------------------------------------------------------------


@pytest.mark.parametrize("it", answer.layers(), ids=lambda it: it[0].name)
def test_the_bars_of_a_layer_stand_at_its_numbers(it):
    _, found = it
    for reading in answer.READINGS:
        drawn = "".join(answer._bar(lambda x: 8 + 56 * x, 0, found, reading))
        for bound, tone, frame in (("at least", "value", 0), ("about few tokens", "line-value", 1)):
            proved = found.cell(reading, bound).low
            green = re.search(rf'width="([\d.]+)" height="\d+" class="t-{tone}"', drawn)
            assert bool(green) == bool(proved)
            if proved:
                wide = max(2, 56 * log10(proved)) - frame
                assert float(green[1]) == pytest.approx(wide, abs=0.01)
        red = re.search(r'x="([\d.]+)" y="0" width="[\d.]+" height="\d+" class="t-minus"', drawn)
        least = min(found.cell(reading, it).low for it in ("at most", "at most in 32 bits"))
        assert bool(red) == (least < found.questions)
        if red:
            assert float(red[1]) == pytest.approx(8 + 56 * log10(least), abs=0.01)
            if reading == "exact":  # as the caption says: whatever the numbers are
                assert least == found.cell(reading, "at most").low
        expected = found.cell(reading, "expected")
        assert ("t-plus" in drawn) == bool(expected and expected.kind == "measured")
        assert ("dasharray" in drawn) == bool(expected and expected.kind == "extrapolated")
    assert found.questions == answer.TOKENS * answer.RELATIONS


@pytest.mark.parametrize("it", answer.layers(), ids=lambda it: it[0].name)
def test_the_sentence_and_the_row_of_a_layer_say_the_same(it):
    named, found = it
    said, row = answer._said(named, found), answer._row(named, found)
    expected = found.cell("top", "expected")
    shown = (
        answer._round if expected.kind == "extrapolated" else "{:,}".format
    )  # a guess: two digits
    for text in (said, row):
        assert f"{shown(expected.low)} to {shown(expected.high)}" in text
        assert f"each {named.d_head_qk} to choose and {named.d_head_vo} to say" in text
    kind = expected.kind
    assert ("as measured" in said) == ("measured" in row) == (kind == "measured")
    for reading in ("top", "exact"):
        least, few = (found.cell(reading, it) for it in ("at least", "about few tokens"))
        about = "one thing" if few.tokens == 1 else f"{few.tokens:,} things"
        told = f"<small>{few.low:,} if about {about}<" if few.tokens else "/td>"
        assert f"<td>{least.low:,} facts<{'br>' * bool(few.tokens)}{told}" in row
        shown = f"{about} fits" if reading == "top" else f"{few.tokens:,}"
        assert (f"about {shown}, {few.low:,} facts at m" in said) == bool(few.tokens)
    rank = min(named.d_model, named.n_heads * named.d_head_vo)
    if rank < answer.ANSWERS:  # as many answers need as large a rank of the value unfolding
        assert f"at most {rank:,} different" in said
        assert f"some table of {rank + 1:,} facts never fits" in said
    elif named.n_heads == 2:  # 4 things, 5 columns, 20 answers: one fact more than the rank
        assert "some table of 19 facts never fits" in said
    else:
        assert "never fits" not in said


def test_the_parts_of_a_fact_have_one_name_on_all_pages():
    """Told once on the first page, in plain words; then key, query and value."""
    told = "things are **keys**, columns **queries**, answers **values**."
    assert told in HOME.read_text("utf-8")
    for page in sorted((HOME.parent / "core").glob("*.md")):
        text = re.sub(r"`[^`]*`", "", page.read_text("utf-8"))
        others = r"\b(relations?|tokens?|predicates?|subjects?|attributes?|columns share)\b"
        assert not re.search(others, text), page.name


def test_why_one_model_is_sure_of_many_more_exact_facts_is_told():
    """With as many heads as columns all that the stream has room for, else a fact a head."""
    for named, found in answer.layers():
        least, small = found.cell("exact", "at least"), named.n_heads < answer.RELATIONS
        most = named.n_heads if small else named.d_model - answer.RELATIONS
        assert least.low == most and (least.source == "A4b") == small
    assert [it.n_heads for it, _ in answer.layers() if it.n_heads >= answer.RELATIONS] == [12]
    assert answer.numbers()["big_heads"] == "12"
    assert "with fewer heads it guarantees one fact a head" in HOME.read_text("utf-8")


def test_what_the_home_page_calls_proved_leaves_out_facts_about_more_things():
    """Four things in five columns, all answers different: more than two heads can write, and as
    many as all of the two things about which everything can be written."""
    named, found = next(it for it in answer.layers() if it[0].name == "bert-tiny")
    said, row = answer._said(named, found), answer._row(named, found)
    assert (
        rank_bound(named.config(4, 5, 20)) == 18 < 20 == found.cell("exact", "about few tokens").low
    )
    assert "about 2, 20 facts at most" in said and "20 if about 2 things" in row
    for text in (said, row, "".join(answer._bar(log10, 0, found, "exact"))):
        assert "every table of 20" not in text and ">20 facts" not in text
    text = HOME.read_text("utf-8")
    assert "as many about more things need not" in text and "every table of so many" not in text


@pytest.mark.parametrize("it", answer.layers(), ids=lambda it: it[0].name)
def test_sure_is_as_on_top_in_every_layer_that_is_shown(it):
    """Numbers may be multiplied as one likes; the recorded layers were trained to be sure."""
    _, found = it
    for bound in ("at least", "about few tokens", "at most", "at most in 32 bits", "expected"):
        sure, top = (found.cell(reading, bound) for reading in ("held", "top"))
        assert (sure.low, sure.high, sure.kind) == (top.low, top.high, top.kind)


def test_an_exact_layer_is_sure_only_if_its_numbers_are_multiplied():
    others = answer.ANSWERS - 1
    share = [exp(scale) / (exp(scale) + others) for scale in (1, 7)]
    assert share[0] < 0.05 and share[1] > answer.TAU
    text = HOME.read_text("utf-8")
    assert "from the mildest" not in text  # no reading implies another: exact does not imply sure
    assert "Multiplied by a large enough number, an exact layer is also sure." in text


def test_why_the_range_for_a_model_lies_below_the_rule():
    """The lower end: a toy's shape inside; the upper end: as many numbers, each of which says less.

    In the fit twice as many things, all else as it was, take more than twice the numbers.
    """
    from factrank.practice.plan import expected as record
    from factrank.practice.plan.expected import INSIDE, fitted
    from factrank.practice.plan.thresholds import features

    model, _ = answer.layers()[-1]
    told, config = answer.numbers(), model.config(answer.TOKENS, answer.RELATIONS, answer.ANSWERS)
    low, high, rule = (int(told[it].replace(",", "")) for it in ("big_low", "big_high", "rule"))
    assert low < high < rule
    part, alike = record.within(config), record.of_as_many_numbers(config)
    assert part < config.d_model < alike
    assert record.member(config, part).parameters()["trained"] < config.parameters()["trained"]
    fit, numbers = fitted("F"), []
    for size in (low, 2 * low, high, 2 * high):
        sizes = record.typical(size // answer.RELATIONS, answer.RELATIONS, answer.ANSWERS)
        _, width, _ = fit.predict(features(*(sizes[it] for it in INSIDE["F"])))
        numbers.append(2 * width * (2 * 4 + width))
    assert numbers[1] > 2 * numbers[0] and numbers[3] > 2 * numbers[2]
    toy = record.typical(found_low() // answer.RELATIONS, answer.RELATIONS, answer.ANSWERS)
    assert toy["bits"] / found_low() < float(told["bits"])  # fewer answers occur in a column


def found_low() -> int:
    """Facts of a table that the measured toy learns in most tries."""
    return int(answer.numbers()["low"])


def test_the_toy_that_is_measured_is_one_that_the_record_has():
    chosen, _ = next(it for it in answer.layers() if it[0].name == answer.START)
    with (RESULTS / "layer-size.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["regime"] == "F"]
    sizes = {(row["n_heads"], row["d_head_qk"], row["d_head_vo"], row["d_model"]) for row in rows}
    mine = (chosen.n_heads, chosen.d_head_qk, chosen.d_head_vo, chosen.d_model)
    assert tuple(map(str, mine)) in sizes
    assert int(answer.numbers()["exact"]) == chosen.n_heads * chosen.d_head_vo  # what heads pass on


def test_one_number_a_bit_is_what_the_record_says():
    with (RESULTS / "layer-size.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["regime"] == "F"]
    name = ("family", "keys", "queries", "range_size")
    shares = {}
    for row in rows:
        key, d = tuple(row[it] for it in name), int(row["d_model"])
        shares.setdefault(key, {}).setdefault(d, []).append(row)
    found = []
    for tried in shares.values():
        good = {
            d: sum(float(row["recalled"]) == 1 for row in some) > len(some) / 2
            for d, some in sorted(tried.items())
        }
        works = [d for d in good if all(on for other, on in good.items() if other >= d)]
        if works and min(works) > min(good):
            d, some = min(works), tried[min(works)]
            bits = np.mean([float(row["bits"]) for row in some])
            found.append(int(some[0]["attention_parameters"]) / bits)
    assert len(found) > 10
    assert 0.8 < median(found) < 1.2
    assert answer.numbers()["per_bit"] == "one"
    low, high = (float(answer.numbers()[it]) for it in ("bit_low", "bit_high"))
    inside = sum(low - 0.05 <= it <= high + 0.05 for it in found)
    assert 0.75 * len(found) <= inside <= 0.9 * len(found)


def test_random_facts_use_more_answers_than_the_toy_can_tell_apart_exactly():
    rng, told = np.random.default_rng(0), answer.numbers()
    used = [len(set(rng.integers(answer.ANSWERS, size=int(told["low"])))) for _ in range(2000)]
    assert told["used"] == f"about {np.mean(used):.0f}" and min(used) > int(told["exact"])


def test_a_number_that_is_a_guess_keeps_two_digits():
    assert [answer._round(it) for it in (95, 1234, 11_390, 999_999)] == [
        "95", "1,200", "11,000", "1,000,000",
    ]  # fmt: skip


# ---- pages 2 and 3 ----------------------------------------------------------------------------


def test_the_grids_hold_the_facts_and_every_cell_can_be_switched():
    it, scene = tensor(), facts.scene()
    cells = re.findall(r'data-cell="(\d) (\d) (\d)" aria-checked="(\w+)"', scene.drawing)
    assert len(cells) == it.size == int(facts.numbers()["cells"])
    on = {(int(k), int(q), int(v)) for q, k, v, checked in cells if checked == "true"}
    assert on == {tuple(map(int, at)) for at in np.argwhere(it)}
    assert len(on) == WORD[facts.numbers()["facts"]]


def test_the_pieces_add_up_and_their_sentences_count_right():
    it, scene = tensor(), pieces.scene()
    sums = np.cumsum([dense(term) for term in pieces.terms()], axis=0)
    assert (sums[-1] == it).all() and len(sums) == WORD[pieces.numbers()["pieces"]]
    assert (sums[0] != 0).sum() == WORD[pieces.numbers()["first"]]
    for said, total in zip(scene.states[1:], sums, strict=True):
        right = int(((total == 1) & (it == 1)).sum())
        wrong = int(((total != 0) & (it == 0)).sum())
        assert f"{right} of 8 facts are there" in said
        assert (f"{wrong} filled cell is no fact" in said) == (wrong == 1)
        assert ("every other cell is empty" in said) == (wrong == 0)


def test_with_boxes_of_facts_six_are_needed():
    it = tensor()
    cells = [tuple(map(int, at)) for at in np.argwhere(it)]

    def one_box(some) -> bool:
        return all(it[at] for at in product(*map(set, zip(*some, strict=True))))

    apart = max(
        len(chosen)
        for chosen in _subsets(len(cells))
        if all(not one_box((cells[i], cells[j])) for i in chosen for j in chosen if i < j)
    )
    assert apart == WORD[pieces.numbers()["boxes"]]


def _subsets(n: int):
    return ([i for i in range(n) if bits >> i & 1] for bits in range(2**n))


def test_a_piece_is_said_as_the_program_says_it():
    for term in pieces.terms():
        assert pieces.stated(term) == statement(facts.example(), term)


def test_after_the_move_the_rank_is_the_number_that_is_told():
    database = fr.read("library:example")
    moved = np.array(tensor())
    at = [database.keys.index("Bernard"), database.queries.index("lives_in")]
    moved[at[0], at[1]] = moved[database.keys.index("Astrid"), at[1]]
    unfolded = [np.moveaxis(moved, mode, 0).reshape(moved.shape[mode], -1) for mode in range(3)]
    least = max(np.linalg.matrix_rank(it) for it in unfolded)
    k, q, v = (np.eye(n) for n in moved.shape)
    a, b, c, m, s = k
    born, lives, currency = q
    sing, mala, ring, doll = v
    four = [
        (a + b + c, born + lives, mala), (a + b, born, sing - mala),
        (m, currency, ring), (s, currency, doll),
    ]  # fmt: skip
    assert database.keys == ("Astrid", "Bernard", "Colin", "Malaysia", "Singapore")
    assert database.queries == ("born_in", "lives_in", "currency")
    assert database.values == ("Singapore", "Malaysia", "Ringgit", "Dollar")
    assert (sum(np.einsum("k,q,v->kqv", *it) for it in four) == moved).all()
    assert least == len(four) == WORD[pieces.numbers()["moved"]]


# ---- page 4 -----------------------------------------------------------------------------------


def test_the_staircase_is_one():
    it, steps = tensor(), fewer.staircase()
    square = np.array([[it[k, q, v] for _, (q, v) in steps] for k, _ in steps])
    assert (np.diag(square) == 1).all() and (np.tril(square, -1) == 0).all()
    assert len(steps) == np.linalg.matrix_rank(it.reshape(it.shape[0], -1))
    assert WORD[fewer.numbers()["rank"]] == len(steps) == WORD[fewer.numbers()["less"]] + 1
    assert int(fewer.numbers()["columns"]) == it.shape[1] * it.shape[2]


def test_the_columns_of_the_staircase_name_their_pair():
    database, drawn = fr.read("library:example"), fewer.scene().drawing
    for _, (q, v) in fewer.staircase():
        pair = f'"t-query">{label_text(database.queries[q])}</tspan> <tspan class="t-value">'
        assert pair + label_text(database.values[v]) in drawn


# ---- page 5 -----------------------------------------------------------------------------------


def test_the_two_heads_hold_the_facts_exactly():
    database = head.people()
    it = database.tensor()
    attention = np.full((2, *it.shape[:2]), 0.5)
    astrid, lives = database.keys.index("Astrid"), database.queries.index("lives_in")
    attention[1, astrid, lives] = 1 / (1 + exp(-log(3)))  # the score of the chapter's layer
    born = it[:, database.queries.index("born_in")]
    away = np.array([{"Singapore": -2.0, "Malaysia": 2.0}[value] for value in database.values])
    keys = np.stack([2 * born, np.broadcast_to(away, born.shape)])
    queries = np.stack([np.zeros((2, 2)), -np.broadcast_to(away, (2, 2))])
    votes = attention[..., None] * keys[:, :, None], (1 - attention[..., None]) * queries[:, None]
    assert np.allclose(sum(votes).sum(axis=0), it)
    for (k, q), said in zip(head.questions(), head.scene().states, strict=True):
        mine = [votes[source][h, k, q] for h in range(2) for source in range(2)]
        for (_, share, vote), other in zip(head.votes(k, q), mine, strict=True):
            assert np.allclose([float(x) for x in vote], other) and 0 < share < 1
        assert database.values[int(it[k, q].argmax())] in said
        assert ("cancel" in said) == np.allclose(mine[2] + mine[3], 0)
    first = votes[0][0] + votes[1][0]
    alone = (first.argmax(axis=-1) == it.argmax(axis=-1)).sum()
    assert (
        head.numbers()["alone"].lower() in WORD and WORD[head.numbers()["alone"].lower()] == alone
    )
