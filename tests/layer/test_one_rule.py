"""One rule of rounding: ask, recall, its relations, edit and the checker say the same of a layer.

They are held against logits in balls of 300 bits, and the fewest values that lead all others, found
by trying every set of values.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pytest
import torch
from flint import arb, arb_mat, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.cli.layer_answers import asked_record
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.building.at_size import precision
from factrank.layer.building.recipes import METHODS, TABLES, compile_database
from factrank.layer.config import config_for
from factrank.layer.edit import delete_fact, insert_fact, set_fact
from factrank.layer.exactness import Exactness, exactness
from factrank.layer.file import save
from factrank.layer.model import NamedLayer, recall
from factrank.layer.readout import answers
from factrank.layer.survey import SubLayer, counted, survey
from factrank.layer.verify import verify
from factrank.rank.interval import rank_interval
from tests.strategies import databases

KINDS = torch.float64, torch.float32, torch.float16, torch.bfloat16
WHOLE = torch.float64, torch.float32  # those that can be edited
NEAR = 1e-3  # of the room: so close to it floating point may say otherwise
Pair = tuple[str, str]


def quick(db: Database):
    return rank_interval(db, "quick")


# ---- the oracle ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Says:
    """A pair in exact arithmetic: its logits, the room, whether several values may be told."""

    L: list[arb]
    room: arb
    sets: bool

    def more(self, lead: arb) -> bool:
        return bool(lead > self.room)

    def parts(self, few: set[int]) -> bool:
        rest = [x for v, x in enumerate(self.L) if v not in few]
        if not rest:
            return all(self.more(abs(x)) for x in self.L)
        return all(self.more(self.L[v] - x) for v in few for x in rest)

    def told(self) -> set[int]:
        """The fewest values that lead all others, by trying every set of them."""
        values = range(len(self.L))
        for n in range(1, len(values) + 1):
            for few in combinations(values, n):
                if self.parts(set(few)):
                    return set(few) if n == 1 or self.sets else set()
        return set()

    def recalled(self, v: int, facts: set[int]) -> bool:
        rest = [x for w, x in enumerate(self.L) if w not in facts]
        leads = [self.L[v] - x for x in rest] or [abs(self.L[v])]
        return all(map(self.more, leads))

    def near(self) -> bool:
        """Whether a lead is the room, but for what floating point cannot tell."""
        edge = [abs(x) for x in self.L] + [abs(x - y) for x, y in combinations(self.L, 2)]
        silent = all(bool(x == 0) for x in (*self.L, self.room))
        return not silent and any(not abs(x - self.room) > NEAR * self.room for x in edge)


def exact(named: NamedLayer) -> dict[Pair, Says]:
    """What the weights say to every pair, by the formula, and the rule read off its definition."""
    before, ctx.prec = ctx.prec, 300
    try:
        weights = named.layer.weights._asdict()
        w = {name: weight[0].double().tolist() for name, weight in weights.items()}
        part = max(1e-9, torch.finfo(named.layer.weights.U.dtype).eps)
        bound = named.exact.bound if named.exact else math.inf
        sets = 2 * bound < named.scale
        config, E_K, E_Q, U = named.layer.config, *(arb_mat(w[n]) for n in ("E_K", "E_Q", "U"))
        heads = [[arb_mat(w[n][h]) for n in ("W_Q", "W_K", "W_V", "W_O")] for h in
                 range(config.n_heads)]  # fmt: skip
        heads = [(E_Q * a, E_K * b, E_Q * b, E_K * c, E_Q * c, d * U) for a, b, c, d in heads]
        found = {}
        for k, key in enumerate(named.keys):
            for q, query in enumerate(named.queries):
                L, size = [arb(0)] * config.values, [arb(0)] * config.values
                for ask, see, own, x, y, out in heads:
                    width = range(config.d_head_qk)
                    s = sum((ask[q, i] * (see[k, i] - own[q, i]) for i in width), arb(0))
                    A = 1 / (1 + (-s / arb(config.d_head_qk).sqrt()).exp())
                    for v in range(config.values):
                        for r in range(config.d_head_vo):
                            L[v] += (A * x[k, r] + (1 - A) * y[q, r]) * out[r, v]
                            said = A * abs(x[k, r]) + (1 - A) * abs(y[q, r])
                            size[v] += said * abs(out[r, v])
                room = part * max(size, key=lambda it: it.mid())
                room = arb(2 * bound) if sets and 2 * bound > room else room
                found[key, query] = Says([it.mid() for it in L], room.mid(), sets)
        return found
    finally:
        ctx.prec = before


# ---- layers of every kind ------------------------------------------------------------------------


def rounded(layer: AttentionLayer, bits: int) -> AttentionLayer:
    """The weights rounded by hand to a few bits, in float64 still."""
    parts = (torch.frexp(weight) for weight in layer.weights)
    few = (torch.ldexp((m * 2**bits).round() / 2**bits, e) for m, e in parts)
    return replace(layer, weights=Weights(*few))


def louder(layer: AttentionLayer, factor: float) -> AttentionLayer:
    return replace(layer, weights=layer.weights._replace(W_O=factor * layer.weights.W_O))


@st.composite
def layers(draw: st.DrawFn) -> tuple[Database, NamedLayer]:
    """A layer compiled by any method or drawn at random, kept in any dtype, its weights rounded or
    scaled by hand, edited; ``exact`` is as it was compiled, or anew, or another word, or gone."""
    db = draw(databases(size=4))
    method = draw(st.sampled_from([*METHODS, "random"]))
    if method == "random" or (method in TABLES and not (db.functional and len(db.values) > 1)):
        config = config_for(db, d_model=3, n_heads=2, d_head_qk=1, d_head_vo=1)
        layer = AttentionLayer.random(config, seed=draw(st.integers(0, 999)))
        if draw(st.booleans()):  # small whole numbers: ties
            layer = replace(layer, weights=Weights(*(weight.round() for weight in layer.weights)))
        named = NamedLayer.of(db, layer)
    else:
        tau = draw(st.sampled_from([None, 0.9]))
        named = compile_database(db, method, tau=tau, allow_sets=True, interval=quick)
    layer = draw(
        st.sampled_from([
            named.layer,
            *map(named.layer.to, KINDS),
            *(rounded(named.layer, bits) for bits in (3, 8, 24)),
            *(louder(named.layer, it) for it in (-1.0, 1e-3, 0.4, 0.9, 1 + 1e-6, 1e9)),
        ])
    )  # fmt: skip
    word = draw(st.sampled_from(["kept", "anew", "another", "none"]))
    said = {"kept": named.exact, "none": None}.get(word, exactness(layer, db, named.scale))
    if word == "another":
        part = draw(st.sampled_from([0.0, 0.1, 0.3, 0.49, 0.6]))
        said = Exactness(0.0, part * named.scale, db.digest())
    named = replace(named, layer=layer, exact=said and replace(said, bound=min(said.bound, 1e300)))
    for _ in range(draw(st.integers(0, 2))):
        named = edited(draw, named)
    return db, named


def edited(draw: st.DrawFn, named: NamedLayer) -> NamedLayer:
    """One pair deleted or set, where that is possible."""
    key, query = draw(st.sampled_from(named.keys)), draw(st.sampled_from(named.queries))
    try:
        if draw(st.booleans()):
            return set_fact(named, key, query, draw(st.sampled_from([*named.values, "new"])))
        return delete_fact(named, key, query)
    except FactrankError:
        return named


@st.composite
def asked(draw: st.DrawFn, db: Database, named: NamedLayer) -> Database:
    """Facts to ask for: those of the layer, some left out, some others."""
    left = draw(st.sets(st.sampled_from(sorted(db.triples())), max_size=2))
    labels = (named.keys, named.queries, named.values)
    more = draw(st.sets(st.tuples(*map(st.sampled_from, labels)), max_size=2))
    facts = sorted((set(db.triples()) - left) | more) or list(db.triples())
    return Database.from_triples(facts)


def agree(named: NamedLayer, facts: Database, path: Path) -> Counter[str]:
    """Whoever is asked says what the oracle says; which hard cases were met."""
    says, met = exact(named), Counter()
    index = {value: v for v, value in enumerate(named.values)}
    wanted = {pair: set() for pair in says}
    for key, query, value in facts.triples():
        wanted[key, query].add(index[value])
    if any(it.near() for it in says.values()):
        return Counter(near=1)
    known, off, parts = 0, 0, Counter()
    for (key, query), it in says.items():
        told, D = it.told(), wanted[key, query]
        record = asked_record(named, key, query)
        assert {index[value] for value in named.answers(key, query)} == told
        assert {index[value] for value in record["answers"]} == told
        if len(told) == 1:
            assert {index[record["best"][0]["value"]]} == told and record["probability"] is not None
        right = {v for v in D if it.recalled(v, D)}
        known, off = known + len(right), off + bool(told and not D)
        parts[query] += len(right)
        if len(D) == 1:  # one fact is recalled where it is the answer, and nowhere else
            assert (right == D) == (told == D)
        if told and told <= D < set(index.values()):
            assert told <= right
        if it.sets and D and right == D:
            assert told and told <= D
        met += cases(named, it, told, D, right)
    n, found = len(facts), recall(named, facts)
    assert (round(found.recalled * n), found.answers_off) == (known, off)
    relations = survey(named, facts).relations
    assert {it.query: it.recalled for it in relations if it.recalled} == dict(+parts)
    assert sum(it.answers_off for it in relations) == off
    save(path, named, force=True)
    said = verify(facts, path)  # of a file whose word is false it tells what is recalled, too
    counted = re.search(r"recalls (\d+) of", said.message)
    assert (int(counted[1]) if counted else n) == known
    assert said.valid == (known == n and not said.message.startswith("false: "))
    met["a false word"] += said.message.startswith("false: ")
    met[str(named.layer.weights.U.dtype)] += 1
    return met


def cases(named: NamedLayer, it: Says, told: set[int], D: set[int], right: set[int]) -> Counter:
    """The hard cases that a pair is."""
    high = sorted(it.L, key=float, reverse=True)
    half = {v for v, x in enumerate(it.L) if x > named.scale / 2}
    edits = [record.get("delete", ("", ""))[0] != "" for record in named.edits]
    return Counter({
        "several told": len(told) > 1,
        "all values told": it.sets and len(told) == len(it.L) > 1,
        "an only value": len(it.L) == 1,
        "all values are facts": len(D) == len(it.L) > 1,
        "half of the scale says otherwise": it.sets and half != told,
        "a lead that is rounding": not told and len(high) > 1 and bool(high[0] > high[1]),
        "answered off the facts": bool(told) and not D,
        "several answered off the facts": len(told) > 1 and not D,
        "some of several facts asked": D < told,
        "recalled, and ask can say but one": len(right) > 1 == len(told),
        "below zero": bool(told) and all(x < 0 for x in it.L),
        "off what it says": it.sets and it.room == 2 * named.exact.bound > 0,
        "deleted": any(edits) and not told,
    })  # fmt: skip


HARD = {
    *map(str, KINDS),
    *("several told", "all values told", "an only value", "all values are facts"),
    *("half of the scale says otherwise", "a lead that is rounding", "answered off the facts"),
    *("several answered off the facts", "some of several facts asked", "below zero"),
    *("recalled, and ask can say but one", "off what it says", "deleted", "a false word"),
}


def everyone(folder: Path, examples: int, **how: object) -> Counter[str]:
    """The property on many layers; what was met."""
    met = Counter()

    @settings(deadline=None, max_examples=examples, **how)
    @given(layers(), st.data())
    def look(layer, data):
        db, named = layer
        met.update(agree(named, data.draw(asked(db, named)), folder / "l.safetensors"))

    look()
    return met


def test_whoever_is_asked_says_the_same(tmp_path):
    everyone(tmp_path, 60)


def test_the_generator_reaches_the_hard_cases(tmp_path):
    met = everyone(tmp_path, 150, derandomize=True, database=None)
    assert {name for name in HARD if not met[name]} == set()


# ---- a layer that is what it says ----------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(databases(size=4), st.floats(-0.6, 0.6), st.sampled_from(["terms", "values", "relations"]))
def test_an_exact_layer_tells_the_facts_and_no_others_however_far_it_is_off(db, part, method):
    """Up to a quarter of the scale all facts of a pair; beyond it those or nothing."""
    named = compile_database(db, method, allow_sets=True, interval=quick)
    layer = louder(named.layer, 1 + part)
    named = replace(named, layer=layer, exact=exactness(layer, db, named.scale))
    bound = named.exact.bound / named.scale
    facts = {pair: set() for pair in ((k, q) for k in db.keys for q in db.queries)}
    for key, query, value in db.triples():
        facts[key, query].add(value)
    for (key, query), values in facts.items():
        told = set(named.answers(key, query))
        if bound < 0.25:
            assert told == values
        elif bound < 0.5:
            assert told in (values, set())
    if bound < 0.25:
        assert recall(named, db).recalled == 1 and recall(named, db).answers_off == 0


@settings(deadline=None, max_examples=25)
@given(databases(size=4), st.sampled_from(WHOLE), st.data())
def test_what_is_deleted_is_told_by_nobody_and_may_be_inserted(tmp_path_factory, db, kind, data):
    exact_one = compile_database(db, "values", tau=0.9, allow_sets=True, interval=quick)
    layer = exact_one.layer.to(kind)
    said = data.draw(st.sampled_from([exactness(layer, db, exact_one.scale), None]))
    named = replace(exact_one, layer=layer, exact=said)
    key, query, value = data.draw(st.sampled_from(sorted(db.triples())))
    if not named.answers(key, query):  # several values, and nothing said of them
        with pytest.raises(FactrankError, match="expected a pair with an answer, found none"):
            delete_fact(named, key, query)
        return
    with pytest.raises(FactrankError, match="expected a pair without an answer"):
        insert_fact(named, key, query, value)
    gone = delete_fact(named, key, query)
    agree(gone, db, tmp_path_factory.mktemp("gone") / "l.safetensors")
    assert gone.answers(key, query) == ()
    assert recall(gone, Database.from_triples([(key, query, value)])).recalled == 0
    assert insert_fact(gone, key, query, value).answers(key, query) == (value,)


# ---- by hand -------------------------------------------------------------------------------------

SETS = [("a", "r", "x"), ("a", "r", "y"), ("b", "r", "y"), ("b", "s", "z")]


def test_the_fewest_values_that_lead_all_others():
    rows = {
        (1.0, 1.05, 0.0): {0, 1},
        (1.0, 0.5, 0.0): {0},
        (1.0, 0.95, 0.9): {0, 1, 2},  # none leads by more than the room: all, or none
        (0.05, 0.0, -0.05): set(),
        (-1.0, -1.0, -1.05): {0, 1, 2},
    }
    L = torch.tensor([[*rows]], dtype=torch.float64)
    room = torch.full((1, len(rows)), 0.1, dtype=torch.float64)
    several, one = answers(L, room, sets=True)[0], answers(L, room)[0]
    for n, wanted in enumerate(rows.values()):
        assert set(several[n].nonzero().flatten().tolist()) == wanted
        assert set(one[n].nonzero().flatten().tolist()) == (wanted if len(wanted) == 1 else set())


def test_sets_rounded_by_hand_are_told_as_they_are_recalled():
    """They stand above half of the scale, and one above the other by more than rounding."""
    db = Database.from_triples(SETS)
    named = compile_database(db, "values", allow_sets=True)
    w = named.layer.weights
    U = w.U * torch.tensor([1.0, 0.9, 1.0], dtype=torch.float64)
    uneven = replace(named, layer=replace(named.layer, weights=w._replace(U=U)))
    assert named.answers("a", "r") == ("x", "y")
    one = Database.from_triples([("a", "r", "x")])
    assert uneven.answers("a", "r") == ("x",) and recall(uneven, one).recalled == 1
    assert recall(named, one).recalled == 0


def test_sets_off_the_facts_are_counted():
    db = Database.from_triples(SETS)
    named = compile_database(db, "values", allow_sets=True)
    found = recall(named, Database.from_triples(SETS[2:]), 0.3)
    assert found.answers_off == 1 and found.artifacts == 2
    loose = replace(named, exact=None)  # nothing is said: a tie is no answer
    assert recall(loose, Database.from_triples(SETS[2:])).answers_off == 0


def test_a_fact_infinitely_far_behind_is_not_recalled():
    """-1.7e308 less 1.7e308 is no number of float64: the margin is minus infinity."""
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    L = torch.tensor([[[-1.7e308, 1.7e308]], [[0.0, 1.0]]], dtype=torch.float64)
    layer = AttentionLayer.random(config_for(db, d_model=2, n_heads=1, d_head_qk=1, d_head_vo=1))
    part = SubLayer(layer, range(2), range(1), db.facts)
    found = counted(L, torch.full((2, 1), 1e-9), None, part, 0.9)
    assert found.counts["recalled"].tolist() == [1] and found.margin.tolist() == [-math.inf]


def test_a_precision_whose_sums_overflow_is_one_sentence():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
    named = compile_database(db, "values")
    w = named.layer.weights
    loud = w._replace(W_V=w.W_V * 1e30, W_O=w.W_O * 1e30)
    loud = replace(named, layer=replace(named.layer, weights=loud), exact=None)
    assert recall(loud, db).recalled == 1
    for kind in ("float32", "bfloat16"):
        with pytest.raises(FactrankError) as error:
            precision(loud, db, kind)
        assert str(error.value) == (
            f"layer in {kind}: expected finite logits, found weights whose sums overflow"
        )
    over = w._replace(W_V=w.W_V * 1e160, W_O=w.W_O * 1e160)
    with pytest.raises(FactrankError, match=r"^layer: expected finite logits, found weights whose"):
        recall(replace(named, layer=replace(named.layer, weights=over)), db)


def test_logits_and_votes_of_a_coarse_layer_are_those_that_are_told():
    db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("b", "r", "z")])
    config = config_for(db, d_model=6, n_heads=5, d_head_qk=2, d_head_vo=3)
    named = NamedLayer.of(db, AttentionLayer.random(config, seed=1, dtype=torch.bfloat16))
    L, votes = named.logits("b", "r"), named.votes("b", "r")
    assert L.dtype == votes.dtype == torch.float64
    assert (votes.sum((0, 1)) - L).abs().max() < 1e-14
