"""The whole block: its tables, its grid, what is replaced by a mean, its criteria."""

from __future__ import annotations

from functools import cache
from math import log2

import pytest
import torch

from companion.studies import whole_block as experiment
from companion.studies import whole_block_judge as judge
from companion.studies.whole_block_data import FAMILIES, sizes, table
from factrank.errors import FactrankError
from factrank.layer.block import EMBEDDINGS, BlockConfig, Prompting, block_logits, read_out, streams
from factrank.layer.training.blocks import first_blocks, leads, pairs_of
from tests.companion.studies.judged import broken, missed_by

pd = pytest.importorskip("pandas")
WAY = Prompting(8, 8, 4, 8, 2)


# ---- tables -------------------------------------------------------------------------------------


def answers(family, seed=0, values=8):
    found = {(k // 8, k % 8, q): v for k, q, v in table(family, values, seed).facts}
    return lambda a, b, q: found[a, b, q]


def test_families_are_what_they_are_called():
    at = answers("duplicated")
    assert all(at(a, b, 2 * q) == at(a, b, 2 * q + 1)
               for a in range(8) for b in range(8) for q in range(2))  # fmt: skip
    at = answers("token")
    assert all(at(a, b, 0) == at(a, 0, 0) and at(a, b, 3) == at(0, b, 3)
               for a in range(8) for b in range(8))  # fmt: skip
    at = answers("clock")
    assert all((at(a, b, q) - at(a, 0, q) - at(0, b, 0) + at(0, 0, 0)) % 8 == 0
               for a in range(8) for b in range(8) for q in range(4))  # fmt: skip
    assert len({at(a, 0, 0) for a in range(8)}) == 8
    with pytest.raises(FactrankError, match="family: expected one of uniform, duplicated, clock"):
        table("other", 8, 0)


@pytest.mark.parametrize("family", FAMILIES)
def test_tables_are_of_one_size_and_differ_by_seed(family):
    found = [sizes(family, 8, seed) for seed in range(3)]
    assert {(it.facts, it.bits) for it in found} == {(256, 768.0)}
    assert all(it.rank_lower <= it.rank_upper for it in found)
    assert table(family, 8, 0).facts != table(family, 8, 1).facts
    drawn = {"uniform": 768, "duplicated": 384, "token": 96, "clock": 2 * 15.299 + 6}
    assert found[0].free_bits == pytest.approx(drawn[family], abs=0.1)
    assert sizes("uniform", 4, 0).bits == 256 * log2(4)


# ---- the grid -----------------------------------------------------------------------------------


def test_arrangements_spend_the_same_and_every_cell_has_ten_seeds():
    spent, seeds = {}, {}
    for item in experiment.EXPERIMENT.expand("full"):
        config = BlockConfig(
            28, 5, item["values"], item["d_model"], item["n_heads"],
            item["d_head_qk"], item["d_head_vo"], item["d_mlp"],
        )  # fmt: skip
        counts = config.parameters()
        cell = tuple(value for name, value in item.items() if name != "seed")
        seeds.setdefault(cell, set()).add(item["seed"])
        if item["part"] == "parts" and item["values"] == 8:
            place = item["regime"], item["family"], item["arrangement"]
            spent.setdefault(place, set()).add(counts["attention"] + counts["mlp"])
    assert all(found == set(range(10)) for found in seeds.values())
    assert len(spent) == 2 * 4 * 3
    for regime in "FT":
        ladders = {tuple(sorted(it)) for (r, *_), it in spent.items() if r == regime}
        assert len(ladders) == 1 and len(ladders.pop()) == len(experiment.LADDER[regime])


def test_what_learns():
    def names(**changes):
        return experiment.learning(experiment.Block(**(first | changes)))

    first = next(i for i in experiment.items("full") if i["arrangement"] == "both")
    assert first["regime"] == "F"
    assert names() == ("W_Q", "W_K", "W_V", "W_O", "W_in", "W_out")
    assert names(arrangement="heads frozen") == ("W_in", "W_out")
    assert names(arrangement="mlp frozen") == ("W_Q", "W_K", "W_V", "W_O")
    assert names(arrangement="heads frozen", regime="T") == (*EMBEDDINGS, "W_in", "W_out")


def test_a_row_says_what_is_asked():
    item = next(i for i in experiment.items("quick") if i["arrangement"] == "both")
    [row] = experiment.work([{**item, "steps": 30}])
    assert row["attention_parameters"] == row["mlp_parameters"] == 1024
    assert row["trained_parameters"] == 2048 and row["facts"] == 256
    assert 0 <= row["recalled"] <= row["recalled_mean"] <= 1
    assert sum(row[f"share_{part}"] for part in ("query", "heads", "mlp")) == pytest.approx(
        1, abs=1e-5
    )
    [row] = experiment.work([{**item, "steps": 2, "arrangement": "heads frozen"}])
    assert row["trained_parameters"] == 1024
    [row] = experiment.work([{**item, "steps": 2, "d_mlp": 0, "arrangement": "heads"}])
    assert "without_mlp" not in row


# ---- something replaced by its mean -------------------------------------------------------------


def drawn(seed=3):
    item = next(i for i in experiment.items("quick") if i["arrangement"] == "both")
    blocks = [experiment.Block(**{**item, "seed": seed})]
    config = BlockConfig(WAY.tokens, WAY.positions, 8, 16, 4, 2, 6, 32)
    return blocks, first_blocks(config, [seed])


def asked(blocks):
    """The prompts of eight draws, and the right values."""
    pairs, right = pairs_of([table(one.family, one.values, one.seed) for one in blocks])
    draws = [torch.Generator().manual_seed(-1 - one.seed) for one in blocks]
    return torch.cat([WAY.drawn(pairs, draws) for _ in range(8)], 1), right.repeat(1, 8)


def all_right(L, right):
    return float(leads(L, right).view(8, 256).all(0).double().mean())


def test_a_part_that_writes_nothing_is_not_missed_and_one_that_writes_all_is():
    blocks, weights = drawn()
    silent = weights._replace(W_out=torch.zeros_like(weights.W_out))
    prompts, right = asked(blocks)
    before = all_right(block_logits(silent, prompts), right)
    found = experiment.ablated(silent, WAY, blocks)
    assert found["without_mlp"] == [pytest.approx(before, abs=1e-6)]
    assert found["share_mlp"] == [0.0]
    mute = weights._replace(W_O=torch.zeros_like(weights.W_O))
    found = experiment.ablated(mute, WAY, blocks)
    assert found["without_head"] == found["without_worst_head"] == found["unread_heads"]
    assert found["share_heads"] == [0.0]


def test_what_is_left_is_counted_as_one_would_by_hand():
    blocks, weights = drawn()
    prompts, right = asked(blocks)
    parts = streams(weights, prompts)
    mean = parts.mlp.mean(1, keepdim=True)
    L = read_out(weights, parts.query + parts.heads.sum(1) + mean)
    found = experiment.ablated(weights, WAY, blocks)
    assert found["without_mlp"] == [pytest.approx(all_right(L, right), abs=1e-6)]
    W_O = weights.W_O.clone()
    W_O[:, 1] = 0
    lacking = streams(weights._replace(W_O=W_O), prompts)
    gone = parts.heads[:, 1].mean(1, keepdim=True)
    stream = lacking.query + lacking.heads.sum(1) + gone
    L = read_out(weights, stream + experiment.mlp(weights, stream))
    assert found["without_worst_head"][0] <= all_right(L, right) + 1e-6


def test_shares_are_those_of_the_lead():
    blocks, weights = drawn()
    prompts, right = asked(blocks)
    L = block_logits(weights, prompts)
    lead = (L.gather(2, right.unsqueeze(2)).squeeze(2) - L.mean(2)).mean()
    parts = streams(weights, prompts)
    total = parts.total
    root = (total.var(-1, keepdim=True, correction=0) + 1e-5).sqrt()
    part = (parts.mlp - parts.mlp.mean(-1, keepdim=True)) / root @ weights.U
    mine = (part.gather(2, right.unsqueeze(2)).squeeze(2) - part.mean(2)).mean()
    assert experiment.led(weights, parts, right)["share_mlp"][0] == pytest.approx(
        float(mine / lead), rel=1e-9
    )


# ---- the criteria -------------------------------------------------------------------------------


@cache
def made():
    """A table in which everything is as the criteria want it."""
    rows = []
    for item in experiment.EXPERIMENT.expand("full"):
        regime, name, d_vo = item["regime"], item["arrangement"], item["d_head_vo"]
        spent = 2 * item["d_model"] * (item["n_heads"] * (item["d_head_qk"] + d_vo) + item["d_mlp"])
        rank = {"uniform": 29, "duplicated": 15, "clock": 8, "token": 15}[item["family"]]
        recalled = {"both": 1.0, "heads": 1.0, "mlp": 0.5 if regime == "F" else 1.0}.get(name, 0.9)
        if item["part"] == "parts":
            if name == "both" and item["family"] != "token":
                recalled = 1.0 if spent > 30 * rank else 0.99
            if regime == "T" and name == "heads":
                recalled = 0.97
        elif item["part"] == "d_vo":
            good = item["d_mlp"] and d_vo >= (2 if item["d_mlp"] > 32 - 16 * (regime == "T") else 3)
            recalled = 1.0 if good else 0.9
        elif item["part"] == "length":
            recalled = 1.0 if d_vo >= 3 else 0.9
            if name == "mlp":
                recalled = 0.2 if item["length"] and regime == "F" else 0.8
        elif item["part"] == "frozen":
            recalled = 0.5 if name == "heads frozen" else 0.8
        rows.append(
            item
            | {
                "recalled": recalled,
                "trained_parameters": spent,
                "bits": 256 * log2(item["values"]),
            }
            | {"rank_lower": rank, "rank_upper": rank, "free_bits": 100.0}
            | {"attention_parameters": spent, "mlp_parameters": 0}
            | {"without_mlp": 0.8 if item["family"] == "token" else 0.1}
        )
    frame = pd.DataFrame(rows)
    looked = frame["part"].eq("d_qk")
    frame.loc[looked, "recalled"] = 0.9
    return frame


missed = missed_by(judge.judge)


def test_the_judge_is_content_with_what_is_ideal():
    assert missed(made()) == [] and len(judge.judge(made())) == 18
    assert all(type(verdict.met) is bool for verdict in judge.judge(made()))  # for JSON
    quick = made()[made()["part"].eq("parts") & made()["regime"].eq("F")]
    assert len(judge.judge(quick)) == 4


BREAKS = [
    ("arrangement == 'heads' & part == 'parts' & d_head_vo == 6", {"trained_parameters": 9},
     "all arrangements"),
    ("arrangement == 'heads' & part == 'parts' & regime == 'F' & family == 'clock'",
     {"recalled": 0.9}, "frozen embeddings: an MLP is worth"),
    ("arrangement == 'mlp' & part == 'parts' & regime == 'F' & family == 'token'",
     {"recalled": 0.85}, "frozen embeddings: among fillers"),
    ("arrangement == 'mlp' & part == 'parts' & regime == 'T' & family == 'uniform'",
     {"recalled": 0.97}, "trained embeddings: on uniform tables"),
    ("part == 'd_vo' & regime == 'F' & d_mlp == 32 & d_head_vo < 8", {"recalled": 0.9},
     "frozen embeddings: an MLP as large"),
    ("part == 'd_vo' & regime == 'T' & d_mlp == 64 & d_head_vo < 3", {"recalled": 0.9},
     "trained embeddings: beside the widest MLP"),
    ("part == 'd_qk' & regime == 'T' & d_mlp == 0 & d_head_qk == 8", {"recalled": 0.95},
     "trained embeddings: d_qk of 4 or 8"),
    ("part == 'length' & regime == 'F' & length == 8 & d_head_vo < 5 & n_heads > 0",
     {"recalled": 0.9}, "frozen embeddings: eight fillers"),
    ("part == 'length' & regime == 'F' & length == 8 & n_heads == 0", {"recalled": 0.7},
     "of what an MLP alone"),
    ("part == 'parts' & regime == 'T'", {"rank_lower": 9, "rank_upper": 9, "bits": 9.0},
     "trained embeddings: parameters over the rank"),
    ("arrangement == 'heads frozen' & regime == 'T'", {"recalled": 0.8},
     "trained embeddings: to leave the heads"),
    ("family == 'token' & regime == 'F'", {"without_mlp": 0.4}, "frozen embeddings: of blocks"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "change", "sentence"), BREAKS)
def test_the_judge_sees_each_criterion_fail(where, change, sentence):
    found = missed(broken(made(), where, change))
    assert any(criterion.startswith(sentence) for criterion in found), found
