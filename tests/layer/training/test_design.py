"""Sizes and costs before any training: what is given is kept, what is too large is refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import Database, FactrankError, read
from factrank.facts.bits import bits
from factrank.layer.config import LayerConfig, config_for
from factrank.layer.training import sizes as designing
from factrank.layer.training.sizes import at_once, cells, cost, design, sample_keys
from tests.strategies import databases


def test_bits_are_the_logarithm_of_the_number_of_tables():
    db = Database.from_triples(
        [(k, "r", f"{i % 3}") for i, k in enumerate("abcdef")] + [("a", "s", "x"), ("b", "s", "y")]
    )
    assert bits(db) == pytest.approx(math.log2(3**6 * 2**2))


@given(databases(), st.integers(1, 8), st.integers(0, 3))
def test_a_sample_has_all_the_facts_of_its_keys_and_no_label_more(db, keys, seed):
    part = sample_keys(db, keys, seed)
    assert set(part.triples()) == {t for t in db.triples() if t[0] in part.keys and part.facts}
    assert len(part.used("K")) == min(keys, len(db.used("K")))
    if part is not db:
        assert all(len(part.used(mode)) == len(part.labels(mode)) for mode in "KQV")
    assert part.digest() == sample_keys(db, keys, seed).digest()


def test_samples_of_other_seeds_differ():
    db = Database.from_triples([(str(k), "r", "x") for k in range(40)])
    assert len({sample_keys(db, 5, seed).keys for seed in range(10)}) > 5


@given(databases(), st.booleans())
def test_the_rule_gives_more_numbers_than_it_asks_for(db, trained):
    config = design(db, trained=trained)
    assert config.parameters()["trained"] >= designing.ENOUGH[trained] * bits(db)
    assert config.width >= min(config.d_model, len(db.used("V")))
    assert config.trainable_embeddings == trained
    if not trained:
        assert config.d_model >= min(designing.ORTHONORMAL, db.shape[0] + db.shape[1])


def test_what_is_given_is_kept():
    db = read("library:elements")
    sizes = {"n_heads": 3, "d_head_qk": 1, "d_head_vo": 5, "d_model": 6}
    config = design(db, **sizes)
    assert {name: getattr(config, name) for name in sizes} == sizes
    wide = design(db, width=74)
    assert wide.width >= 74 and wide.d_model >= 74


def test_tables_too_large_to_be_trained_together_are_trained_in_turn(monkeypatch):
    db = Database.from_triples([(str(k), "r", str(k)) for k in range(30)])
    config = config_for(db, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=2)
    assert cells(config) == 30 * 1 * 32 and cells(config, 7) == 7 * 32
    monkeypatch.setattr(designing, "MOST_CELLS", 2 * 960)
    assert (at_once(config, 7), at_once(config, 7, 5), cost(config, 7, 10).layers) == (2, 1, 7)


def test_memory_grows_with_every_layer_trained_together_and_no_further():
    config = design(read("library:example"))
    one, two, three = (cost(config, layers, 100).memory for layers in (1, 2, 3))
    assert three - two == two - one > 0
    most = at_once(config, 10**9)
    assert cost(config, most, 100).memory == cost(config, 2 * most, 100).memory


def test_costs_count_the_numbers_that_move():
    db = read("library:example")
    for trained in (True, False):
        config = design(db, trained=trained)
        price = cost(config, 3, 100)
        assert price.parameters == config.parameters()["trained"]
        assert f"3 layers of {price.parameters:,} trained numbers" in str(price)
    assert "at most 100 steps" in str(price)


def test_bad_sizes_are_one_sentence():
    with pytest.raises(FactrankError, match="expected at least one fact"):
        design(Database(("a",), ("r",), ("x",), ()))
    with pytest.raises(FactrankError, match="sample: expected at least 1 key, found 0"):
        sample_keys(read("library:example"), 0)


def test_memory_grows_with_the_cells_of_the_tensor():
    few, many = (LayerConfig(n, 10, 100, 4, 1, 1, 1) for n in (200, 400))
    base, one, two = (
        cost(it, 1, 10).memory for it in (LayerConfig(1, 1, 1, 4, 1, 1, 1), few, many)
    )
    assert 1.9 < (two - base) / (one - base) < 2.1
    assert one - base >= 4 * cells(few)  # bytes
