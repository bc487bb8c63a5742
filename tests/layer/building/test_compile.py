"""Facts compiled into weights: L is D, at the width the theory says, for every kind of database."""

from __future__ import annotations

from fractions import Fraction
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError, rank_interval, read
from factrank.facts.database import Database
from factrank.facts.families import modular_addition
from factrank.layer import bounds, readout
from factrank.layer.attention import AttentionLayer
from factrank.layer.building import assembly, recipes
from factrank.layer.building import compile as compiling
from factrank.layer.building.at_size import report
from factrank.layer.exactness import TOLERANCE, exactness
from factrank.layer.model import NamedLayer, recall
from factrank.rank.algebra.terms import Term, expand
from factrank.rank.upper import counts as upper
from factrank.rank.upper.tree import tree_terms
from tests.strategies import databases, has_duplicate_slices, has_shared_values

EXACT = 1e-12
embeddings = st.sampled_from(["smallest", "one-hot"])


def dense(shape: tuple[int, int, int], terms: list[Term]) -> np.ndarray:
    T = np.zeros(shape)
    for cell, number in expand(terms).items():
        T[cell] = float(number)
    return T


def off(layer: AttentionLayer, T: np.ndarray) -> float:
    return float(abs(layer.layer_tensor()[0].numpy() - T).max())


def quick(db: Database):
    return rank_interval(db, "quick")


@given(databases(), embeddings)
@settings(deadline=None)
def test_ternary_terms_are_written_exactly_at_their_number(db, kind):
    ways = [upper.slice_terms(db)]
    if db.functional:
        ways += [upper.hub_terms(db), tree_terms(db, "Q"), tree_terms(db, "K")]
    for terms in ways:
        layer = compiling.compile_terms(db.shape, terms, embeddings=kind)
        assert off(layer, db.tensor()) <= EXACT
        assert layer.config.width == len(terms)
        assert layer.config.d_head_qk == layer.config.d_head_vo == 1


@given(databases())
@settings(deadline=None)
def test_the_recipe_takes_the_narrowest_decomposition(db):
    named = recipes.compile_database(db, "terms", allow_sets=True, interval=quick)
    assert off(named.layer, db.tensor()) <= TOLERANCE
    for terms in (upper.slice_terms(db), quick(db).terms):
        other = compiling.compile_terms(db.shape, terms)
        if exactness(other, db).within(TOLERANCE, 1.0):
            assert named.layer.config.width <= other.config.width


@given(databases(), embeddings)
@settings(deadline=None)
def test_attention_blind_to_the_key_writes_them_too(db, kind):
    K, _, V = db.shape
    for terms in (upper.slice_terms(db), quick(db).terms):
        layer = compiling.compile_key_independent(db.shape, terms, embeddings=kind)
        A = layer.attention()[0]
        assert (A - A[:, :1]).abs().max() <= EXACT
        size = sum(prod(float(max(map(abs, x.values()))) for x in term) for term in terms)
        silent = layer.value_paths()[1].abs().max()  # the query path
        assert max(float(silent), off(layer, db.tensor())) <= EXACT * max(1, size)
        assert len(terms) <= 2 * layer.config.width
        assert layer.config.width <= len(terms) + min(len(terms), K, V)


@given(databases(), embeddings)
@settings(deadline=None)
def test_one_head_a_value_is_the_least_width(db, kind):
    layer = compiling.compile_values(db, embeddings=kind)
    slices = [np.linalg.matrix_rank(db.tensor()[:, :, v]) for v in db.used("V")]
    assert off(layer, db.tensor()) <= EXACT
    assert layer.config.width == len(db.used("V"))
    assert layer.config.d_head_qk == max(slices)


@given(databases(), embeddings)
@settings(deadline=None)
def test_relation_heads_are_exact_as_tanh_and_close_as_gates(db, kind):
    D = db.tensor()
    exact = compiling.compile_relations(db, embeddings=kind)
    assert exact.config.width == db.pair_counts()["QV"]
    assert off(exact, D) <= EXACT
    for t in (5.0, 20.0):
        gated = compiling.compile_relations(db, sharpness=t, embeddings=kind)
        closed = len(db.queries) / (1 + np.exp(t))
        assert gated.config.n_heads == len(db.queries)
        assert off(gated, D) <= closed + EXACT


