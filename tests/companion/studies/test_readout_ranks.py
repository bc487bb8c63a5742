"""Ranks of what is read from a layer, against plain numpy; and what the judge of them sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from companion.studies import readout_ranks as experiment
from companion.studies.databases import database
from factrank.layer.readout import facts_mask
from tests.companion.studies.judged import broken, missed_by

pd = pytest.importorskip("pandas")


def numpy_rank(T, mode, tolerance):
    axis = "KQV".index(mode)
    sigma = np.linalg.svd(np.moveaxis(T, axis, 0).reshape(T.shape[axis], -1), compute_uv=False)
    return int((sigma > tolerance * sigma[0]).sum())


def test_ranks_are_those_of_the_tensors_named():
    db = database("shared", 16, 3, 4, 0)
    D = facts_mask(db).double()
    L = 5 * D + torch.randn(D.shape, generator=torch.Generator().manual_seed(0)).double()
    found = experiment.ranks(L, D)
    P = np.exp(L.numpy() - L.numpy().max(-1, keepdims=True))
    P /= P.sum(-1, keepdims=True)
    asked = D.numpy().any(-1, keepdims=True)
    tensors = {
        "L": L.numpy(),
        "D": D.numpy(),
        "P": P,
        "log": np.log(P),
        "P50": P * (P >= 0.5),
        "M90": P * (P >= 0.9) * asked,
        "argmax": (P == P.max(-1, keepdims=True)).astype(float),
    }
    for name, T in tensors.items():
        for mode in "KQV":
            for short, tolerance in (("r2", 1e-2), ("r6", 1e-6)):
                assert found[f"{short}_{name}_{mode}"] == numpy_rank(T, mode, tolerance)
    sigma = np.linalg.svd(D.numpy().reshape(16, -1), compute_uv=False)
    assert found["s50_K"] == (sigma > sigma[0] / 3 * (1 + 1e-9)).sum()


def test_the_grid_has_uniform_databases_and_widths_below_the_value_rank():
    items = experiment.EXPERIMENT.expand("full")
    assert sum(kind[0] == "uniform" for kind in experiment.KINDS) >= 3
    assert {item["loss"] for item in items} == {"cross-entropy", "bounded", "least squares"}
    assert {item["seed"] for item in items} == set(range(10))
    item = next(i for i in items if i["family"] == "modular")
    [row] = experiment.measured_items([{**item, "steps": 5}])
    assert row["r2_D_V"] == 7 and row["s90_V"] == 7 and row["r6_L_V"] <= item["width"] == 3


def ideal():
    rows = []
    for item in experiment.items("full"):
        if item["seed"] > 2:
            continue
        value = len(database(*(item[n] for n in experiment.KIND), 0).values)
        row = {**item, "values": value, "rank_value": value, "recalled": 1.0, "held_50": 1.0}
        row |= {"held_90": 1.0}
        low = min(item["width"], value)
        for short in ("r2", "r6"):
            for mode in "KQV":
                for name in ("D", "P", "P50", "P90", "M50", "M90", "argmax"):
                    row[f"{short}_{name}_{mode}"] = value
                row[f"{short}_L_{mode}"] = row[f"{short}_log_{mode}"] = low
                row[f"s50_{mode}"] = row[f"s90_{mode}"] = value
        rows.append(row)
    return pd.DataFrame(rows)


missed = missed_by(experiment.judge)


def test_the_judge_is_content_with_what_is_ideal():
    assert missed(ideal()) == []


BREAKS = [
    ("r6_L_V", lambda f: f["width"] == 3, 4, "A2"),
    ("r6_log_V", lambda f: f["width"] == 3, 5, "S3: log"),
    ("r6_P_V", lambda f: f["width"] < f["values"], 2, "S3: softmax"),
    ("recalled", lambda f: (f["family"] == "permuted") & (f["width"] < f["values"]), 0.9, "S1"),
    ("r6_argmax_V", lambda f: f["width"] == 3, 1, "S1"),
    ("r6_M50_V", lambda f: f["seed"] == 1, 1, "S4: where every fact is held at 0.5"),
    ("r6_M90_K", lambda f: f["seed"] == 1, 1, "S4: where every fact is held at 0.9"),
]


@pytest.mark.parametrize(("column", "where", "value", "sentence"), BREAKS)
def test_the_judge_sees_each_criterion_fail(column, where, value, sentence):
    frame = broken(ideal(), where, {column: value})
    assert any(criterion.startswith(sentence) for criterion in missed(frame))


def test_ranks_that_do_not_go_together_are_seen():
    frame = ideal()
    mine = frame["loss"] == "bounded"
    for mode in "KQV":
        frame.loc[mine, f"r2_L_{mode}"] = 5
        frame.loc[mine & (frame["family"] == "uniform"), f"r2_L_{mode}"] = 1
    assert [c for c in missed(frame) if c.startswith("bounded, frozen")]
