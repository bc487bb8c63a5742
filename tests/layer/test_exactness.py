"""What is said to be exact is: rounding bounded in exact arithmetic, facts as the reference."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from flint import arb, arb_mat, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, read
from factrank.facts.database import Database
from factrank.facts.families import modular_addition
from factrank.layer.attention import AttentionLayer
from factrank.layer.building import choice, recipes
from factrank.layer.building.choice import waves
from factrank.layer.building.compile import compile_key_independent, compile_terms, compile_values
from factrank.layer.building.from_terms import Factors, gated, written_heads
from factrank.layer.config import LayerConfig
from factrank.layer.exactness import exactness, in_blocks, logits
from factrank.layer.model import NamedLayer, recall
from factrank.rank.interval import rank_interval
from tests.groups import D_4, S_3, group_table


def quick(db: Database):
    return rank_interval(db, "quick")


def added(rows: int, columns: int, most: int | None = None) -> Database:
    """k + q under names in no order, cut off at ``most``."""
    most = rows + columns - 1 if most is None else most
    return Database.from_triples(
        (f"k{-i * 7 % 101}", f"q{-j * 3 % 101}", f"v{(i + j) * 11 % 101}")
        for i in range(rows)
        for j in range(columns)
        if i + j < most
    )


def cycle_beside_identity(n: int) -> Database:
    return Database.from_triples(
        [(f"k{i}", "same", f"v{i}") for i in range(n)]
        + [(f"k{i}", "next", f"v{(i + 1) % n}") for i in range(n)]
    )


HARD = {
    **{f"addition mod {m}": modular_addition(m) for m in (13, 17, 19, 23, 31)},
    **{f"k + q on {n} x {n}": added(n, n) for n in (10, 12, 16)},
    "k + q below 12": added(12, 12, 12),
    "a 20-cycle beside the identity": cycle_beside_identity(20),
}


@pytest.mark.parametrize("method", ["terms", "key-independent"])
@pytest.mark.parametrize("tau", [None, 0.9])
@pytest.mark.parametrize("name", HARD)
def test_what_cancels_in_fractions_is_compiled_exactly(name, tau, method):
    db = HARD[name]
    named = recipes.compile_database(db, method, tau=tau, interval=quick)
    off = (
        (named.layer.layer_tensor()[0] - named.scale * torch.tensor(db.tensor()).double())
        .abs()
        .max()
    )
    assert off <= 1e-12 * named.scale
    assert off <= named.exact.error * (1 + 1e-9) <= named.exact.bound <= 1e-11 * named.scale
    assert named.exact.facts == db.digest()
    found = recall(named, db)
    assert found.recalled == 1 and (tau is None or found.held == 1)


def test_the_fewest_heads_within_the_tolerance_are_taken():
    db = modular_addition(13)  # 19 waves of which one is ternary; 24 rational terms lose all digits
    named = recipes.compile_database(db, "terms", interval=quick)
    assert named.layer.config.n_heads == 31 < len(quick(db).terms) + 13
    rough = compile_terms(db.shape, quick(db).terms)
    assert rough.config.n_heads < 31 and exactness(rough, db).bound > 1
    # where the shortest decomposition is ternary it is what it was
    example = read("library:example")
    assert recipes.compile_database(example, "terms").layer.config.n_heads == 5


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6), st.data())
def test_the_bound_on_rounding_holds_in_exact_arithmetic(seed, data):
    sizes = [data.draw(st.integers(1, 4)) for _ in range(7)]
    residual, dtype = data.draw(st.booleans()), data.draw(st.sampled_from(DTYPES))
    std = data.draw(st.sampled_from([0.1, 1.0, 5.0]))
    config = LayerConfig(*sizes, residual=residual)
    layer = AttentionLayer.random(config, seed=seed, std=std, dtype=dtype)
    within(layer)


DTYPES = [torch.float64, torch.float32]


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_bound_holds_where_everything_cancels(dtype):
    db = modular_addition(7)
    rough = compile_key_independent(db.shape, quick(db).terms).to(dtype)
    off = within(rough)
    assert 0 < off


def test_what_underflows_is_in_the_bound():
    """A product of two tiny numbers is 0 as computed, and large numbers make it seen again."""
    config = LayerConfig(1, 1, 1, 1, 1, 1, 1)
    sizes = {"E_K": 1e-160, "W_V": 1e-165, "W_O": 1e154, "U": 1e154}
    layer = AttentionLayer.random(config)
    weights = {
        name: torch.full_like(weight, sizes.get(name, 0.0))
        for name, weight in layer.weights._asdict().items()
    }
    tiny = replace(layer, weights=type(layer.weights)(**weights))
    assert float(logits(tiny).L.abs().max()) == 0
    assert 0 < within(tiny)


def test_fractions_too_large_to_multiply_leave_the_waves():
    """k + q on 90 x 90: the entries fit into float64, and their products do not."""
    db = Database.from_triples(
        (f"k{i}", f"q{j}", f"v{i + j}") for i in range(90) for j in range(90)
    )
    for method in ("terms", "key-independent"):
        named = recipes.compile_database(db, method, interval=quick)
        assert named.exact.bound < 1e-10 and recall(named, db).recalled == 1


def within(layer: AttentionLayer) -> float:
    """Compare with balls of 300 bits; the part of the bound that is used up."""
    found, exact = logits(layer), exact_logits(layer)
    used = 0.0
    for k in range(layer.config.keys):
        for q in range(layer.config.queries):
            pair = layer.on_pair(k, q)
            single = layer.forward(torch.tensor([[k, q]]))[0, 0].double()
            for L in (found.L[k, q], pair.layer_tensor()[0, 0, 0].double(), single):
                for v in range(layer.config.values):
                    off = abs(arb(float(L[v])) - exact[k][q][v])
                    assert off <= float(found.rounding[k, q, v])
                    used = max(used, float(off) / float(found.rounding[k, q, v]))
    return used


def exact_logits(layer: AttentionLayer) -> list[list[list[arb]]]:
    """L of the weights by the formula, in ball arithmetic of 300 bits."""
    before, ctx.prec = ctx.prec, 300
    try:
        w = {name: weight[0].double().tolist() for name, weight in layer.weights._asdict().items()}
        E_K, E_Q, U = (arb_mat(w[name]) for name in ("E_K", "E_Q", "U"))
        config = layer.config
        direct = E_Q * U
        L = [
            [
                [direct[q, v] * int(config.residual) for v in range(config.values)]
                for q in range(config.queries)
            ]
            for _ in range(config.keys)
        ]
        for h in range(config.n_heads):
            W_Q, W_K, W_V, W_O = (arb_mat(w[name][h]) for name in ("W_Q", "W_K", "W_V", "W_O"))
            ask, key, own = E_Q * W_Q, E_K * W_K, E_Q * W_K
            X, Y = E_K * W_V * W_O * U, E_Q * W_V * W_O * U
            for k in range(config.keys):
                for q in range(config.queries):
                    s = sum(
                        (ask[q, i] * (key[k, i] - own[q, i]) for i in range(config.d_head_qk)),
                        arb(0),
                    )
                    A = 1 / (1 + (-s / arb(config.d_head_qk).sqrt()).exp())
                    for v in range(config.values):
                        L[k][q][v] += A * X[k, v] + (1 - A) * Y[q, v]
        return L
    finally:
        ctx.prec = before


def test_blocks_of_keys_give_the_same_verdict(monkeypatch):
    db = modular_addition(5)
    layer, whole = compile_values(db), exactness(compile_values(db), db)
    monkeypatch.setattr("factrank.layer.exactness.BLOCK", 1)
    assert len(list(in_blocks(layer))) == 5
    assert exactness(layer, db) == whole


def test_the_facts_are_the_reference_and_not_the_weights():
    db = modular_addition(3)
    layer = compile_values(db)
    wrong = db.without_fact("0", "+0", "0").with_fact("0", "+0", "1")
    assert exactness(layer, db).error < 1e-14 < 1 == pytest.approx(exactness(layer, wrong).error)
    w = layer.weights
    lost = replace(layer, weights=w._replace(W_V=w.W_V * 1e200, W_O=w.W_O * 1e200))
    assert not exactness(lost, db).within(1e9, 1.0)  # infinite or no number: never within


def test_beyond_the_tolerance_is_refused_with_what_would_do(monkeypatch):
    db = modular_addition(5)
    with pytest.raises(FactrankError) as error:
        recipes.compile_database(db, "key-independent", tolerance=1e-15)
    assert str(error.value).startswith(
        "compile key-independent: expected every logit within 1e-15 of D, found one off by up to "
    )
    assert str(error.value).endswith("; no other method with L = D would do")
    rough = Factors.of(db.shape, quick(db).terms)
    noisy = Factors(rough.a * 1.001, rough.b, rough.c)
    monkeypatch.setattr(choice, "_candidates", lambda *args: iter([args[2](noisy)]))
    with pytest.raises(FactrankError, match=r"within 1e-09 of D, .*; method values would do$"):
        recipes.compile_database(db, "terms")


def test_a_readout_that_loses_facts_is_refused(monkeypatch):
    db = modular_addition(5)
    weak = recipes.compiling.compile_gates(db)
    off = weak.weights._replace(W_O=0 * weak.weights.W_O)
    monkeypatch.setattr(
        recipes.compiling, "compile_gates", lambda *_, **__: replace(weak, weights=off)
    )
    with pytest.raises(FactrankError, match=r"compile gates: expected every fact recalled, found "):
        recipes.compile_database(db, "gates")


# ---- waves --------------------------------------------------------------------------------------

SWAP, TURN = (1, 0), (1, 2, 0)


def product_of(*cycles: tuple[int, ...]) -> Database:
    """The direct product of cyclic groups, each a permutation of places of its own."""
    size, generators = sum(map(len, cycles)), []
    for n, cycle in enumerate(cycles):
        start, whole = sum(map(len, cycles[:n])), list(range(size))
        whole[start : start + len(cycle)] = [start + i for i in cycle]
        generators.append(tuple(whole))
    return group_table(generators)


GROUPS = {
    "S_3": S_3,
    "D_4": D_4,
    "Klein": product_of(SWAP, SWAP),
    "cube": product_of(SWAP, SWAP, SWAP),
    "Z_2 x Z_4": product_of(SWAP, (1, 2, 3, 0)),
    "Z_3 x Z_3": product_of(TURN, TURN),
    "Z_12": product_of(TURN, (1, 2, 3, 0)),
    **{f"Z_{m}": modular_addition(m) for m in range(2, 13)},
}


@pytest.mark.parametrize("name", GROUPS)
def test_waves_sum_to_every_abelian_group(name):
    db = GROUPS[name]
    found, interval = waves(db), quick(db)
    if found is None:
        return
    assert abs(found.dense() - db.tensor()).max() < 1e-14
    assert len(found.a) == interval.upper  # C7: as many as the rank
    assert max(abs(side).max() for side in (found.a, found.b, found.c)) < 2


def test_some_groups_have_waves_and_some_have_none():
    assert {waves(db) is None for db in GROUPS.values()} == {True, False}


@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 6))
@settings(deadline=None)
def test_waves_sum_to_tables_without_wrap(rows, columns, more):
    most = min(max(rows, columns) + more, rows + columns - 1)
    db = added(rows, columns, most)
    found = waves(db)
    assert abs(found.dense() - db.tensor()).max() < 1e-14


def test_blocks_and_copies_of_addition_are_found_inside_other_facts():
    triples = list(modular_addition(7).triples())
    triples += [(f"{k} again", q, v) for k, q, v in triples]  # every key twice
    triples += [("Ann", "likes", "tea"), ("Bob", "likes", "milk")]
    db = Database.from_triples(triples)
    found = choice.by_blocks(db)
    assert abs(found.dense() - db.tensor()).max() < 1e-14
    assert len(found.a) == 10 + 2
    assert choice.by_blocks(read("library:example")) is None
    for write in (written_heads, gated):
        layer, exact = choice.chosen(
            db, quick(db).terms, write, scale=3.0, tolerance=1e-12, embeddings="smallest"
        )
        assert exact.within(1e-12, 3.0)
        assert exact == exactness(layer, db, 3.0)


def test_fractions_beyond_float64_leave_the_other_candidates():
    huge = [quick(modular_addition(3)).terms[0]._replace(a={0: 10**400})]
    with pytest.raises(FactrankError, match="beyond 1e308"):
        Factors.of((3, 3, 3), huge)
    _, exact = choice.chosen(
        modular_addition(3), huge, gated, scale=1.0, tolerance=1e-9, embeddings="smallest"
    )
    assert exact.within(1e-12, 1.0)


def test_a_recipe_tells_how_exact_it_is_for_every_dtype_of_embeddings():
    for kind in ("smallest", "one-hot"):
        named = recipes.compile_database(cycle_beside_identity(6), embeddings=kind, interval=quick)
        assert isinstance(named, NamedLayer) and 0 <= named.exact.error <= named.exact.bound < 1e-11
