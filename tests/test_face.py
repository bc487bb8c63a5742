"""The face of the library: what `import factrank` offers, and what it loads for it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import factrank as fr


def test_completion_shows_the_face_and_every_name_of_it_is_there():
    assert dir(fr) == sorted(fr.__all__)
    assert 20 <= len(fr.__all__) <= 26
    for name in fr.__all__:
        assert getattr(fr, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'plots'"):
        fr.plots  # noqa: B018


def test_a_type_checker_sees_the_same_names():
    tree = ast.parse(Path(fr.__file__).read_text())
    block = next(n for n in tree.body if isinstance(n, ast.If))
    seen = {a.asname or a.name: (n.module, a.name) for n in block.body for a in n.names}
    assert seen.keys() == {*fr.__all__} - {"__version__"}
    for name, (module, there) in seen.items():
        assert getattr(fr, name) is getattr(__import__(module, fromlist=[there]), there), name


def test_torch_is_loaded_when_a_layer_is_asked_for():
    code = (
        "import sys, json, factrank as fr\n"
        "db = fr.read('library:example'); proof = fr.certificate(db, fr.rank_interval(db))\n"
        "assert fr.verify(db, proof).valid and fr.explain(db, fr.rank_interval(db))\n"
        "before = 'torch' in sys.modules; fr.Layer\n"
        "print(json.dumps([before, 'torch' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, True]


def test_the_notebook_that_a_researcher_wants():
    frame = pd.DataFrame(
        {"who": ["Ann", "Bob"], "drinks": ["tea", "milk"], "age": [7, None], "size": ["S", "S"]}
    )
    db = fr.from_frame(frame)
    assert [*db.triples()][:3] == [
        ("Ann", "drinks", "tea"),
        ("Ann", "age", "7"),
        ("Ann", "size", "S"),
    ]
    assert len(db) == 5
    found = fr.rank_interval(db)
    assert fr.verify(db, fr.certificate(db, found)).upper == found.upper == 4
    layer = fr.compile_facts(db)
    assert fr.recall(layer, db, 0.9).recalled == 1
    trained = fr.train(db, seeds=2, steps=300)
    assert fr.recall(trained, db, 0.9).recalled == 1
    assert fr.recall(fr.set_fact(layer, "Ann", "drinks", "milk"), db, 0.9).recalled == 0.8


def test_triples_in_a_frame_are_told_by_the_names_of_its_columns():
    frame = pd.DataFrame({"object": ["Oslo"], "subject": ["Norway"], "predicate": ["capital"]})
    assert list(fr.from_frame(frame).triples()) == [("Norway", "capital", "Oslo")]


def test_three_columns_that_could_be_facts_are_told():
    frame = pd.DataFrame({"who": ["Ann", "Bob"], "what": ["likes", "sees"], "whom": ["Cid", "Ann"]})
    with pytest.warns(UserWarning, match=r"^frame: read one row a key.*; format='triples' or"):
        assert fr.from_frame(frame).shape[1] == 2
    assert fr.from_frame(frame, format="triples").shape == (2, 2, 2)


def test_a_tensor_there_and_back():
    db = fr.read("library:example")
    again = fr.from_tensor(db.tensor(), db.keys, db.queries, db.values)
    assert again == db
    assert fr.from_tensor(np.zeros((1, 2, 3))).shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fr.from_frame([("a", "r", "x")]), "frame: expected a data frame of pandas or pol"),
        (lambda: fr.from_tensor([[1]]), "tensor: expected three modes, found shape (1, 1)"),
        (lambda: fr.from_tensor([[[0.5]]]), "tensor: expected entries 0 and 1, found 0.5"),
        (lambda: fr.from_tensor([[[1]]], keys=[]), "tensor: expected 1 labels of mode K, found 0"),
    ],
)
def test_what_is_not_meant_is_one_sentence(call, said):
    with pytest.raises(fr.FactrankError) as told:
        call()
    assert str(told.value).startswith(said)


def test_the_page_of_the_interface_runs_and_names_the_whole_face():
    text = (Path(__file__).parents[1] / "book" / "api.md").read_text(encoding="utf-8")
    exec(text.split("```python\n")[1].split("```")[0], {})
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    named = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert named == {*fr.__all__} - {"__version__"}