def test_gates_are_not_exact_and_tanh_heads_are():
    db = read("library:example")
    errors = [off(compiling.compile_relations(db, sharpness=t), db.tensor()) for t in (5, 10, 20)]
    assert errors[0] > 1e-3 > errors[1] > 1e-6 > errors[2] > EXACT


@given(databases(functional=True), st.sampled_from([0.5, 0.9, 0.999]))
@settings(deadline=None)
def test_gates_and_circle_hold_every_fact(db, tau):
    V = db.shape[2]
    gates, circle = compiling.compile_gates(db, tau=tau), compiling.compile_circle(db, tau=tau)
    assert (gates.config.n_heads, gates.config.d_head_vo) == (1, 2)
    assert circle.config.width <= 2
    for layer in (gates, circle):
        L = layer.layer_tensor()[0]
        assert readout.recalled(L, db).all()
        assert readout.held(L, db, tau).all()
        assert int(readout.unfolding_ranks(L, 1e-9)["V"]) <= 2
    plain = compiling.compile_gates(db).layer_tensor()[0]
    if V > 1:
        assert (
            float(readout.margins(plain, db).min()) == pytest.approx(1 / V**2, rel=1e-6) or V == 2
        )


def test_the_least_scale_is_the_least():
    for n in (2, 3, 8, 50):
        for tau in (0.5, 0.9):
            for scaled, gaps in (
                (bounds.circle_scale, 1 - np.cos(2 * np.pi * np.arange(n) / n)),
                (bounds.gate_scale, ((np.arange(n) - n // 2) / n) ** 2),
            ):
                beta = scaled(n, tau)
                at, below = (1 / np.exp(-b * gaps).sum() for b in (beta, 0.999 * beta))
                assert at == pytest.approx(tau, abs=1e-9) or beta == 0
                assert below < tau or beta == 0
    low, high = bounds.circle_bounds(200, 0.9)
    assert low <= bounds.circle_scale(200, 0.9) <= high
    assert bounds.circle_scale(2000, 0.9) / 2000**2 == pytest.approx(0.1464, abs=2e-4)
    with pytest.raises(FactrankError, match="at least 3 values, found 2"):
        bounds.circle_bounds(2, 0.9)


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    st.data(),
    embeddings,
)
@settings(deadline=None)
def test_any_terms_and_any_tensor_are_written(shape, data, kind):
    number = st.integers(-3, 3) | st.sampled_from([Fraction(1, 2), Fraction(-2, 3)])

    def vector(size: int):
        return st.dictionaries(st.integers(0, size - 1), number.filter(bool), min_size=1)

    terms = [
        Term(*(data.draw(vector(size)) for size in shape))
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    T = dense(shape, terms)
    size = 1 + abs(T).max()
    for write in (compiling.compile_terms, compiling.compile_key_independent):
        assert off(write(shape, terms, embeddings=kind), T) <= 1e-11 * size
        assert off(write(shape, terms, scale=7, embeddings=kind), 7 * T) <= 1e-10 * size
    if T.any():
        layer = compiling.compile_tensor(T, embeddings=kind)
        assert off(layer, T) <= 1e-11 * size
        assert layer.config.width == np.linalg.matrix_rank(T.reshape(-1, shape[2]))
        assert layer.config.d_head_qk <= min(shape[:2])


def test_terms_that_are_not_ternary_cost_what_a4_says():
    mixed = [
        Term({0: 1, 1: 1}, {0: 1, 1: 3}, {0: 1}),  # ternary in the keys
        Term({0: 1, 1: 2}, {0: 1, 1: 2}, {1: 1}),  # in neither
    ]
    layer = compiling.compile_terms((2, 2, 2), mixed)
    assert layer.config.width == 3
    assert off(layer, dense((2, 2, 2), mixed)) <= EXACT


def test_terms_that_cancel_are_a_silent_layer():
    term = Term({0: 1}, {0: 1, 1: 2}, {0: 1})
    for write in (compiling.compile_terms, compiling.compile_key_independent):
        layer = write((2, 2, 2), [term, Term({0: 1}, {0: 1, 1: 2}, {0: -1})])
        assert off(layer, np.zeros((2, 2, 2))) == 0


def test_parallel_query_vectors_share_a_gate():
    terms = [Term({k: 1}, {0: 2 + k, 1: 1 * (2 + k)}, {0: 1}) for k in range(3)]
    layer = compiling.compile_key_independent((3, 2, 1), terms)
    assert layer.config.width == 2  # C_g has rank one, and so has the sum


def test_the_strategies_reach_the_hard_cases():
    seen = []

    @given(databases())
    @settings(deadline=None, derandomize=True, database=None)
    def look(db):
        seen.append(db)

    look()
    assert any(map(has_shared_values, seen)) and any(map(has_duplicate_slices, seen))
    assert any(len(db.used("V")) < db.shape[2] for db in seen)


def test_elements_stand_in_weights_at_exactly_their_rank():
    db = read("library:elements")
    found = quick(db)
    assert found.exact
    named = recipes.compile_database(db, "terms", interval=quick)
    assert named.layer.config.width == found.lower == 74
    blind = recipes.compile_database(db, "key-independent", interval=quick)
    assert blind.layer.config.width <= 2 * found.lower
    for it in (named, blind):
        assert recall(it, db).recalled == 1


@pytest.mark.parametrize("method", recipes.METHODS)
def test_every_recipe_holds_at_tau_in_float32_too(method):
    db = modular_addition(5)
    named = recipes.compile_database(db, method, tau=0.9, interval=quick)
    found = report(named, db, 0.9)
    assert [p.dtype for p in found.precisions] == ["float64", "float32", "bfloat16"]
    for p in found.precisions[:2]:
        assert (p.recalled, p.held) == (1, 1)
    double, single, half = found.precisions
    if method in recipes.TABLES:  # no multiple of D: the margin tells
        assert double.error is single.error is None and double.margin > 0
    else:
        assert double.error <= named.exact.error <= 1e-13 < single.error < half.error
        assert double.error <= double.bound <= 1e-11 < single.bound < 0.1 and half.bound is None
    assert found.width == named.layer.config.width


def test_several_values_are_refused_by_name_or_stored_as_a_set():
    db = read("library:family-trees")
    with pytest.raises(FactrankError, match=r"'Colin' 'uncle': 'Arthur', 'Charles'.*5 more"):
        recipes.compile_database(db, "values")
    for method in recipes.TABLES:
        with pytest.raises(FactrankError, match="expected one value for each"):
            recipes.compile_database(db, method, allow_sets=True)
    named = recipes.compile_database(db, "values", tau=0.9, allow_sets=True)
    found = recall(named, db)
    assert (found.recalled, found.held) == (1, 1)
    assert found.ceiling == 104 / 112


@pytest.mark.parametrize("method", ["terms", "key-independent", "values", "relations"])
@given(db=databases())
@settings(deadline=None, max_examples=30)
def test_no_layer_is_smaller_than_the_count_that_is_made_before(method, db):
    named = recipes.compile_database(db, method, allow_sets=True, interval=quick)
    numbers = named.layer.config.parameters()
    least = recipes.least_weights(db, method)
    assert least <= numbers["attention"] + numbers["embedding"]


def test_two_answers_of_one_question_need_a_width_of_one_only():
    db = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
    named = recipes.compile_database(db, "terms", allow_sets=True, interval=quick)
    assert named.layer.config.width == 1
    assert recipes.least_weights(db, "terms") == 7 < recipes.least_weights(db, "values") == 22


def test_too_large_is_told_before_the_work():
    many = Database.from_triples((f"k{n}", "r", f"v{n}") for n in range(20_000))

    def never(db: Database):
        raise AssertionError("no search before the cost is known")

    for method in recipes.METHODS:
        if method == "circle":
            continue  # two heads: the table is what is large
        with pytest.raises(FactrankError, match=r"expected (a table of )?at most 100,000,000"):
            recipes.compile_database(many, method, interval=never)


def test_wrong_calls_are_one_sentence():
    db = Database.from_triples([("a", "r", "x")])
    empty = Database(("a",), ("r",), ("x",), ())
    cases = [
        (lambda: recipes.compile_database(db, "magic"), "method: expected one of terms, "),
        (lambda: recipes.compile_database(db, "values", embeddings="tiny"), "embeddings: "),
        (lambda: recipes.compile_database(empty, "values"), "database: expected at least one fact"),
        (lambda: compiling.compile_terms((1, 1, 1), []), "terms: expected at least one"),
        (lambda: compiling.compile_tensor(np.zeros((2, 2, 2))), "tensor: expected three modes"),
        (lambda: compiling.compile_tensor(np.full((1, 1, 1), np.nan)), "tensor: expected three"),
        (lambda: compiling.compile_relations(db, sharpness=-1), "sharpness: expected a number"),
        (
            lambda: compiling.compile_circle(db, tau=1),
            "tau: expected a probability between 0 and 1",
        ),
    ]
    for call, beginning in cases:
        with pytest.raises(FactrankError) as error:
            call()
        assert str(error.value).startswith(beginning), str(error.value)


def test_recall_in_blocks_is_recall_at_once(monkeypatch):
    db = modular_addition(4).without_fact("1", "+2", "3")
    named = NamedLayer.of(db, compiling.compile_values(db, scale=3.0))
    at_once = recall(named, db)
    whole = AttentionLayer.blocks
    monkeypatch.setattr(AttentionLayer, "blocks", lambda self: whole(self, most=1))
    assert recall(named, db) == at_once
    assert at_once.answers_off == 0


def test_answers_off_the_facts_are_counted():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x"), ("c", "s", "z")])
    named = recipes.compile_database(db, "gates", tau=0.9)
    found = recall(named, db)
    assert found.recalled == 1
    # A = 1/2 at the two pairs without a fact, and of three gates the middle one is 1/2
    assert (found.answers_off, found.artifacts) == (2, 2)


def test_other_facts_are_told_by_label_and_matched_by_label():
    db = Database.from_triples([("Ann", "likes", "tea"), ("Bob", "likes", "milk")])
    named = NamedLayer.of(db, compiling.compile_values(db))
    turned = Database.from_triples([("Bob", "likes", "milk"), ("Ann", "likes", "tea")])
    assert recall(named, turned).recalled == 1
    with pytest.raises(FactrankError, match=r"key 'Anne': expected a key.*nearest is 'Ann'"):
        recall(named, Database.from_triples([("Anne", "likes", "tea")]))
    with pytest.raises(FactrankError, match="expected at least one fact, found none"):
        recall(named, Database(("Ann",), ("likes",), ("tea",), ()))


def test_hub_and_tree_terms_are_ternary():
    for db in (read("library:example"), modular_addition(4)):
        for terms in (upper.slice_terms(db), upper.hub_terms(db), tree_terms(db, "Q")):
            assert compiling.compile_terms(db.shape, terms).config.width == len(terms)


def test_the_residual_path_would_change_nothing():
    db = read("library:example")
    layer = compiling.compile_values(db)
    assert (layer.weights.E_Q @ layer.weights.U).abs().max() == 0
    assert torch.equal(layer.residual_vote(), torch.zeros_like(layer.residual_vote()))


def test_terms_are_narrowed_and_attention_blind_to_the_key_takes_them_as_they_are():
    """One fact written as four terms, the first not ternary: its slice takes one head."""
    db = Database(("a", "b"), ("r", "s"), ("x", "y"), [(0, 0, 0)])
    first, second = {0: Fraction(1)}, {1: Fraction(1)}
    terms = (
        Term({0: Fraction(1), 1: Fraction(2)}, {0: Fraction(1), 1: Fraction(3)}, first),
        Term(first, second, {0: Fraction(-3)}),
        Term(second, first, {0: Fraction(-2)}),
        Term(second, second, {0: Fraction(-6)}),
    )
    widths = {}
    for method in ("terms", "key-independent"):
        named = recipes.compile_database(
            db, method, interval=lambda _: SimpleNamespace(terms=terms)
        )
        assert off(named.layer, db.tensor()) <= EXACT
        widths[method] = named.layer.config.width
    assert widths["terms"] == 1 < widths["key-independent"]


def test_heads_that_hear_nothing_have_one_direction():
    assert assembly._basis(np.zeros((2, 3, 2))).tolist() == [[1], [0], [0]]


@pytest.mark.parametrize("most", [7, 8])
def test_as_many_cells_as_are_allowed_are_compiled(most, monkeypatch):
    db = Database.from_triples([("a", "r", "x"), ("b", "s", "y")])
    monkeypatch.setattr(recipes, "MOST_CELLS", most)
    if most == 8:
        assert recipes.least_weights(db, "values") > 0
    else:
        with pytest.raises(FactrankError, match="expected a table of at most 7 cells, found 8"):
            recipes.least_weights(db, "values")


def test_gates_have_the_embeddings_that_are_asked_for():
    db = read("library:example")
    few, one = (
        recipes.compile_database(db, "gates", embeddings=it) for it in ("smallest", "one-hot")
    )
    assert few.layer.config.d_model < one.layer.config.d_model == len(db.keys) + len(db.queries)
    assert all(recall(it, db, 0.5).recalled == 1 for it in (few, one))
