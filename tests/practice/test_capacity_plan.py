"""From a layer to facts: what is proved is built, what is ruled out is searched for, and ``plan``
leads back."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import groupby, product
from math import comb, log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import total_functions
from factrank.layer.attention import AttentionLayer
from factrank.layer.bounds import rank_bound, value_rank_bound
from factrank.layer.building.recipes import compile_database
from factrank.layer.config import LayerConfig
from factrank.practice.plan import guarantees
from factrank.practice.plan.capacity import NAMED, TRAINED_TO, capacity, like, lines, record
from factrank.practice.plan.expected import expected_layers, member, sizes_of, typical, within
from factrank.practice.plan.guarantees import EXACT, TOP, Most, at_most, stored
from factrank.practice.plan.layers import plan
from factrank.rank.interval import rank_interval
from tests.practice.capacity_layers import fitted, heads_of
from tests.strategies import databases
from tools.house import NOTEBOOKS

NEEDS = [*EXACT, *TOP]
SIZE = st.integers(1, 5)


def check(need, config, full: np.ndarray, most: Most, seed: int = 0) -> None:
    """The layer of these sizes is right on the table's own tokens and relations, among its own
    answers; of chosen embeddings, among all."""
    keys, queries = np.flatnonzero((full >= 0).any(1)), np.flatnonzero((full >= 0).any(0))
    table = full[np.ix_(keys, queries)]
    if not table.size or (need is guarantees.circle_heads and config.values == 1):
        return
    heads = heads_of(need, table, config, most.queries <= most.keys)
    occur = np.unique(table[table >= 0])
    L = fitted(heads, keys, queries, occur, config, seed).layer_tensor()[0].numpy()
    answers = np.arange(config.values) if config.trainable_embeddings else occur
    L = L[np.ix_(keys, queries, answers)]
    D = np.stack([table == v for v in answers], -1)
    if need in EXACT:
        assert np.abs(L - D).max() < 1e-8
    else:
        wrong = np.where(D, -np.inf, L).max(-1)
        assert (np.where(D, L, np.inf).min(-1) > wrong + 1e-9)[table >= 0].all()


def tables(most: Most, config, rng, count: int):
    """Random tables of at most so many facts on so many keys; first those with most variety."""
    for n in range(count):
        full = np.full((config.keys, config.queries), -1)
        mine = rng.permutation(config.keys)[: most.keys]
        cells = [(k, q) for k in mine for q in range(config.queries)]
        if n == 0:  # along the diagonals: as many tokens and relations as there can be
            cells.sort(key=lambda kq: (list(mine).index(kq[0]) - kq[1]) % len(mine))
        else:
            rng.shuffle(cells)
        values = rng.permutation(config.values) if n % 2 == 0 else rng.integers(0, config.values, 9)
        facts = most.facts if n < 3 else rng.integers(1, most.facts + 1)
        for j, (k, q) in enumerate(cells[:facts]):
            full[k, q] = values[j % len(values)]
        yield full


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(NEEDS), SIZE, st.integers(1, 4), SIZE, st.integers(1, 3), st.integers(1, 3),
    st.booleans(), st.integers(1, 20), st.booleans(), st.integers(0, 99),
)  # fmt: skip
def test_what_is_enough_is_built(need, K, Q, V, i, r, trained, n, by_tokens, seed):
    """In a layer with just the heads and the d_model that are said to be enough."""
    config = LayerConfig(K, Q, V, 1, 1, i, r, trainable_embeddings=trained)
    t = min(n, K)
    most = Most.of(config, t * Q, t) if by_tokens else Most.of(config, min(n, K * Q))
    built(need, config, most, seed)


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize(("n", "trained"), [(9, False), (9, True), (12, False), (12, True)])
def test_more_answers_than_tokens_and_relations_are_built(need, n, trained):
    """Of 20 kinds of answer as many occur as there are facts: what the stream must hold."""
    config = LayerConfig(3, 4, 20, 1, 1, 2, 2, trainable_embeddings=trained)
    most = Most.of(config, n)
    assert most.keys + most.queries < most.values == n
    assert trained or need(config, most)[1] == n
    built(need, config, most, seed=n)


def built(need, config, most: Most, seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads, d_model = need(config, most)
    config = replace(config, n_heads=max(1, heads), d_model=max(1, d_model))
    for full in tables(most, config, rng, 6):
        check(need, config, full, most, seed)


@pytest.mark.parametrize("need", NEEDS)
@pytest.mark.parametrize(
    ("shape", "trained"),
    [
        ((2, 2, 2), True),
        ((2, 2, 2), False),
        ((3, 1, 3), True),
        ((4, 2, 1), True),
        ((2, 4, 1), True),
    ],
)
def test_all_small_tables(need, shape, trained):
    """Every table of every number of facts, in the least layer that is said to be enough; and the
    heads of A4b are no more than the worst table needs."""
    K, Q, V = shape
    every = [np.array(it).reshape(K, Q) for it in product(range(-1, V), repeat=K * Q)]
    for i, r in ((1, 1), (2, 2)):
        for n in range(1, K * Q + 1):
            config = LayerConfig(K, Q, V, 1, 1, i, r, trainable_embeddings=trained)
            most = Most.of(config, n)
            heads, d_model = need(config, most)
            config = replace(config, n_heads=max(1, heads), d_model=max(1, d_model))
            used = 0
            for full in every:
                if (full >= 0).sum() == n:
                    check(need, config, full, most)
                    if need is guarantees.tanh_heads:
                        used = max(used, len(heads_of(need, full, config, Q <= K).ask))
            if need is guarantees.tanh_heads and i == 1:
                assert used == heads


# ---- what cannot be -------------------------------------------------------------------------


@pytest.mark.parametrize(("heads", "shape"), [(2, (4, 5)), (2, (5, 4)), (1, (2, 3)), (3, (6, 7))])
def test_as_many_facts_about_more_tokens_need_not_fit(heads, shape):
    """Two heads write all tables about two tokens, 20 facts at ten relations; not 20 facts about
    four tokens: by A1 their layer has rank 18, and the table with 20 answers has rank 20."""
    (K, Q), n = shape, shape[0] * shape[1]
    big = LayerConfig(10**5, 10, 64, 128, heads, 64, 64)
    L = AttentionLayer.random(replace(big, keys=K, queries=Q), seed=1).layer_tensor()[0].numpy()
    rank = np.linalg.matrix_rank(L.reshape(n, -1))
    assert rank <= rank_bound(replace(big, keys=K, queries=Q)) == heads * (K + Q) < n
    assert np.linalg.matrix_rank(np.eye(n).reshape(K, Q, n).reshape(n, -1)) == n
    found = capacity(big)
    least, few, most = (
        found.cell("exact", it) for it in ("at least", "about few tokens", "at most")
    )
    assert least.low <= most.low < n and most.source == "A1"
    assert few.tokens < K and f"about {few.tokens}" in few.sentence.replace("one token", "1")
    assert few.low <= n or heads == 1
    told = " ".join(lines(found))
    assert f"Every table of {n} facts" not in told and f"Some table of {most.low + 1}" in told


@given(st.integers(1, 6), st.integers(1, 60), st.integers(1, 40), st.integers(2, 300))
def test_the_least_table_that_a1_leaves_out(heads, K, Q, V):
    """By trying all numbers of tokens and relations."""
    wide = LayerConfig(K, Q, V, 10**4, heads, 1, 10**3)
    sizes = ((heads * (k + q), k * q) for k in range(1, K + 1) for q in range(1, Q + 1))
    seen = [most for most, cells in sizes if most < min(cells, V)]
    assert at_most(wide, "exact", 0.9).facts == min([*seen, K * Q])


LAYERS = st.builds(
    LayerConfig,
    *[st.integers(1, 12)] * 3,
    d_model=st.integers(1, 24),
    n_heads=st.integers(1, 8),
    d_head_qk=st.integers(1, 6),
    d_head_vo=st.integers(1, 6),
    trainable_embeddings=st.booleans(),
)


@given(LAYERS, st.sampled_from([0.1, 0.4, 0.5, 0.6, 0.9]))
def test_what_is_built_is_never_more_than_what_is_possible(config, tau):
    found = capacity(config, tau=tau)
    for reading in guarantees.READINGS:
        least = found.cell(reading, "at least").low
        for bound in ("at most", "at most in 32 bits"):
            assert 0 <= least <= found.cell(reading, bound).high <= found.questions
        expected = found.cell(reading, "expected")
        assert (expected is None) == (reading == "exact")
        assert expected is None or 0 <= expected.low <= expected.high <= found.questions
    low, high = (found.cell(reading, "at least").low for reading in ("exact", "top"))
    assert low <= high == found.cell("held", "at least").low
    for reading in guarantees.READINGS:  # as many facts about more tokens are another matter
        few = found.cell(reading, "about few tokens")
        assert few.low == few.tokens * config.queries <= found.questions
        assert few.tokens <= found.cell(reading, "at least").low


@given(LAYERS, st.sampled_from(["d_model", "n_heads", "d_head_qk", "d_head_vo"]))
def test_a_larger_layer_never_holds_fewer(config, name):
    small = capacity(config)
    large = capacity(replace(config, **{name: getattr(config, name) + 1}))
    for one, two in zip(small.cells, large.cells, strict=True):
        assert (one.low, one.high) <= (two.low, two.high) and one.high <= two.high, one.bound


@given(LAYERS, st.integers(0, 99))
def test_no_layer_writes_more_answers_than_its_rank(config, seed):
    L = AttentionLayer.random(config, seed=seed).layer_tensor()[0].numpy()
    most = at_most(config, "exact", 0.9).facts
    rank = np.linalg.matrix_rank(L.reshape(-1, config.values), tol=1e-8 * max(1, np.abs(L).max()))
    if most < config.keys * config.queries:  # a table of one fact more, no value twice
        assert most <= value_rank_bound(config) and most < config.values
        if most == value_rank_bound(config):
            assert rank <= most
    if at_most(config, "top", 0.9).facts == 2:
        assert len(set(L.argmax(-1).ravel())) <= 2
        P = np.exp(50 * L - (50 * L).max(-1, keepdims=True))
        assert len(set(np.argwhere(P / P.sum(-1, keepdims=True) > 0.5)[:, 2])) <= 2


def test_rank_one_holds_more_answers_than_two_where_tau_allows():
    """One logit for three equal answers: each has 1/3, so no limit of two at tau 0.3."""
    narrow = LayerConfig(3, 1, 3, d_model=1, n_heads=1, d_head_qk=1, d_head_vo=1)
    assert [at_most(narrow, "held", tau).facts for tau in (0.3, 0.5, 0.51)] == [3, 3, 2]


def onto(n: int, m: int) -> int:
    """Tables on n questions in which m answers all occur."""
    return sum((-1) ** j * comb(m, j) * (m - j) ** n for j in range(m + 1))


@given(LAYERS, st.sampled_from([0.15, 0.3, 0.5, 0.7]))
def test_bits_are_counted_in_whole_numbers(config, tau):
    """More tables with the same answers than layers, by one fact; with all answers that there are
    no sooner than that. A long key axis to get there."""
    config = replace(config, keys=10**7, trainable_embeddings=False)
    kept, V = 32 * config.parameters()["attention"], config.values
    for reading, apiece in (("top", 1), ("exact", 1), ("held", min(V, int(1 / tau)))):
        n = stored(config, reading, tau).facts
        if V == apiece:
            assert n == config.keys * config.queries
        else:
            most = max(onto(n + 1, m) for m in range(1, V + 1))
            assert most > apiece ** (n + 1) * 2**kept
            assert V ** (n - 2) <= apiece ** (n - 2) * 2**kept


@given(st.integers(1, 60), st.integers(1, 60))
def test_tables_with_the_same_answers_are_never_counted_too_many(n, V):
    most = max(onto(n, m) for m in range(1, V + 1))
    said = guarantees._tables(n, V, 1)
    assert said <= log2(most) + 1e-9 and said >= 0.7 * log2(most) - 1e-9


def test_of_tables_with_different_answers_one_layer_may_hold_many():
    """Why they are not counted together: where one answer occurs it is on top without a layer."""
    one = LayerConfig(5, 1, 64, d_model=1, n_heads=1, d_head_qk=1, d_head_vo=1)
    for answer in range(3):
        check(guarantees.tanh_heads, replace(one, d_model=6), np.full((5, 1), answer),
              Most(5, 5, 1, 1))  # fmt: skip
    assert onto(5, 1) == 1 and onto(5, 5) == 120 and guarantees._tables(5, 64, 1) > log2(119)


@pytest.mark.parametrize("reading", guarantees.READINGS)
def test_frozen_vectors_of_many_answers_need_no_stream_for_those_that_do_not_occur(reading):
    small = LayerConfig(100, 6, 64, d_model=16, n_heads=4, d_head_qk=2, d_head_vo=4)
    found = capacity(small).cell(reading, "at least")
    assert 0 < found.low == capacity(replace(small, values=16)).cell(reading, "at least").low
    assert found.sentence.endswith("Only answers that occur are compared.")
    for same in (replace(small, values=16), replace(small, trainable_embeddings=True)):
        assert "compared" not in capacity(same).cell(reading, "at least").sentence


@given(st.sampled_from([*EXACT, *TOP]), st.integers(1, 60), st.sampled_from([0.2, 0.5, 0.9, 0.999]))
def test_logits_that_far_apart_hold(need, V, tau):
    """The layouts themselves, at the scale told: unit vectors, a circle, gates."""
    if need is guarantees.nearest_gates:
        g = (np.arange(V) + 0.5) / V
        layout = -((g[:, None] - g) ** 2)
        scale = guarantees.apart(need, V, tau)
    elif need is guarantees.circle_heads:
        angle = 2 * np.pi * np.arange(V) / V
        layout = np.cos(angle[:, None] - angle)
        scale = guarantees.apart(need, V, tau) / 2
    else:
        layout, scale = np.eye(V), guarantees.apart(need, V, tau)
    E = np.exp(scale * (layout - np.diag(layout)[:, None]))
    assert (1 / E.sum(1) >= tau - 1e-12).all()
    assert np.ptp(scale * layout, axis=1).max() <= guarantees.apart(need, V, tau) + 1e-9


# ---- plan, and back -------------------------------------------------------------------------

SHAPES = st.tuples(st.integers(11, 128), st.integers(2, 12), st.integers(4, 32))


@settings(max_examples=15, deadline=None)
@given(SHAPES, st.integers(0, 99))
def test_random_tables_are_as_large_as_is_thought(shape, seed):
    """Six of them, in the mean: a small one strays by chance. Where hardly a value comes twice the
    load is next to nothing, and strays most."""
    tables = [total_functions(*shape, n) for n in range(seed, seed + 6)]
    real = [sizes_of(db, rank_interval(db, "quick")) for db in tables]
    for name, thought in typical(*shape).items():
        if name != "load" or shape[0] * shape[1] > 2 * shape[2]:
            assert 0.85 < thought / np.mean([one[name] for one in real]) < 1.2, name


@settings(max_examples=15, deadline=None)
@given(SHAPES, st.integers(0, 99))
def test_the_layer_that_plan_recommends_holds_the_table(shape, seed):
    """Were there room for three times the tokens."""
    db = total_functions(*shape, seed)
    for it in expected_layers(db, rank_interval(db, "quick")):
        cell = capacity(replace(it.config, keys=3 * shape[0])).cell("top", "expected")
        assert cell.low >= 0.9 * len(db) and cell.high >= len(db)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([4, 8, 12, 16, 20, 30]), st.booleans(), SHAPES, st.integers(0, 99))
def test_what_a_layer_is_expected_to_hold_is_planned_no_larger(d_model, trained, shape, seed):
    _, Q, V = shape
    config = LayerConfig(400, Q, V, 1, 1, 1, 1, trainable_embeddings=trained)
    config = member(config, d_model)
    cell = capacity(config).cell("top", "expected")
    most = cell.low // Q
    if most in (0, 400):
        return
    for keys, is_more in ((most, False), (most + most // 3 + 2, True)):
        db = total_functions(keys, Q, V, seed)
        planned = expected_layers(db, rank_interval(db, "quick"))[0 if trained else 1]
        if is_more:
            assert planned.d_models[1] >= d_model
        else:
            assert planned.d_models[1] <= d_model + 1 and planned.config.d_head_qk == 2


@settings(max_examples=15, deadline=None)
@given(databases(size=3), st.sampled_from([0.6, 0.9]))
def test_what_plan_is_certain_of_is_possible(database, tau):
    if not database.facts or not database.functional:
        return
    for it in plan(database, tau=tau, interval=lambda db: rank_interval(db, "quick")).choices:
        if it.certain and it.recalled == it.held == 1:
            config = replace(it.config, values=len(database.used("V")), trainable_embeddings=True)
            found = capacity(config, tau=tau)
            for reading in ("held", "top", *["exact"] * (it.how not in ("gates", "circle"))):
                for bound in ("at most", "at most in 32 bits"):
                    assert found.cell(reading, bound).low >= len(database)


@pytest.mark.parametrize(
    ("method", "reading"), [("values", "exact"), ("circle", "top"), ("gates", "held")]
)
@pytest.mark.parametrize("shape", [(9, 3, 4), (4, 7, 3), (6, 6, 2)])
def test_what_is_compiled_for_the_worst_table_holds_every_one(method, reading, shape):
    db = total_functions(*shape, seed=1)
    config = compile_database(db, method, tau=0.9, embeddings="one-hot").layer.config
    if config.d_head_qk < min(shape[:2]):
        config = replace(config, d_head_qk=min(shape[:2]))
    found = capacity(replace(config, trainable_embeddings=True)).cell(reading, "at least")
    assert found.low == len(db)


@pytest.mark.parametrize("method", ["values", "relations", "circle", "gates"])
@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 1, 3), (1, 2, 3)])
def test_where_every_small_table_compiles_there_is_no_limit_below(method, shape):
    """All tables, by the package's own constructions: what they need together rules nothing out."""
    K, Q, V = shape
    labels = [
        tuple(f"{mode}{n}" for n in range(size)) for mode, size in zip("kqv", shape, strict=True)
    ]
    need = {"d_model": 1, "n_heads": 1, "d_head_qk": 1, "d_head_vo": 1}
    every = sorted(product(range(-1, V), repeat=K * Q), key=lambda it: sum(v >= 0 for v in it))
    for n, tables in groupby(every, key=lambda it: sum(v >= 0 for v in it)):
        for table in tables if n else ():
            facts = tuple((j // Q, j % Q, v) for j, v in enumerate(table) if v >= 0)
            named = compile_database(Database(*labels, facts), method, tau=0.9)
            need = {
                name: max(size, getattr(named.layer.config, name)) for name, size in need.items()
            }
        found = capacity(LayerConfig(K, Q, V, **need, trainable_embeddings=True))
        for reading in ("held", "top", *["exact"] * (method in ("values", "relations"))):
            assert found.cell(reading, "at most").low >= n
            assert found.cell(reading, "at most in 32 bits").low >= n


# ---- measured, extrapolated -----------------------------------------------------------------


def test_measured_inside_the_record_only():
    inside = like("toy-16").config()
    cell = capacity(inside).cell("top", "expected")
    assert (cell.kind, cell.beyond, cell.source) == ("measured", (), "layer-size")
    assert 0 < cell.low < cell.high < 128 * 6
    for other, why in [
        (replace(inside, n_heads=5), "n_heads 5, widths 2 and 4"),
        (replace(inside, d_head_qk=3), "n_heads 4, widths 3 and 4"),
        (like("toy-4").config(), "d_model 4, recorded 8 to 48"),
        (replace(inside, queries=30), "queries 30, recorded 2 to 17"),
        (like("toy-40").config(), "keys 161 to 316, recorded 11 to 128"),
    ]:
        cell = capacity(other).cell("top", "expected")
        assert cell.kind == "extrapolated"
        assert any(told.startswith(why) for told in cell.beyond), cell.beyond
    loud = capacity(inside, tau=0.95)
    assert loud.cell("top", "expected").kind == "measured"
    assert loud.cell("held", "expected").beyond == ("tau 0.95, recorded up to 0.9",)


def test_recorded_layers_that_recall_hold_at_the_tau_they_were_trained_to():
    """Why the record of recall also speaks for what is held."""
    frame = pytest.importorskip("pandas").read_csv(NOTEBOOKS / "results" / "layer-size.csv")
    assert set(frame["stop"]) == {TRAINED_TO}
    done = frame.assign(all=frame["recalled"] == 1, loud=frame["held_90"] == 1)
    cells = done.groupby(["family", "keys", "queries", "range_size", "regime", "d_model"])
    shares = cells[["all", "loud"]].mean()
    recalled = shares[shares["all"] > 0.5]
    assert (recalled["loud"] > 0.5).mean() > 0.98 and len(recalled) > 200


@given(LAYERS)
def test_the_layer_inside_is_inside_and_the_largest(config):
    d_model = within(config)
    for d in range(2, 40):
        it = member(config, d)
        fits = (
            it.d_model <= config.d_model and it.n_heads <= config.n_heads
            and it.d_head_qk <= config.d_head_qk and it.d_head_vo <= config.d_head_vo
        )  # fmt: skip
        assert not fits or d <= d_model
        assert fits or d != d_model


# ---- names, errors, the command -------------------------------------------------------------


def test_names_grow_and_are_told():
    sizes = [it.config().parameters()["attention"] for it in NAMED]
    assert sizes == sorted(sizes) and len({it.name for it in NAMED}) == len(sizes)
    assert all(it.what and it.source for it in NAMED)
    big = like("gpt2-small")
    assert big[1:5] == (12, 64, 64, 768) and big.n_heads * big.d_head_vo == big.d_model


@pytest.mark.parametrize(
    ("config", "tau", "says"),
    [
        (LayerConfig(10**9 + 1, 1, 1, 1, 1, 1, 1), 0.9, "capacity: expected keys of at most 1,000"),
        (LayerConfig(1, 1, 1, 1, 1, 1, 1, residual=True), 0.9, "found a residual path"),
        (LayerConfig(1, 1, 1, 1, 1, 1, 1, tied=((0, 0),)), 0.9, "found tied embeddings"),
        (LayerConfig(1, 1, 1, 1, 1, 1, 1), 1.0, "tau: expected a probability between 0 and 1"),
        (LayerConfig(1, 1, 1, 1, 1, 1, 1), float("nan"), "tau: expected"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(config, tau, says):
    with pytest.raises(FactrankError, match=says):
        capacity(config, tau=tau)


def test_the_largest_sizes_are_answered():
    found = capacity(LayerConfig(*[10**9] * 7), tau=0.999999)
    assert found.questions == 10**18 and len(found.cells) == 14
    capacity(LayerConfig(1, 10**9, 10**9, 3, 2, 2, 2), tau=5e-324)


def test_the_command(run):
    status, out, err = run("capacity", "--like", "gpt2-small", "--tokens", 500)
    assert (status, err) == (0, "")
    assert out.startswith("gpt2-small: one layer of GPT-2 small (Radford and others, 2019)\n")
    assert re.search(r"exact logits +3,000 +3,000 about 500 +3,000 +3,000 +-\n", out)
    assert "  exact logits, right answer on top, proved (A4b):\n    Every table fits, 3,000" in out
    assert "outside the record: n_heads 12" in out


def test_the_command_as_json(run):
    status, out, _ = run("capacity", "--heads", 4, "--d-model", 16, "--d-qk", 2, "--json")
    assert run("capacity", "--heads", 4, "--d-model", 16, "--d-head-qk", 2, "--json")[1] == out
    found = json.loads(out)
    same = capacity(LayerConfig(10_000, 6, 8, 16, 4, 2, 4))
    assert status == 0 and found == {"like": None} | json.loads(json.dumps(record(same)))
    assert all(set(it) >= {"low", "high", "kind", "source", "sentence"} for it in found["cells"])


def test_given_sizes_go_before_named_ones(run):
    _, out, _ = run("capacity", "--like", "toy-16", "--heads", 3, "--trained", "--json")
    found = json.loads(out)
    assert (found["n_heads"], found["d_head_vo"], found["embeddings"]) == (3, 4, "trained")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "capacity: expected --like NAME, or --heads and --d-model, found neither"),
        (["--heads", 4], "capacity: expected --like NAME, or --heads and --d-model, found --heads"),
        (["--like", "gpt-9"], "--like: expected one of toy-4, "),
        (["--heads", 0, "--d-model", 8], "layer: expected n_heads of at least 1, found 0"),
        (["--like", "toy-8", "--tokens", 0], "layer: expected keys of at least 1, found 0"),
        (["--like", "toy-8", "--tau", 0], "tau: expected a probability between 0 and 1, found 0"),
        (["--like", "toy-8", "--answers", "many"], "factrank: invalid value for '--answers'"),
    ],
)
def test_the_command_refuses_in_one_sentence(run, words, says):
    status, out, err = run("capacity", *words)
    assert (status, out) == (2, "") and err.startswith(says) and err.count("\n") == 1


def test_one_is_no_plural():
    told = capacity(LayerConfig(1, 1, 3, d_model=8, n_heads=4, d_head_qk=2, d_head_vo=2))
    said = "\n".join(it.sentence for it in told.cells)
    assert "about one token fits, 1 fact at most" in said or "fits, 1 fact at most" in said
    assert "its 1 question." in said and not re.search(r"\b1 (facts|questions)", said)
