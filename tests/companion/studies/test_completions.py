"""Pairs held out, forced completions, and the judge of completions, which sees every failure."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch

from companion.engine.thresholds import interval
from companion.studies import completions as experiment
from companion.studies.completions import guessed, held_out, said
from companion.studies.forced import fit_rank, forced
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.readout import facts_mask
from tests.companion.studies.judged import broken, missed_by

pd = pytest.importorskip("pandas")


# ---- held out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", experiment.SHAPES, ids=lambda shape: shape.family)
@pytest.mark.parametrize("seed", range(10))
def test_what_is_held_out_is_true_and_leaves_every_label_a_fact(shape, seed):
    shown = held_out(*shape[:5], seed)
    known, pairs = {f[:2]: f[2] for f in shown.known.facts}, set(shown.pairs)
    assert len(pairs) == len(shown.pairs) == round(shape.share * (len(known) + len(pairs)))
    assert not pairs & set(known)
    for mode, size in zip("KQV", shown.known.shape, strict=True):
        assert len(shown.known.used(mode)) == size
    answers = {f[:2]: f[2] for f in shown.true.facts}
    assert set(answers) == (set() if shape.family == "undefined" else pairs)
    for (k, q), v in answers.items():
        if shape.family == "modular":
            assert v == (k + q) % shape.keys
        if shape.family == "copied":
            assert q >= shape.queries // 2 and known[k, q - shape.queries // 2] == v


def test_other_seeds_hold_out_other_pairs_and_the_same_seed_the_same():
    shape = experiment.UNIFORM[:5]
    assert held_out(*shape, 0) == held_out(*shape, 0) != held_out(*shape, 1)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("modular", 5, 5, 5, 1.0), "share: expected a number between 0 and 1, found 1.0"),
        (("modular", 5, 5, 5, 0.0), "share: expected a number between 0 and 1, found 0.0"),
        (("modular", 3, 3, 3, 0.9), "share: expected one that leaves every label a fact"),
        (("copied", 6, 3, 2, 0.1), "copied: expected an even number of queries, found 3"),
    ],
)
def test_bad_input_is_named(args, sentence):
    with pytest.raises(FactrankError, match=sentence):
        held_out(*args, 0)


def test_said_counts_artifacts_on_the_held_out_pairs_alone():
    shown = held_out("uniform", 6, 2, 3, 0.25, 0)
    truth = facts_mask(shown.true).double()
    L = 20 * (facts_mask(shown.known).double() + truth)
    assert said(L, shown, 0.9) == {"spoken": 1.0, "true": 1.0} and guessed(L, shown) == 1
    k, q = shown.pairs[0]
    L[k, q] = 0.0  # silent, and a tie answers nothing
    part = 1 - 1 / len(shown.pairs)
    assert said(L, shown, 0.9) == pytest.approx({"spoken": part, "true": part})
    assert guessed(L, shown) == pytest.approx(part)
    L[k, q] = 20 * truth[k, q].roll(1)  # a wrong value, aloud
    assert said(L, shown, 0.9) == pytest.approx({"spoken": 1.0, "true": part})
    assert guessed(L, shown) == pytest.approx(part)
    with pytest.raises(FactrankError, match=r"tau: expected more than 1/2, found 0\.5"):
        said(L, shown, 0.5)


# ---- forced -------------------------------------------------------------------------------------


def copies(seed, keys=8, base=2, values=4):
    """Random functions, then one that copies function 0, without its last pairs."""
    rng = np.random.default_rng(seed)
    f = rng.integers(values, size=(base, keys))
    facts = [(k, q, int(f[q, k])) for q in range(base) for k in range(keys)]
    facts += [(k, base, int(f[0, k])) for k in range(keys - 2)]
    shape = zip("kqv", (keys, base + 1, values), strict=True)
    names = [tuple(f"{mode}{i}" for i in range(n)) for mode, n in shape]
    return Database(*names, tuple(facts)), f


@pytest.mark.parametrize("seed", range(12))
def test_every_fit_of_that_rank_has_what_is_forced(seed):
    db, f = copies(seed)
    M = db.tensor().astype(float).transpose(1, 0, 2)  # q k v
    known = np.repeat(M.sum(-1, keepdims=True) > 0, 4, axis=2).reshape(3, -1)
    fits = (fit_rank(M.reshape(3, -1), known, 2, start) for start in range(9))
    found = next(fit for fit, error in fits if error < 1e-9)  # some starts end elsewhere
    for k in (6, 7):
        want = forced(db, (k, 2), [0, 1])
        assert want.round(9).tolist() == np.eye(4)[f[0, k]].tolist()
        assert np.allclose(found.reshape(3, 8, 4)[2, k], want, atol=1e-6)


def test_one_rank_more_forces_nothing():
    db, _ = copies(0)
    M = db.tensor().astype(float).transpose(1, 0, 2).reshape(3, -1)
    known = np.repeat(M.reshape(3, 8, 4).sum(-1, keepdims=True) > 0, 4, axis=2).reshape(3, -1)
    ends = [fit_rank(M, known, 3, seed)[0].reshape(3, 8, 4)[2, 7] for seed in range(3)]
    assert not np.allclose(ends[0], ends[1], atol=0.05)


def test_a_rank_too_low_for_the_known_cells_is_told():
    facts = [("a", "r", "x"), ("b", "r", "y"), ("c", "r", "x"), ("a", "s", "x"), ("b", "s", "x")]
    assert forced(Database.from_triples(facts), (2, 1), [0]) is None


def test_forced_names_what_it_lacks():
    db = Database.from_triples([("a", "r", "x"), ("b", "s", "y"), ("a", "s", "x")])
    with pytest.raises(FactrankError, match=r"expected one in no fact, and answers to \[\(1, 0\)"):
        forced(db, (1, 1), [0])
    with pytest.raises(FactrankError, match=r"rows independent on the known keys, found \[1, 1\]"):
        forced(db, (1, 0), [1, 1])


# ---- the experiment -----------------------------------------------------------------------------


def test_widths_stand_below_at_and_above_the_rank_and_cells_have_ten_seeds():
    cells = {}
    for item in experiment.EXPERIMENT.expand("full"):
        line = tuple(v for k, v in item.items() if k != "seed")
        cells.setdefault(line, set()).add(item["seed"])
    assert all(seeds == set(range(10)) for seeds in cells.values())
    for shape in experiment.SHAPES:
        for seed in range(10):
            lower, upper = experiment.full_rank(*shape[:5], seed)
            assert lower == upper
            assert {lower - 1, lower, lower + 1} <= set(shape.widths)
            assert min(shape.widths) < lower / 2 and max(shape.widths) > lower + 1


def test_a_row_is_what_a_layer_says():
    item = {**experiment.items("quick")[0], "steps": 30}
    [row] = experiment.work([item])
    assert set(item) <= set(row) and row["facts"] + row["pairs"] == 121
    assert row["true_90"] <= row["spoken_90"] <= row["spoken_60"] <= 1
    assert row["true_60"] <= row["guessed"] and row["rank_upper"] == 16
    named = {*item, *experiment.EXPERIMENT.outcomes, "loss_at_end"}
    given = {"values", "facts", "pairs", "rank_lower", "rank_upper", "d_head_vo"}
    given |= {"attention_parameters", "trained_parameters"}
    assert set(row) - named - given == {"rank_L_K", "rank_L_Q", "rank_L_V"}


def test_the_interval_is_students():
    shares = torch.rand(10, generator=torch.Generator().manual_seed(0)).tolist()
    found = interval(pd.Series(shares))
    wide = 2.262 * np.std(shares, ddof=1) / 10**0.5
    assert found.low == pytest.approx(found.mean - wide, abs=1e-4)
    assert found.high == pytest.approx(found.mean + wide, abs=1e-4)
    assert interval(pd.Series([1.0, 1.0]))[:] == (1, 1, 1)
    assert interval(pd.Series([0.5]))[:] == (0.5, 0, 1)


@cache
def made():
    """A table in which everything is as the criteria want it."""
    rows = []
    for item in experiment.EXPERIMENT.expand("full"):
        family, width, T = item["family"], item["width"], item["regime"] == "T"
        blind = item["attention"] == "key-independent"
        right = {"modular": 0.0, "copied": 1.0 if blind else 0.7, "uniform": 1 / 6}
        guess = right.get(family, 0.0)
        if family == "modular" and blind and width < 8:
            guess = 0.5
        if family == "modular" and T and item["weight_decay"]:
            guess = 0.9
        rows.append(
            {**item, "rank_upper": 16, "recalled": 1.0, "guessed": guess}
            | {"spoken_90": 0.6, "true_90": guess}
        )
    return pd.DataFrame(rows)


missed = missed_by(experiment.judge)


def test_the_judge_is_content_with_what_is_ideal():
    assert missed(made()) == []
    assert len(experiment.judge(made())) == 8
    quick = made()[(made()["regime"] == "F") & (made()["weight_decay"] == 0)]
    assert len(experiment.judge(quick[quick["attention"] == "free"].pipe(with_blind_copies))) == 6


def with_blind_copies(frame):
    blind = experiment.frozen(made(), "copied", "key-independent")
    return pd.concat([frame, blind])


BREAKS = [
    ("family == 'uniform' & width == 8 & attention == 'free'", "spoken_90", 0.1, "frozen embed"),
    ("family == 'uniform'", "guessed", 0.5, "random functions"),
    ("family == 'undefined' & width == 28", "spoken_90", 0.28, "no answer"),
    ("family == 'copied' & attention == 'key-independent' & width == 6", "true_90", 0.8,
     "copied relations, key-independent"),
    ("family == 'copied' & regime == 'F' & attention == 'free'", "true_90", 1.0,
     "copied relations: among"),
    ("family == 'modular' & regime == 'F' & attention == 'free' & width > 15", "guessed", 0.1,
     "modular addition, frozen, free"),
    ("family == 'modular' & attention == 'key-independent' & width == 24", "guessed", 0.1,
     "modular addition, frozen, key-independent"),
    ("family == 'modular' & attention == 'key-independent' & width < 8", "guessed", 0.2,
     "modular addition, frozen, key-independent"),
    ("family == 'modular' & regime == 'T' & weight_decay == 1", "guessed", 0.4,
     "modular addition, trained"),
    ("family == 'modular' & regime == 'T' & weight_decay == 0", "guessed", 0.3,
     "modular addition, trained"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "column", "value", "sentence"), BREAKS)
def test_the_judge_sees_each_criterion_fail(where, column, value, sentence):
    frame = broken(made(), where, {column: value})
    assert len(missed(frame)) == 1 and missed(frame)[0].startswith(sentence)
