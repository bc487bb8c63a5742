"""What is of the wrong type is refused in one sentence, by every function of the face."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pandas as pd
import pytest

import factrank as fr

DB = fr.read("library:example")
INTERVAL, LAYER = fr.rank_interval(DB), fr.compile_facts(DB)
CONFIG = fr.LayerConfig(2, 2, 2, d_model=4, n_heads=1, d_head_qk=1, d_head_vo=1)
FRAME = pd.DataFrame({"a": ["x"]})
WRONG = (3, 2.5, True, None, "nowhere", [("a", "r", "x")], {"a": 1}, FRAME, object(), DB, LAYER)
FACT = {"key": "Astrid", "query": "born_in", "value": "Oslo"}
# function -> arguments it takes, and which of the wrong ones each takes after all
CALLS = {
    "audit": {"rows": fr.read_rows("library:example")},
    "capacity": {"config": CONFIG, "tau": 0.9},
    "certificate": {"database": DB, "interval": INTERVAL},
    "compile_facts": {"database": DB},
    "delete_fact": {"named": LAYER, "key": "Astrid", "query": "born_in"},
    "explain": {"database": DB, "interval": INTERVAL},
    "from_frame": {"frame": FRAME},
    "from_graph": {"graph": None},
    "from_tensor": {"tensor": [[[1]]]},
    "insert_fact": {"named": LAYER, **FACT},
    "load": {"path": "nowhere"},
    "plan": {"database": DB, "budget": 5, "tau": 0.9},
    "rank_interval": {"database": DB, "effort": "quick", "seconds": 9, "seed": 0},
    "read": {"source": "library:example"},
    "read_rows": {"source": "library:example"},
    "recall": {"named": LAYER, "database": DB, "tau": 0.9},
    "save": {"path": "nowhere/at/all", "named": LAYER},
    "set_fact": {"named": LAYER, **FACT},
    "train": {"database": DB, "seeds": 1, "steps": 2, "tau": 0.9, "seconds": 9, "n_heads": 1},
}
NUMBERS = {"budget", "seconds", "seed", "seeds", "steps", "n_heads"}  # 3 is one
OPEN = {"budget", "seconds"}  # and None says: no limit
SENTENCE = re.compile(r"\S.*: (expected|found) .*, (expected|found) .*", re.DOTALL)
CASES = [(name, it, n) for name, call in CALLS.items() for it in call for n in range(len(WRONG))]


def fits(name, given, wrong):
    """What is no wrong type there: it is taken, or refused for what it says."""
    number = type(wrong) in (int, float) and given in NUMBERS
    return number or (given in OPEN and wrong is None) or (given == "frame" and wrong is FRAME)


def test_every_function_of_the_face_is_asked():
    functions = {name for name in fr.__all__ if inspect.isfunction(getattr(fr, name))}
    assert functions == {*CALLS, "verify"}


@pytest.mark.parametrize(("name", "given", "n"), CASES)
def test_a_wrong_type_is_told_in_a_sentence(name, given, n, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wrong, right = WRONG[n], CALLS[name][given]
    if fits(name, given, wrong) or (type(wrong) is type(right) and given not in ("key", "query")):
        return
    with pytest.raises(fr.FactrankError) as said:
        getattr(fr, name)(**(CALLS[name] | {given: wrong}))
    assert SENTENCE.fullmatch(str(said.value)), said.value
    assert len(str(said.value)) < 500
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_checker_says_it_and_raises_nothing(wrong):
    found = fr.verify(DB, wrong)
    assert not found and SENTENCE.fullmatch(found.message)
    if wrong is not DB:
        assert SENTENCE.fullmatch(fr.verify(wrong, {}).message)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fr.rank_interval([("a", "r", "x")]),
         "database: expected a Database, found a list"),
        (lambda: fr.read(FRAME),
         "source: expected a path or a list of paths, found a DataFrame"),
        (lambda: fr.read([("a", "r", "x")]), "source: expected a path, found a tuple"),
        (lambda: fr.train(DB, seeds="x"), "seeds: expected a whole number, found 'x'"),
        (lambda: fr.Database.from_triples([(1, "r", "x")]),
         "fact 1 (1, 'r', 'x'): expected a non-empty key, found 1"),
        (lambda: fr.Database.from_triples([3]), "fact 1: expected (key, query, value), found 3"),
        (lambda: fr.Database.from_triples(3),
         "triples: expected (key, query, value) triples, found 3"),
        (lambda: LAYER.answer(3, "born_in"), "key: expected a text label, found 3"),
        (lambda: "Astrid" in DB, "fact 1: expected (key, query, value), found 'Astrid'"),
    ],
)  # fmt: skip
def test_the_sentence_of_some(call, sentence):
    with pytest.raises(fr.FactrankError) as said:
        call()
    assert str(said.value) == sentence


def test_numbers_of_numpy_are_numbers():
    assert fr.train(DB, seeds=np.int64(1), steps=np.int32(3), tau=np.float64(0.9)).answers
    assert fr.rank_interval(DB, "quick", seconds=np.float32(9)).lower == 5
