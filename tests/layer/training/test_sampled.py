"""Training by batches of questions: the full trainer's loss and weights, without its tensor."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import Database, FactrankError, read
from factrank.facts.families import total_functions
from factrank.layer import readout
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.file import load, save
from factrank.layer.model import NamedLayer, recall
from factrank.layer.training import sampled
from factrank.layer.training import sizes as designing
from factrank.layer.training.fitting import fit
from factrank.layer.training.fitting import train as train_one
from factrank.layer.training.losses import Goal, Targets, cross_entropy
from factrank.layer.training.sampled import Questions, Sampled, entropy, factors, judged, moderate
from factrank.layer.training.sizes import batch_for, cost, design
from factrank.layer.training.trainer import Recipe, tie, train
from tests.strategies import databases

NEVER = Goal("held", 1 - 1e-12)  # out of reach in so few steps
SEVERAL = Database.from_triples(
    [("a", "r", "x"), ("a", "r", "y"), ("b", "s", "x"), ("c", "r", "z"), ("c", "s", "y")]
)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """As ``fit`` has it for small work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@st.composite
def shapes(draw: st.DrawFn, database: Database) -> LayerConfig:
    """A layer for a database: wide and narrow, tied, residual, its embeddings trained or frozen."""
    ties = draw(st.integers(0, min(len(database.keys), len(database.values))))
    size = st.integers(1, 5)
    return LayerConfig(
        *database.shape, draw(size), draw(st.integers(1, 3)), draw(size), draw(size),
        residual=draw(st.booleans()), tied=tuple((n, n) for n in range(ties)),
        trainable_embeddings=draw(st.booleans()),
    )  # fmt: skip


def learner(config, database, steps=6, seed=3, goal=NEVER, batch=10**6, **how) -> Sampled:
    recipe = Recipe(steps=steps, **how)
    asked = Questions.of(database)
    return Sampled(config, asked, recipe, seed, goal, batch=batch, dtype=torch.float64)


def dense(it: Sampled) -> torch.Tensor:
    layer = AttentionLayer(it.config, tie(Weights(*(w.detach() for w in it.weights)), it.config))
    return layer.layer_tensor()


# ---- the same as the full trainer ------------------------------------------------------------


@settings(max_examples=40)
@given(st.data(), databases(), st.sampled_from([1, 7, 2_000_000]), st.integers(1, 4))
def test_all_pairs_in_one_batch_give_the_full_trainers_loss_and_weights(data, db, block, pairs):
    """``databases`` reaches gaps, shared values and several a pair: test_interval sees to it."""
    config = data.draw(shapes(db))
    it = learner(config, db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampled, "BLOCK", block)  # one row at a time, some, all
        patch.setattr(sampled, "PAIRS", pairs)
        for step in range(6):
            full = cross_entropy(dense(it), Targets.of([db]))[0]
            it.step(step)
            assert it.loss.item() == pytest.approx(full.item(), rel=1e-12)
        weights = tie(Weights(*(w.detach() for w in it.weights)), config)
        margins, held = judged(weights, it.asked, 0.3, residual=config.residual)
    whole = train(config, [db], Recipe(steps=6), [3], dtype=torch.float64)
    for mine, theirs in zip(weights, whole.layer.weights, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-8, rtol=0)
    L = dense(it)[0]
    torch.testing.assert_close(margins, readout.margins(L, db), atol=1e-12, rtol=1e-12)
    assert torch.equal(held, readout.held(L, db, 0.3))


def test_pairs_without_a_fact_are_never_asked():
    db = Database(("a", "b", "c"), ("r", "s"), ("x", "y"), ((0, 0, 1), (0, 1, 0), (2, 0, 1)))
    assert Questions.of(db).tokens.tolist() == [[0, 0], [0, 1], [2, 0]]
    it = learner(LayerConfig(*db.shape, 4, 1, 1, 2, trainable_embeddings=True), db)
    it.step(0)
    slopes = it.weights.E_K.grad[0].abs().sum(1)
    assert slopes[1] == 0 and (slopes[[0, 2]] > 0).all()


