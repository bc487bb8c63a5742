"""Many edits: what is edited, what is found of a layer, and the criteria of many-edits."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest
import torch

from companion.studies import many_edits as experiment
from companion.studies.many_edits import COMPACT, KEPT, ROUGH, SHAPE

pd = pytest.importorskip("pandas")


def test_edits_set_and_delete_and_the_truth_follows():
    truth = {(0, 0): 1}
    seen = []
    for k, q, v in islice(experiment.edits_of(truth, Random(0)), 400):
        assert truth.get((k, q)) == v and truth
        seen.append(v)
    assert 20 < seen.count(None) < 100 and {*seen} - {None} == set(range(SHAPE[2]))


def test_what_is_found_of_logits():
    truth = {(0, 0): 1, (2, 1): 0}
    L = torch.zeros(SHAPE, dtype=torch.float64)
    L[0, 0, 1] = 2.0
    L[2, 1, :2] = 1.0  # a tie is no answer
    found = experiment._found(L, truth, 2.0)
    assert found == {"facts": 2, "recalled": 0.5, "log10_off": -0.3}
    L[2, 1] = torch.eye(SHAPE[2])[0] * 2
    assert experiment._found(L, truth, 2.0) == {"facts": 2, "recalled": 1.0, "log10_off": -17.0}


@pytest.fixture(scope="module")
def rows():
    some = [it for it in experiment.items("quick") if it["edits"] <= 10]
    batches = experiment.EXPERIMENT.batches(some)
    return pd.DataFrame([row for batch in batches for row in experiment.measure(batch)])


def test_exact_edits_lose_nothing_and_approximate_ones_reach_their_own_pair(rows):
    assert {*rows["way"]} == {COMPACT, KEPT, *ROUGH}
    exact = rows[rows["way"].isin([COMPACT, KEPT])]
    assert (exact["recalled"] == 1).all() and (exact["log10_off"] < -12).all()
    assert (exact["log10_bound"] >= exact["log10_off"]).all()
    heads = exact[exact["edits"] == 10].set_index("way")["n_heads"]
    assert (heads == 6 + 10).all()  # not yet three times six
    rough = rows[rows["way"].isin(ROUGH) & (rows["edits"] == 1)]
    assert (rough["recalled"] > 0.5).all()


@pytest.mark.parametrize("way", ROUGH)
def test_an_approximate_edit_gives_the_pair_its_row(way):
    named, truth, edits = experiment._start(0)
    if way == ROUGH[1]:
        named = experiment.trained(named, 0)
    z, W = experiment.spoken(named)
    assert (z @ W - named.layer.layer_tensor()[0]).abs().max() < 1e-9
    before = dict(truth)
    k, q, v = next(edit for edit in edits if edit[2] is not None and edit[:2] in before)
    truth.clear()
    truth.update({(k, q): v})
    found = []

    def one(seed):
        return named, truth, iter([(k, q, v)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "_start", one)
        patch.setattr(experiment, "trained", lambda named, seed: named)
        found = [row() for row in experiment._rough(way, 0)]
    assert found[0]["recalled"] == 1.0


def judged(**changes):
    rows = [
        {"way": way, "edits": edits, "seed": seed, "facts": 40, "recalled": 1.0, "n_heads": 10,
         "d_model": 17, "log10_norm": 1.5, "log10_bound": -12.0, "log10_off": -14.0}
        for way in (COMPACT, KEPT) for edits in (1, 100) for seed in range(2)
    ] + [
        {"way": way, "edits": edits, "seed": seed, "facts": 40, "recalled": left}
        for way in ROUGH for edits, left in ((1, 0.9), (100, 0.3)) for seed in range(2)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for name, value in changes.items():
        frame.loc[1, name] = value  # the exact way, after one edit, seed 1
    return [verdict.met for verdict in experiment.judge(frame)]


def test_the_criteria_notice_one_bad_row():
    assert judged() == [True] * 5
    assert judged(recalled=0.99) == [False, True, True, True, True]
    assert judged(log10_bound=-8.9) == [False, True, True, True, True]
    assert judged(n_heads=19) == [True, True, False, True, True]
    assert judged(log10_norm=2.6) == [True, True, False, True, True]
    assert judged(way=ROUGH[0], edits=100, recalled=1.0)[3] is False
