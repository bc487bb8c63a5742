"""Training many layers at once: the same as one at a time, with masks, losses and early stops."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import disjoint_ranges, random_facts, random_functional
from factrank.layer import readout
from factrank.layer.attention import PlainLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training import steps as making
from factrank.layer.training.first_weights import first_weights, head_widths, masks
from factrank.layer.training.losses import Targets, bounded, cross_entropy, least_squares
from factrank.layer.training.trainer import Recipe, Trainer, flushed, logits, train

RECIPES = [
    Recipe("least squares", steps=200, weight_decay=0.0),
    Recipe("cross-entropy", steps=200),
    Recipe("bounded", 6.0, steps=200, weight_decay=0.03),
]
SHAPE = {"d_model": 9, "n_heads": 2, "d_head_qk": 2, "d_head_vo": 3}


def databases(count):
    return [random_functional(5, 3, 4, 0.8, seed) for seed in range(count)]


def by_hand(config, start, keep, database, recipe, lr):
    """One `PlainLayer` trained with loops of its own: nothing of `training` but the recipe."""
    plain = PlainLayer(config, start)
    optimiser = torch.optim.AdamW(
        [p for p in plain.parameters() if p.requires_grad],
        lr=lr,
        betas=recipe.betas,
        weight_decay=recipe.weight_decay,
    )
    K, Q, V = database.shape
    pairs = torch.tensor([[k, K + q] for k in range(K) for q in range(Q)])
    D = torch.from_numpy(database.tensor()).double().reshape(K * Q, V)
    where, answer = D.nonzero().T
    for step in range(recipe.steps):
        for group in optimiser.param_groups:
            group["lr"] = lr * recipe.rate(step)
        L = plain(pairs)
        if recipe.loss == "least squares":
            loss = ((L - D) ** 2).sum() / len(database)
        else:
            if recipe.loss == "bounded":
                L = recipe.beta * torch.nn.functional.normalize(L, dim=-1)
            loss = torch.nn.functional.cross_entropy(L[where], answer)
        optimiser.zero_grad()
        loss.backward()
        for name, weight in plain.named_parameters():
            if name in keep and weight.grad is not None:
                weight.grad *= keep[name]
        optimiser.step()
    return plain


ALONE: dict[tuple, PlainLayer] = {}


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: r.loss)
@pytest.mark.parametrize("trains", [False, True], ids=["F", "T"])
@pytest.mark.parametrize("split", [False, True], ids=["free", "key-independent"])
@pytest.mark.parametrize("largest", [10**9, 0], ids=["compiled", "torch"])
def test_equal_to_one_at_a_time(monkeypatch, recipe, trains, split, largest):
    monkeypatch.setattr(making, "LARGEST", largest)
    config = LayerConfig(5, 3, 4, **SHAPE, trainable_embeddings=trains)
    given, rates, widths = databases(3), [0.03, 0.02, 0.03], [6, 3, 4]
    how = {"widths": widths, "key_independent": split}
    found = train(config, given, recipe, [7, 8, 9], rates=rates, dtype=torch.float64, **how)
    start = first_weights(config, [7, 8, 9], **how)
    keep = masks(config, 3, **how)
    for m in range(3):
        mine = {n: k[m] for n, k in zip(Weights._fields, keep, strict=True) if k is not None}
        if (case := (recipe, trains, split, m)) not in ALONE:  # the same for both ways of training
            one = Weights(*(w[m] for w in start))
            ALONE[case] = by_hand(config, one, mine, given[m], recipe, rates[m])
        for name in Weights._fields:
            difference = getattr(found.layer.weights, name)[m] - getattr(ALONE[case], name).detach()
            assert difference.abs().max() < 1e-8, (name, m)
        moved = found.layer.weights.W_O[m] - start.W_O[m]
        assert moved.abs().max() > 1e-2


def test_equal_with_tied_tokens_and_the_residual_path():
    facts = Database.from_triples(
        [("a", "r", "b"), ("b", "r", "c"), ("c", "r", "a"), ("a", "s", "x"), ("c", "s", "b")]
    )
    ties = tuple((facts.keys.index(v), i) for i, v in enumerate(facts.values) if v in facts.keys)
    config = LayerConfig(*facts.shape, **SHAPE, residual=True, tied=ties, trainable_embeddings=True)
    recipe = RECIPES[1]
    found = train(config, [facts], recipe, [3], dtype=torch.float64)
    start = Weights(*(w[0] for w in first_weights(config, [3])))
    plain = by_hand(config, start, {}, facts, recipe, recipe.lr)
    assert (found.layer.weights.U[0] - plain.unembedding()).abs().max() < 1e-8
    assert (found.layer.weights.E_K[0] - plain.E_K).abs().max() < 1e-8


def test_company_does_not_matter():
    config = LayerConfig(5, 3, 4, **SHAPE)
    many = train(config, databases(4), RECIPES[0], [0, 1, 2, 3], dtype=torch.float64)
    few = train(config, databases(4)[2:3], RECIPES[0], [2], dtype=torch.float64)
    for whole, part in zip(many.layer.weights, few.layer.weights, strict=True):
        assert (whole[2] - part[0]).abs().max() < 1e-8


# ---- early stops --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "stop"), [(RECIPES[0], 0.2), (RECIPES[1], 0.9), (RECIPES[2], 0.8)]
)
def test_an_early_stop_leaves_the_others_as_they_were(recipe, stop):
    config = LayerConfig(5, 3, 4, 11, 3, 2, 4)
    given = databases(6)
    early = Recipe(recipe.loss, recipe.beta, 400, weight_decay=0.0, stop=stop, look=20)
    found = train(config, given, early, range(6), widths=[1, 12, 2, 12, 9, 12], dtype=torch.float64)
    assert len(set(found.steps)) > 1  # else this test shows nothing
    L = logits(found.layer, early)
    for m, steps in enumerate(found.steps):
        alone = train(
            config, given[m : m + 1], early, [m], widths=[[1, 12, 2, 12, 9, 12][m]],
            dtype=torch.float64,
        )  # fmt: skip
        assert alone.steps == (steps,)
        assert (found.layer.weights.W_V[m] - alone.layer.weights.W_V[0]).abs().max() < 1e-8
        if steps < 400:
            assert steps % 20 == 0
            if recipe.loss == "least squares":
                assert found.loss[m].sqrt() <= stop
            else:
                assert readout.held(L[m], given[m], stop).all()


# ---- losses, masks, starts ----------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_losses_by_their_definitions(seed):
    facts = random_facts(4, 3, 5, 0.3, seed)
    if not facts.facts:
        return
    L = torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(seed)).double()
    targets = Targets.of([facts])
    log_p = torch.log_softmax(L[0], -1)
    mean = -sum(log_p[fact] for fact in facts.facts) / len(facts)
    assert torch.isclose(cross_entropy(L, targets)[0], mean)
    D = torch.from_numpy(facts.tensor()).double()
    square = (torch.linalg.vector_norm(L[0] - D) / torch.linalg.vector_norm(D)) ** 2
    assert torch.isclose(least_squares(L, targets)[0], square)
    short = bounded(L, 6.0)
    assert torch.allclose(short.norm(dim=-1), torch.tensor(6.0).double())
    assert torch.allclose(short * L.norm(dim=-1, keepdim=True), 6.0 * L)


def test_pairs_without_a_fact_do_not_count_in_cross_entropy():
    facts = random_functional(5, 3, 4, 0.5, 1)
    L = torch.randn(1, 5, 3, 4).double()
    other = L.clone()
    silent = ~readout.facts_mask(facts).any(-1)
    other[0][silent] += torch.randn(4)
    targets = Targets.of([facts])
    assert silent.any()
    assert torch.equal(cross_entropy(L, targets), cross_entropy(other, targets))
    assert not torch.equal(least_squares(L, targets), least_squares(other, targets))


@pytest.mark.parametrize("trains", [False, True], ids=["F", "T"])
def test_key_independent_attention_stays_so(trains):
    config = LayerConfig(5, 3, 4, **SHAPE, trainable_embeddings=trains)
    found = train(config, databases(2), RECIPES[1], [0, 1], key_independent=True)
    A = found.layer.attention()
    assert (A - A[:, :, :1]).abs().max() < 1e-12
    assert A.std(dim=-1).max() > 0.05  # but of the query it depends
    assert found.layer.value_paths()[1].abs().max() == 0
    free = train(config, databases(2), RECIPES[1], [0, 1]).layer
    assert (free.attention() - free.attention()[:, :, :1]).abs().max() > 0.05


@pytest.mark.parametrize("width", range(1, 7))
def test_a_width_is_the_rank_of_the_value_unfolding_at_most(width):
    config = LayerConfig(5, 3, 7, 12, 2, 2, 3)
    facts = random_functional(5, 3, 7, 1.0, width)
    found = train(config, [facts], RECIPES[0], [1], widths=[width]).layer
    assert int(readout.unfolding_ranks(found.layer_tensor(), 1e-9)["V"]) == width
    assert int(head_widths(config, width).sum()) == width


@pytest.mark.parametrize("split", [False, True])
def test_frozen_embeddings_are_orthonormal_and_stay(split):
    config = LayerConfig(5, 3, 4, **SHAPE)
    start = first_weights(config, [0, 1], key_independent=split)
    tokens = torch.cat([start.E_K, start.E_Q], 1)
    assert (tokens @ tokens.mT - torch.eye(8)).abs().max() < 1e-12
    assert (start.U.mT @ start.U - torch.eye(4)).abs().max() < 1e-12
    found = train(config, databases(2), RECIPES[1], [0, 1], key_independent=split)
    for name in ("E_K", "E_Q", "U"):
        after = getattr(found.layer.weights, name)
        assert (after - getattr(start, name)).abs().max() < 1e-6
    crowd = first_weights(LayerConfig(9, 3, 20, **SHAPE), [0])
    assert (crowd.U.norm(dim=1) - 1).abs().max() < 1e-12


def test_every_fact_of_disjoint_ranges_is_fitted_and_evaluated_in_float64():
    facts = disjoint_ranges(8, 2, 2, 1.0, seed=0)
    config = LayerConfig(*facts.shape, 12, 2, 2, 2)
    found = train(config, [facts] * 3, Recipe("least squares", steps=600, weight_decay=0), range(3))
    assert found.layer.weights.W_V.dtype == torch.float64
    assert (found.loss.sqrt() < 0.05).all()


FAULTS = [
    (dict(rates=[0.1]), "rates: expected one for each of 2 seeds, found 1"),
    (dict(widths=[7, 1]), "width: expected 1 to 6, found 7"),
    (dict(widths=[1]), "widths: expected one for each of 2, found 1"),
]


@pytest.mark.parametrize(("how", "sentence"), FAULTS)
def test_bad_requests_are_told(how, sentence):
    config = LayerConfig(5, 3, 4, **SHAPE)
    with pytest.raises(FactrankError) as error:
        train(config, databases(2), RECIPES[0], [0, 1], **how)
    assert str(error.value) == sentence


def test_bad_databases_and_recipes_are_told():
    config = LayerConfig(6, 3, 4, **SHAPE)
    with pytest.raises(FactrankError, match=r"shape \(6, 3, 4\), found \(5, 3, 4\)"):
        train(config, databases(1), RECIPES[0], [0])
    empty = random_functional(6, 3, 4, 0.0, 0)
    with pytest.raises(FactrankError, match="at least one fact in each, found an empty one"):
        train(config, [empty], RECIPES[0], [0])
    narrow = LayerConfig(5, 3, 4, 3, 2, 2, 3)
    with pytest.raises(FactrankError, match="d_model above 3 queries, found d_model 3"):
        train(narrow, databases(1), RECIPES[0], [0], key_independent=True)
    with pytest.raises(FactrankError, match="beta: expected a number above 0"):
        Recipe("bounded")
    with pytest.raises(FactrankError, match="steps: expected at least 1, found 0"):
        Recipe(steps=0)


def is_flushed() -> bool:
    return bool(torch.tensor(1e-38) * 0.5 == 0)


@pytest.mark.skipif(not torch.set_flush_denormal(False), reason="this processor cannot")
def test_numbers_below_the_normal_range_are_zero_in_a_step_and_only_there(monkeypatch):
    during = []
    config = LayerConfig(2, 1, 2, 3, 1, 1, 2)
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    recipe = Recipe(steps=1)
    for largest in (making.LARGEST, 0):  # compiled, then in torch
        monkeypatch.setattr(making, "LARGEST", largest)
        trainer = Trainer(
            config, first_weights(config, [0]), masks(config, 1), Targets.of([db]), recipe, [0.1]
        )
        step = trainer.steps.advance
        trainer.steps.advance = lambda rates, step=step: (during.append(is_flushed()), step(rates))
        list(trainer.run(lambda step: torch.ones(1, dtype=torch.bool)))
    assert during == [True, True] and not is_flushed()
    with pytest.raises(KeyboardInterrupt), flushed():
        raise KeyboardInterrupt
    assert not is_flushed()
    torch.set_flush_denormal(True)
    try:
        with flushed():
            pass
        assert is_flushed()  # as whoever called had it
    finally:
        torch.set_flush_denormal(False)