@settings(max_examples=25)
@given(databases(), st.integers(1, 5))
def test_batches_of_an_epoch_are_the_full_loss_on_average(db, batch):
    config = LayerConfig(*db.shape, 4, 2, 1, 2, trainable_embeddings=True)
    it = learner(config, db, batch=batch, lr=0.0, weight_decay=0.0)
    n, slope, loss = len(it.asked.tokens), 0.0, 0.0
    order = it.epoch()
    assert sorted(torch.cat(order).tolist()) == list(range(n))
    sizes = [len(part) for part in order]
    assert max(sizes) <= batch and max(sizes) - min(sizes) <= 1
    it.left = order[:]
    for step, size in enumerate(reversed(sizes)):
        it.step(step)
        slope, loss = slope + it.weights.U.grad * size / n, loss + it.loss * size / n
    whole = learner(config, db, lr=0.0, weight_decay=0.0)
    whole.step(0)
    torch.testing.assert_close(slope, whole.weights.U.grad, atol=1e-12, rtol=1e-9)
    assert float(loss) == pytest.approx(float(whole.loss), rel=1e-12)


def test_a_pair_of_several_values_goes_to_an_even_share_of_them():
    config = LayerConfig(*SEVERAL.shape, 6, 2, 1, 3, trainable_embeddings=True)
    it = learner(config, SEVERAL, steps=400, batch=2, weight_decay=0.0)
    for _ in it.train():
        pass
    P = readout.softmax(dense(it))[0]
    assert P[0, 0].tolist() == pytest.approx([0.5, 0.5, 0.0], abs=0.01)
    low, out = factors(it.weights, it.asked.tokens)
    total, *_ = entropy(low, out, it.asked)
    uniform = -sum(P[fact].log() for fact in SEVERAL.facts)  # of (a, r): 2 H(even, P)
    assert total.item() == pytest.approx(uniform.item(), rel=1e-9)


@given(
    databases(), st.integers(1, 7), st.sampled_from([1, 9, 2_000_000]), st.floats(0.1, 9),
    st.sampled_from([5, 500]),
)  # fmt: skip
def test_slopes_are_those_of_torch(db, width, block, scale, size):
    asked = Questions.of(db)
    draw = torch.Generator().manual_seed(width)
    low = size * torch.randn(len(asked.tokens), width, generator=draw, dtype=torch.float64)
    out = torch.randn(width, len(db.values), generator=draw, dtype=torch.float64)
    low, out = low.requires_grad_(), out.requires_grad_()
    said = torch.log_softmax(low @ out, -1)[asked.rows(), asked.values]
    expected = -scale * said.sum(), *torch.autograd.grad(-scale * said.sum(), (low, out))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampled, "BLOCK", block)
        found = entropy(low, out, asked, scale)
        *same, none = entropy(low, out.detach(), asked, scale)
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-10, rtol=1e-10)
    assert none is None and all(map(torch.equal, same, found))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("sign", [-1, 1])
def test_logits_as_large_as_can_be_are_neither_lost_nor_infinite(dtype, sign):
    """On both sides of what ``moderate`` lets pass, all logits of a pair at one end."""
    asked = Questions(torch.zeros(1, 2), torch.tensor([2]), torch.tensor([0, 1]))
    passed = []
    for r in torch.linspace(0, 1.2 * math.log(torch.finfo(dtype).max), 200, dtype=dtype):
        low, out = r.view(1, 1), torch.full((1, 50), float(sign), dtype=dtype, requires_grad=True)
        passed.append(moderate(low, out))
        loss, slope, other = entropy(low, out, asked)
        assert float(loss) == pytest.approx(2 * math.log(50), rel=1e-4)
        assert slope.abs().max() < 1e-4
        expected = r * torch.tensor([2 / 50 - 1] * 2 + [2 / 50] * 48, dtype=dtype)
        torch.testing.assert_close(other[0], expected, rtol=1e-4, atol=1e-30)
    assert any(passed) and not all(passed) and passed == sorted(passed, reverse=True)


# ---- watched while it trains -----------------------------------------------------------------


