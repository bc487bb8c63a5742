"""What few heads cannot say, and what silent gates cost: bounds of chapters 8, 10 and 12."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

from companion import load
from companion.studies import database
from factrank import Database, LayerConfig
from factrank.layer import first_weights, layer_tensor
from factrank.layer.attention import AttentionLayer, Weights

RESULTS = Path(__file__).resolve().parents[3] / "notebooks" / "results"

# --- one choice of weights is not all (A6) -------------------------------------------------------


@pytest.mark.parametrize("heads", [1, 2, 3, 5])
def test_other_weights_of_one_head_a_relation_can_be_exact(heads):
    M = np.eye(4)[[0, 1, 2, 3, 0, 1]]
    L = sum(0.5 * (2 * M / heads) for _ in range(heads))
    assert np.allclose(L, M, atol=1e-15) and np.linalg.matrix_rank(2 * M / heads) == 4


# --- few heads -----------------------------------------------------------------------------------


def missed(db: Database, heads: int, m: int = 2) -> float:
    """The floor of the proposition for ``db``, by groups of m keys that are found greedily.

    A group counts mn - H(m + n) if its m keys give the n queries mn different values.
    """
    queries = len(db.queries)
    answers = {k: {v for key, _, v in db.facts if key == k} for k in range(len(db.keys))}
    left, found = {k for k in answers if len(answers[k]) == queries}, 0
    for group in combinations(sorted(left), m):
        union = set().union(*(answers[k] for k in group))
        if {*group} <= left and len(union) == m * queries:
            left, found = left - {*group}, found + 1
    return max(0, found * (m * queries - heads * (m + queries))) ** 0.5


def test_few_heads_leave_a_floor():
    for seed in range(12):
        heads, keys, queries = 1 + seed % 3, 6, 3 + seed % 3
        db = database("disjoint", keys, queries, 6, seed)
        D = torch.from_numpy(db.tensor()).double()
        sizes = {"n_heads": heads, "d_head_qk": 6, "d_head_vo": D.shape[2]}
        layer = LayerConfig(*db.shape, d_model=sum(D.shape), **sizes)
        L = layer_tensor(first_weights(layer, [seed]))[0].double()
        unfolded = L.permute(2, 0, 1).flatten(1)
        assert torch.linalg.matrix_rank(unfolded, rtol=1e-5) <= heads * (keys + queries)
        for scale in (0.1, 1.0, 3.0):
            for m in (2, 3, 4):
                assert (scale * L - D).norm() >= missed(db, heads, m) - 1e-9
    two = Database.from_triples((k, q, k + q) for k in "ab" for q in "rst")
    assert missed(two, 1) == 1 and missed(two, 2) == 0


def test_the_recorded_layers_lie_above_it():
    full = load("rank-threshold", RESULTS).frame
    few = full[(full.part == "few heads") & (full.n_heads == 1)]
    for seed, rows in few.groupby("seed"):
        db = database("disjoint", 24, 4, 4, seed)
        floor = missed(db, 1) / len(db) ** 0.5
        assert rows.relative_error.min() >= floor - 1e-6 and floor > 0.3


def descended(D: np.ndarray, heads: int, width: int, limit: float) -> tuple[np.ndarray, ...]:
    """Scores of keys, and what each head says by ``width`` numbers, by plain Adam on L = D."""
    keys, queries, values = D.shape
    rng = np.random.default_rng(0)
    P = [rng.normal(size=(heads, keys, queries)),
         rng.normal(size=(heads, keys + queries, width)) / 2,
         rng.normal(size=(heads, width, values)) / 2]  # fmt: skip
    m, v = [0 * p for p in P], [0 * p for p in P]
    for step in range(1, 3001):
        A, said = 1 / (1 + np.exp(-P[0])), P[1] @ P[2]
        X, Y = said[:, :keys], said[:, keys:]
        G = (A[..., None] * X[:, :, None] + (1 - A)[..., None] * Y[:, None]).sum(0) - D
        if np.linalg.norm(G) < limit * np.linalg.norm(D):
            break
        GX, GY = np.einsum("hkq,kqv->hkv", A, G), np.einsum("hkq,kqv->hqv", 1 - A, G)
        dA = np.einsum("kqv,hkv->hkq", G, X) - np.einsum("kqv,hqv->hkq", G, Y)
        dS = np.concatenate([GX, GY], 1)
        slopes = dA * A * (1 - A), dS @ P[2].swapaxes(1, 2), P[1].swapaxes(1, 2) @ dS
        for i, slope in enumerate(slopes):
            m[i], v[i] = 0.9 * m[i] + 0.1 * slope, 0.999 * v[i] + 0.001 * slope**2
            rate = 0.03 * (1 - step / 3001)
            P[i] -= rate * m[i] / (1 - 0.9**step) / (np.sqrt(v[i] / (1 - 0.999**step)) + 1e-9)
    return tuple(P)


def test_three_heads_fit_four_relations():
    """As weights of a layer: total width 18 at rank 16, d_qk = 4, embeddings of one-hot vectors."""
    db = database("disjoint", 24, 4, 4, 0)
    D, (K, Q, V) = db.tensor(), db.shape
    scores, said, out = map(torch.from_numpy, descended(D, 3, 6, 0.045))
    sizes = {"n_heads": 3, "d_head_qk": 4, "d_head_vo": 6}
    config = LayerConfig(K, Q, V, d_model=K + Q + V, **sizes)
    w = {name: torch.zeros(1, *shape).double() for name, shape in config.shapes.items()}
    w["E_K"][0, :, :K], w["E_Q"][0, :, K : K + Q] = torch.eye(K), torch.eye(Q)
    w["U"][0, K + Q :] = torch.eye(V)
    w["W_Q"][0, :, K : K + Q], w["W_K"][0, :, :K] = 2 * torch.eye(4), scores
    w["W_V"][0, :, : K + Q], w["W_O"][0, ..., K + Q :] = said, out
    L = AttentionLayer(config, Weights(**w)).layer_tensor()[0].numpy()
    assert np.linalg.norm(L - D) < 0.05 * np.linalg.norm(D)


def test_constant_attention_recalls_without_the_residual_path_too():
    """X = 2x and Y = 2m at A = 1/2: the key says its values once, the query its range twice."""
    for seed in range(20):
        D = database("disjoint", 12, 1 + seed % 4, 2 + seed % 3, seed).tensor()
        X, Y = 2.0 * D.max(1), 4.0 * D.max(0)
        L = 0.5 * X[:, None] + 0.5 * Y[None]
        asked = D.sum(2) == 1
        top = np.sort(L, 2)[:, :, -2:]
        assert (L.argmax(2) == D.argmax(2))[asked].all() and (top[:, :, 1] > top[:, :, 0])[
            asked
        ].all()
        assert np.linalg.matrix_rank(np.vstack([X, Y])) <= D.shape[2]


# --- silent gates --------------------------------------------------------------------------------

HOURS = np.arange(5)
SHIFTS = np.stack([np.roll(np.eye(5), q, axis=1) for q in HOURS])  # [q, k, v]: v = k + q
WAVES = {(j, of): of(2 * np.pi * j * HOURS / 5) for j in (1, 2) for of in (np.cos, np.sin)}


def widths(gates: np.ndarray) -> list[int]:
    """The ranks of what five heads with these gates (head by query) have to say of the keys."""
    X = np.einsum("hq,qkv->hkv", np.linalg.inv(gates).T, SHIFTS)
    assert np.allclose(np.einsum("hq,hkv->qkv", gates, X), SHIFTS, atol=1e-8)
    return [int(np.linalg.matrix_rank(x, tol=1e-8)) for x in X]


def test_thirteen_is_reached():
    gates = np.stack([np.full(5, 0.5), *(0.5 + 0.3 * wave for wave in WAVES.values())])
    assert gates.min() > 0 and gates.max() < 1 and widths(gates) == [5, 2, 2, 2, 2]
    shared = 0.5 + 0.2 * WAVES[1, np.cos]
    spread = [shared + 0.2 * WAVES[2, of] for of in (np.cos, np.sin)]
    spread = np.stack([np.full(5, 0.5), 0.5 + 0.3 * WAVES[1, np.sin], shared, *spread])
    assert spread.min() > 0 and sorted(widths(spread)) == [2, 2, 2, 3, 4]
    assert sorted(widths(np.stack([np.ones(5), *WAVES.values()]))) == [1, 2, 2, 2, 2]


def test_widths_that_are_never_exact_come_near():
    """Widths 3, 3, 3, 3, 2: by the proposition not exact, and below the limit of a success."""
    D, keep = torch.from_numpy(SHIFTS), torch.ones(5, 1, 3).double()
    keep[4, :, 2] = 0

    def error(seed: int) -> float:
        random = torch.Generator().manual_seed(seed)
        sizes = (5, 5), (5, 5, 3), (5, 5, 3)
        P = [torch.randn(*it, generator=random).double().requires_grad_() for it in sizes]
        steps = torch.optim.LBFGS(P, max_iter=300, history_size=30, line_search_fn="strong_wolfe")

        def miss() -> torch.Tensor:
            X = P[1] * keep @ P[2].mT
            return ((torch.sigmoid(P[0]).mT @ X.flatten(1)).view(5, 5, 5) - D).square().sum() / 25

        def slope() -> torch.Tensor:
            steps.zero_grad()
            miss().backward()
            return miss().detach()

        steps.step(slope)
        return miss().item() ** 0.5

    assert min(map(error, range(6))) < 0.04


def test_five_gates_of_addition_modulo_five_need_thirteen():
    """Gates that contain as many waves as positive ones can, and others, never get below it."""
    rng = np.random.default_rng(0)
    basis = np.stack([np.ones(5), *WAVES.values()])
    for _ in range(400):
        chosen = rng.random((5, 5)) < rng.choice([0.3, 0.5, 0.8])
        mixed = (chosen * rng.normal(size=(5, 5))) @ basis
        gates = mixed - np.minimum(mixed.min(1, keepdims=True), 0) + 0.01  # a constant is added
        if np.linalg.matrix_rank(gates, tol=1e-3) == 5:
            found = widths(gates)
            assert sum(found) >= 13 and max(found) >= 4
