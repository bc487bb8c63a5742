"""Ranks through the readout: against numpy, and a judge that sees every failure."""

from __future__ import annotations

import numpy as np
import pytest

pd = pytest.importorskip("pandas")
torch = pytest.importorskip("torch")

from factrank.experiments import readout_ranks as experiment  # noqa: E402
from factrank.experiments import readout_ranks_judge as judge  # noqa: E402
from factrank.experiments.databases import database  # noqa: E402


@pytest.mark.parametrize("seed", range(5))
def test_ranks_are_those_of_numpy(seed):
    rng = np.random.default_rng(seed)
    L = np.einsum("kr,qr,vr->kqv", *(rng.normal(size=(n, 2)) for n in (6, 4, 5)))
    found = experiment.ranks(torch.from_numpy(3 * L))
    assert [found[f"L_{mode}_6"] for mode in "KQV"] == [2, 2, 2]
    P = np.exp(3 * L) / np.exp(3 * L).sum(-1, keepdims=True)
    cut = np.where(P >= 0.5, P, 0)
    for name, T in (("softmax", P), ("P50", cut)):
        for axis, mode in enumerate("KQV"):
            M = np.moveaxis(T, axis, 0).reshape(T.shape[axis], -1)
            sigma = np.linalg.svd(M, compute_uv=False)
            assert found[f"{name}_{mode}_2"] == (sigma > 1e-2 * sigma[0]).sum()


def test_ranks_of_facts_are_those_of_their_tensor():
    for which in (("shared", 24, 3, 4, 0), ("duplicated", 16, 4, 3, 1)):
        D = database(*which).tensor()
        for axis, mode in enumerate("KQV"):
            M = np.moveaxis(D, axis, 0).reshape(D.shape[axis], -1)
            assert experiment.facts_ranks(*which)[f"D_{mode}"] == np.linalg.matrix_rank(M)


def row(**changed):
    base = {"loss": "cross-entropy", "width": 3, "recalled": 1.0, "held_90": 1.0, "values": 8,
            "relative_error": 0.01, "D_K": 6, "D_Q": 3, "D_V": 8, "L_V_6": 3, "L_V_2": 3,
            "softmax_V_6": 8, "P90_V_2": 8, "P90_K_2": 6, "P90_Q_2": 3}  # fmt: skip
    return base | changed


def met(*rows):
    return [it.met for it in judge.judge(pd.DataFrame(rows))]


def test_the_judge_sees_every_failure():
    squares = row(loss="least squares", width=8, L_V_6=8, L_V_2=8)
    assert met(row(), squares) == [True] * 6
    for n, wrong in enumerate((
        {"L_V_6": 4}, {"L_V_6": 8, "width": 8}, {"softmax_V_6": 7}, {"P90_V_2": 7},
        {"P90_K_2": 5},
    )):  # fmt: skip
        found = met(row(**wrong), squares)
        assert not found[n], wrong
    assert not met(row(), {**squares, "L_V_2": 7})[5]


def test_no_layer_is_no_success():
    assert met(row(held_90=0.5))[3:] == [False, False]


def test_items_straddle_the_rank():
    items = experiment.EXPERIMENT.expand("full")
    assert len({it["seed"] for it in items}) == 10 and {it["regime"] for it in items} == {"F", "T"}