def test_what_a_fit_by_batches_says_is_what_its_layer_does(tmp_path):
    db = read("library:family-trees")
    config = design(db, n_heads=3, d_model=9)
    for one in fit(config, db, Recipe(steps=150), [5, 6], Goal("held", 0.8), batch=40):
        named = NamedLayer.of(db, one.layer)
        save(tmp_path / "layer", named, force=True)
        found = recall(load(tmp_path / "layer"), db, 0.8)
        assert (found.recalled, found.held) == (one.recalled, one.held)
        assert found.margin == pytest.approx(one.margin, abs=1e-12)
        assert one.recalled > 0.9 and one.layer.weights.U.dtype == torch.float64


@pytest.mark.parametrize("trained", [True, False], ids=["T", "F"])
def test_it_learns_every_fact_of_a_table_in_small_batches_and_ends_there(trained):
    db = total_functions(30, 3, 10, seed=1)
    config = design(db, trained=trained)
    for until in ("recalled", "held"):
        fits = fit(config, db, Recipe(steps=900, look=20), [0, 1], Goal(until, 0.5), batch=20)
        assert all(one.reached and one.step == one.steps < 900 for one in fits)
        assert all(one.recalled == 1 for one in fits)
        assert len({one.layer.weights.W_O.sum().item() for one in fits}) == 2
    start = learner(config, db, seed=0).weights
    for name in ("E_K", "E_Q", "U"):
        same = torch.allclose(getattr(fits[0].layer.weights, name), getattr(start, name))
        assert same == (not trained)


def test_a_seed_gives_the_same_layer_again_whatever_the_company():
    db = total_functions(12, 2, 5, seed=0)
    config = design(db)

    def weights(seeds):
        fits = fit(config, db, Recipe(steps=20), seeds, NEVER, batch=7)
        return {one.seed: one.layer.weights for one in fits}

    one, many = weights([4]), weights([3, 4])
    assert all(map(torch.equal, one[4], many[4]))
    assert not torch.equal(many[3].W_O, many[4].W_O)


def test_the_best_look_is_kept_not_the_last():
    db = read("library:elements")
    config = design(db, d_model=8)
    wild = Recipe(steps=240, look=10, lr=3.0, warmup=1.0)
    (one,) = fit(config, db, wild, [1], NEVER, batch=300)
    last = learner(config, db, 240, 1, batch=300, lr=3.0, warmup=1.0)
    for step in range(240):
        last.step(step)
    end = (readout.margins(dense(last)[0], db) > 0).double().mean()
    assert one.step < one.steps == 240 and one.recalled > end


def test_it_ends_when_told_and_keeps_what_there_is():
    db = read("library:family-trees")
    looks = []
    how = {"progress": looks.append, "stop": lambda: len(looks) >= 7, "batch": 16}
    (one,) = fit(design(db), db, Recipe(steps=1000, look=50), range(3), NEVER, **how)
    assert (one.step, one.steps, looks[-1].step, looks[-1].steps) == (7, 7, 7, 3000)
    assert fit(design(db), db, Recipe(steps=9), [0], NEVER, batch=3, stop=lambda: True) == ()
    ticks = iter(range(99))
    late = fit(design(db), db, Recipe(), [0], batch=9, seconds=0, clock=lambda: next(ticks))
    assert [one.steps for one in late] == [1]


def test_a_loss_that_is_no_number_ends_the_seed_and_the_best_is_kept():
    db = total_functions(12, 2, 5, seed=0)
    config = design(db)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampled, "EPOCHS", 1)
        broken = Recipe(steps=500, look=20, lr=1e30, warmup=1.0)
        ended, other = fit(config, db, broken, [0, 1], NEVER, batch=8)
    assert not ended.finite and ended.steps < 500 and other.seed == 1
    assert all(torch.isfinite(weight).all() for weight in ended.layer.weights)
    assert fit(config, db, Recipe(steps=9), [0], NEVER, batch=8)[0].finite


def test_one_fact_one_value_and_a_batch_larger_than_all():
    one = Database.from_triples([("a", "r", "x")])
    alike = Database.from_triples([(k, "r", "x") for k in "abc"])
    for db in (one, alike, SEVERAL):
        for batch in (1, 2, 10**9):
            for found in fit(design(db), db, Recipe(steps=400), [0], batch=batch):
                assert found.recalled == found.held == 1 and found.reached
                assert found.margin == math.inf or len(db.values) > 1


# ---- which way of training, and what it costs ------------------------------------------------


