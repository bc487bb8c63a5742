"""Layers watched while they train: the engine's numbers, the best look kept, ended when told."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from factrank import Database, FactrankError, read
from factrank.layer import readout
from factrank.layer.config import config_for
from factrank.layer.file import load, save
from factrank.layer.model import NamedLayer, recall
from factrank.layer.training import sizes as designing
from factrank.layer.training.fitting import _Watch, best_of, fit, recipe_for
from factrank.layer.training.fitting import train as train_one
from factrank.layer.training.losses import Fit, Goal, Look
from factrank.layer.training.sizes import design
from factrank.layer.training.trainer import Recipe, train
from tests.strategies import databases

NEVER = Goal("held", 1 - 1e-12)  # out of reach in so few steps


def small(database: Database, **sizes: object):
    known = {"d_model": 6, "n_heads": 2, "d_head_qk": 1, "d_head_vo": 2}
    return config_for(database, **(known | sizes))


def test_watching_changes_no_number_of_the_engine():
    db = read("library:family-trees")
    for trained in (True, False):
        config = small(db, trainable_embeddings=trained)
        recipe = Recipe(steps=40, look=40)
        fits = fit(config, db, recipe, [3, 4], NEVER)
        whole = train(config, [db] * 2, Recipe(steps=40), [3, 4])
        for one, m in zip(fits, range(2), strict=True):
            assert (one.step, one.steps) == (40, 40)  # more is recalled than at the start
            for mine, theirs in zip(one.layer.weights, whole.layer.model(m).weights, strict=True):
                torch.testing.assert_close(mine, theirs, atol=2e-5, rtol=1e-4)
        for name in ("E_K", "E_Q", "U"):
            start = fit(config, db, Recipe(steps=1, look=5), [3], NEVER)[0].layer.weights
            same = torch.equal(getattr(start, name), getattr(fits[0].layer.weights, name))
            assert same == (not trained)


def test_a_layer_that_meets_the_goal_ends_there_and_the_others_go_on():
    db = read("library:example")
    config = design(db)
    for goal in (Goal("recalled"), Goal("held", 0.9)):
        fits = fit(config, db, Recipe(steps=400, look=10), range(4), goal)
        assert all(one.reached and one.step == one.steps < 400 for one in fits)
        assert len({one.steps for one in fits}) > 1
        for one in fits:
            L = one.layer.layer_tensor()[0]
            assert readout.recalled(L, db).all()
            assert goal.until == "recalled" or readout.held(L, db, 0.9).all()
    assert [one.seed for one in fits] == [0, 1, 2, 3]


def test_what_a_fit_says_is_what_its_layer_does():
    db = read("library:family-trees")
    for one in fit(small(db), db, Recipe(steps=60, look=20), range(3), Goal("held", 0.8)):
        named = NamedLayer.of(db, one.layer)
        found = recall(named, db, 0.8)
        assert (found.recalled, found.held) == (one.recalled, one.held)
        assert found.margin == pytest.approx(one.margin, abs=1e-12)


def test_the_best_look_is_kept_not_the_last():
    """At a rate far too high a layer learns and then unlearns."""
    db = read("library:elements")
    config = small(db, d_model=8, trainable_embeddings=True)
    seen: list[float] = []
    recipe = Recipe(steps=120, look=10, lr=0.03, weight_decay=0.1)
    (calm,) = fit(config, db, recipe, [0], NEVER, progress=lambda it: seen.append(it.recalled))
    assert seen == sorted(seen) and seen[-1] == pytest.approx(calm.recalled, abs=2e-3)
    wild = Recipe(steps=200, look=10, lr=3.0, warmup=1.0)
    for one in fit(config, db, wild, range(4), NEVER):
        ends = [fit(config, db, Recipe(steps=200, look=200, lr=3.0, warmup=1.0), [one.seed], NEVER)]
        assert one.recalled >= ends[0][0].recalled
        assert all(torch.isfinite(weight).all() for weight in one.layer.weights)
        assert one.steps == 200
    assert one.step < 200


def test_of_looks_that_recall_as_much_the_largest_margin_is_kept(monkeypatch):
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    watch = _Watch(small(db), db, Recipe(steps=40), [0], NEVER)
    known = torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]])[None]
    for step, margin in ((0, 0.5), (10, 2.0), (20, 1.0), (30, 1.5)):
        monkeypatch.setattr(watch.trainer, "logits", lambda margin=margin: margin * known)
        watch.look(step)
    (one,) = watch.fits()
    assert (float(watch.recalled), float(watch.margin), one.step, one.steps) == (1, 2, 10, 30)


def test_it_ends_when_told_and_keeps_what_there_is():
    db = read("library:family-trees")
    looks: list[Look] = []
    recipe = Recipe(steps=1000, look=50)
    fits = fit(
        small(db), db, recipe, range(2), NEVER,
        progress=looks.append, stop=lambda: len(looks) >= 7,
    )  # fmt: skip
    assert [one.steps for one in fits] == [350, 350]  # a look is a call of the compiled step
    assert (looks[-1].step, looks[-1].steps, looks[-1].layers) == (700, 2000, 2)
    assert fit(small(db), db, recipe, range(2), NEVER, stop=lambda: True) == ()


def test_time_that_is_up_ends_it_after_a_call():
    db = read("library:example")
    ticks = iter(range(1000))
    recipe = Recipe(steps=5000, look=50)
    fits = fit(small(db), db, recipe, [0], NEVER, seconds=0, clock=lambda: next(ticks))
    assert [one.steps for one in fits] == [50]


def test_seeds_beyond_memory_are_trained_in_turn_and_come_out_the_same(monkeypatch):
    db = read("library:family-trees")
    recipe = Recipe(steps=30, look=10)
    looks: list[Look] = []
    together = fit(small(db), db, recipe, range(3), NEVER)
    monkeypatch.setattr(designing, "MOST_CELLS", 2 * designing.cells(small(db)))
    assert designing.at_once(small(db), 3) == 2
    apart = fit(small(db), db, recipe, range(3), NEVER, progress=looks.append)
    for one, other in zip(together, apart, strict=True):
        assert (one.seed, one.step, one.steps) == (other.seed, other.step, other.steps)
        for mine, theirs in zip(one.layer.weights, other.layer.weights, strict=True):
            torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)
    assert looks[-1].step == looks[-1].steps == 90
    ended = fit(
        small(db), db, recipe, range(3), NEVER,
        progress=looks.append, stop=lambda: looks[-1].step == 60,
    )  # fmt: skip
    assert [one.seed for one in ended] == [0, 1]  # the third was never begun


@settings(max_examples=25)
@given(databases())
def test_a_file_answers_as_the_layer_in_memory(tmp_path_factory, database):
    path = tmp_path_factory.mktemp("trained") / "layer.safetensors"
    (one,) = fit(design(database), database, Recipe(steps=20, look=10), [0], Goal("recalled"))
    named = NamedLayer.of(database, one.layer, method="trained", scale=2.0)
    save(path, named)
    kept = load(path)
    assert torch.equal(kept.layer.layer_tensor(), one.layer.layer_tensor())
    assert recall(kept, database) == recall(named, database)
    assert recall(kept, database).recalled == one.recalled
    assert (kept.method, kept.scale, kept.database) == ("trained", 2.0, database.digest())


def test_one_fact_one_relation_unused_labels_and_sets():
    one = Database.from_triples([("a", "r", "x")])
    lone = Database.from_triples([(str(k), "r", str(k % 4)) for k in range(12)])
    unused = Database(("a", "b", "c"), ("r", "s"), ("x", "y", "z"), ((0, 0, 0), (1, 0, 2)))
    sets = Database.from_triples([("a", "r", "x"), ("a", "r", "y"), ("b", "r", "z")])
    for database in (one, lone, unused, sets):
        for found in fit(design(database), database, Recipe(steps=300), range(2)):
            assert found.recalled == found.held == 1 and found.reached, database


def test_the_best_recalls_most_then_has_the_largest_margin():
    def made(seed, recalled, margin):
        return Fit(seed, None, recalled, 0.0, margin, 1, 1, False)

    fits = [made(0, 0.9, 5.0), made(1, 1.0, 0.1), made(2, 1.0, 0.3), made(3, 0.5, 9.0)]
    assert best_of(fits).seed == 2


def test_recipes_and_slips():
    db = read("library:example")
    assert recipe_for(small(db, d_model=8), 5).weight_decay == 0.03  # orthonormal and frozen
    assert recipe_for(small(db, d_model=7), 5).weight_decay == 0.1
    assert recipe_for(small(db, d_model=8), 5, "least squares").weight_decay == 0
    with pytest.raises(FactrankError, match="tau: expected a probability above 0 and below 1"):
        Goal("held", 1.0)
    empty = Database(("a",), ("r",), ("x",), ())
    with pytest.raises(FactrankError, match="expected at least one fact"):
        fit(small(empty), empty, Recipe(steps=1), [0])


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("tau", [0.05, 0.2, 0.3, 0.9])
def test_what_training_calls_held_is_what_recall_calls_held(tau, batch):
    """Where an even share is enough for tau, a fact must be recalled as well."""
    db = read("library:example")
    for one in fit(
        design(db), db, Recipe(steps=60, look=5), range(3), Goal("held", tau), batch=batch
    ):
        found = recall(NamedLayer.of(db, one.layer), db, tau)
        assert (one.recalled, one.held) == (found.recalled, found.held)
        assert one.reached == (found.held == 1)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"batch": 2.5}, "batch: expected a whole number, found 2.5"),
        ({"batch": True}, "batch: expected a whole number, found True"),
        ({"trained": "no"}, "trained: expected True or False, found 'no'"),
        ({"seed": 2**64}, "seed: expected a whole number below 2**64, found 18446744073709551616"),
        (
            {"loss": "bounded"},
            "loss: expected one of least squares, cross-entropy, found 'bounded'",
        ),
    ],
)
def test_what_train_is_told_wrongly_is_one_sentence(told, sentence):
    with pytest.raises(FactrankError) as error:
        train_one(read("library:example"), **({"seeds": 1, "steps": 5} | told))
    assert str(error.value) == sentence


def test_numbers_of_numpy_and_another_name_of_the_processor_change_nothing():
    db = read("library:example")
    plain = train_one(db, n_heads=2, seeds=1, steps=5, loss="least squares")
    for told in ({"n_heads": np.int64(2)}, {"device": "cpu:0"}, {"device": torch.device("cpu")}):
        other = train_one(
            db, **({"n_heads": 2, "seeds": 1, "steps": 5} | told), loss="least squares"
        )
        assert torch.equal(plain.layer.weights.U, other.layer.weights.U)
