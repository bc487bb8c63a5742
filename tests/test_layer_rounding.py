"""What is exact in a construction stays exact to rounding: gates, edits, silence."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from factrank.facts.database import Database  # noqa: E402
from factrank.layer.compile import compile_key_independent, compile_values  # noqa: E402
from factrank.layer.edit import answer_of, delete_fact, set_fact  # noqa: E402
from factrank.layer.named import NamedLayer, recall  # noqa: E402
from factrank.rank.terms import Term  # noqa: E402

FACTS = [("a", "r", "x"), ("b", "r", "y"), ("b", "s", "x"), ("c", "s", "y"), ("d", "t", "z")]


@pytest.fixture
def named() -> NamedLayer:
    db = Database.from_triples(FACTS)
    return NamedLayer.of(db, compile_values(db, scale=7.0), scale=7.0)


def test_a_gate_keeps_a_query_vector_of_no_round_numbers():
    terms = [Term({0: 3000.0}, {0: 1 / 3, 1: 1.0, 2: -1 / 7}, {0: 1})]
    L = compile_key_independent((1, 3, 1), terms).layer_tensor()[0, 0, :, 0]
    wanted = torch.tensor([1000.0, 3000.0, -3000.0 / 7], dtype=torch.float64)
    assert (L - wanted).abs().max() < 3e-11


def test_an_edit_hits_its_cell_to_rounding(named):
    edited = set_fact(named, "a", "r", "z")
    row = torch.zeros(3, dtype=torch.float64)
    row[named.index("V", "z")] = 7
    assert (edited.logits("a", "r") - row).abs().max() < 1e-12


def test_a_deleted_fact_has_no_answer(named):
    gone = delete_fact(named, "b", "s")
    assert answer_of(gone, "b", "s") is None
    assert gone.logits("b", "s").abs().max() < 1e-12


def test_rounding_off_the_database_is_no_answer(named):
    db = Database.from_triples(FACTS)
    assert recall(named, db).answers_off == 0
    loud = set_fact(named, "a", "t", "z")
    assert recall(loud, db).answers_off == 1