def test_size_decides_unless_a_batch_is_given(monkeypatch):
    db = total_functions(30, 3, 10, seed=1)
    config = design(db)
    assert batch_for(config, db) is None and batch_for(config, db, 7) == 7
    assert batch_for(config, db, device="cuda") == 90 < designing.LEAST
    assert batch_for(config, db, 10**9) == 90  # no more than there are
    monkeypatch.setattr(designing, "LEAST", 1)
    monkeypatch.setattr(designing, "MOST_CELLS", designing.cells(config))
    assert batch_for(config, db) is None
    monkeypatch.setattr(designing, "MOST_CELLS", designing.cells(config) - 1)
    assert batch_for(config, db) == 2  # a 50th of 90 pairs
    asked = []
    monkeypatch.setattr(Sampled, "step", lambda it, step: asked.append(it.batches))
    monkeypatch.setattr(Sampled, "look", lambda it, step: None)
    fit(config, db, Recipe(steps=3), [0])
    assert asked == [45] * 3


def test_memory_grows_with_parameters_and_batch_and_not_with_the_table():
    few, many = (LayerConfig(keys, 10, 5000, 16, 4, 2, 4) for keys in (10_000, 10_001))
    assert cost(many, 1, 10, 500).memory - cost(few, 1, 10, 500).memory == 16 * designing.NUMBERS
    assert cost(few, 1, 10, 501).memory - cost(few, 1, 10, 500).memory == 32 * designing.PAIR
    assert cost(few, 5, 10, 500).memory == cost(few, 1, 10, 500).memory  # one after the other
    assert "at most 10 steps of 500 pairs, about" in str(cost(few, 1, 10, 500))
    assert "at most 10 steps of 1 pair, about" in str(cost(few, 1, 10, 1))


def test_no_tensor_of_pairs_times_values_is_ever_made():
    """All that torch makes in a step and a look is below one block, or one number a weight."""
    from torch.utils._python_dispatch import TorchDispatchMode

    db = Database.from_triples((f"k{n}", f"r{n % 7}", f"v{n % 500}") for n in range(4000))
    config, sizes = design(db, d_model=8), []

    class Made(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            found = func(*args, **(kwargs or {}))
            parts = found if isinstance(found, tuple | list) else [found]
            sizes.extend(it.numel() for it in parts if isinstance(it, torch.Tensor))
            return found

    with pytest.MonkeyPatch.context() as patch, Made():
        patch.setattr(sampled, "BLOCK", 20_000)
        it = learner(config, db, batch=2000)
        it.step(0)
        it.look(1)
        it.fits()
    assert 4000 * 8 <= max(sizes) < 2000 * 500 / 10


def test_every_tensor_is_made_on_the_device_of_the_questions():
    """Whatever forgets its device would land on another one here, and meet the others."""
    it = learner(design(SEVERAL), SEVERAL, batch=2)
    with torch.device("meta"):
        it.left = [torch.tensor([0, 3], device="cpu")]
        it.step(0)
        it.look(1)
    assert it.last == 1


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_trains_the_same():
    db = total_functions(12, 2, 5, seed=0)
    here, there = (
        fit(design(db), db, Recipe(steps=20), [0], NEVER, batch=7, device=device)[0]
        for device in ("cpu", "cuda")
    )
    assert (here.layer.weights.W_V - there.layer.weights.W_V).abs().max() < 1e-3


# ---- slips -----------------------------------------------------------------------------------


def test_slips_are_one_sentence():
    config = design(SEVERAL)
    for batch in (0, -3):
        with pytest.raises(FactrankError, match="batch: expected at least 1 pair a step, found"):
            fit(config, SEVERAL, Recipe(), [0], batch=batch)
    with pytest.raises(FactrankError, match="loss: expected cross-entropy where pairs are asked"):
        train_one(SEVERAL, loss="least squares", batch=2, seeds=1)
    for device in ("abacus", "meta"):
        with pytest.raises(FactrankError, match="device: expected one that torch can use here"):
            train_one(SEVERAL, device=device, seeds=1)
    empty = Database(("a",), ("r",), ("x",), ())
    with pytest.raises(FactrankError, match="expected at least one fact"):
        fit(LayerConfig(1, 1, 1, 2, 1, 1, 1), empty, Recipe(steps=1), [0], batch=1)
