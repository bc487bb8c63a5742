"""The face of the library: what `import factrank` offers, and what it loads for it."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest

import factrank as fr

ROOMS = ("factrank.rank", "factrank.layer", "factrank.practice", "companion.studies", "companion")
CHAPTERS = Path(__file__).resolve().parents[1] / "notebooks"
FRAME = pd.DataFrame({"a": ["x"], "b": ["y"]})


def test_completion_shows_the_face_and_every_name_of_it_is_there():
    assert dir(fr) == sorted(fr.__all__)
    assert 20 <= len(fr.__all__) <= 27
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


@pytest.mark.parametrize("room", ROOMS)
def test_a_name_of_a_room_is_found_there_and_in_a_chapter(room: str):
    package = import_module(room)
    beside = {it.name for it in iter_modules(package.__path__)}
    text = "".join(path.read_text("utf-8") for path in CHAPTERS.glob("[0-9]*.md"))
    for name in package._HOME:
        assert getattr(package, name) is not None
        assert name not in beside, f"{room}.{name} would hide a module"
        assert re.search(rf"\b{name}\b", text), f"no chapter uses {room}.{name}"
    with pytest.raises(AttributeError, match=rf"^module '{room}' has no attribute 'plots'"):
        package.plots  # noqa: B018


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
    assert found.certificate() == fr.certificate(db, found)
    assert found.explain() == fr.explain(db, found)
    layer = fr.compile_facts(db)
    assert layer.recall(db, 0.5) == fr.recall(layer, db, 0.5)
    assert layer.recall(db, everywhere=False).artifacts is None
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


@pytest.mark.parametrize(
    ("columns", "facts"),
    [
        ({"a; b": ["x; 1"], "c; d; e": ["y; 2"]}, [("x; 1", "c; d; e", "y; 2")]),
        ({"a\tb": ["x\ty"], "r": ['"q",\n']}, [("x\ty", "r", '"q",\n')]),
        (
            {"k": ["a", "b"], "whole": [1.0, None], "half": [1.0, 2.5], "on": [True, False]},
            [("a", "whole", "1"), ("a", "half", "1"), ("a", "on", "True"),
             ("b", "half", "2.5"), ("b", "on", "False")],
        ),
        (
            {"k": ["a", "b"], "day": pd.to_datetime(["2024-05-31 00:00", "2024-05-31 03:04"])},
            [("a", "day", "2024-05-31"), ("b", "day", "2024-05-31T03:04:00")],
        ),
        (
            {"k": ["a", "b"], "f": pd.array([1e-45, 65504.5], "float32"),
             "n": pd.array([0.1, None], "Float32")},
            [("a", "f", "1e-45"), ("a", "n", "0.1"), ("b", "f", "65504.5")],
        ),
        ({0: ["a"], 1: ["x"]}, [("a", "1", "x")]),
    ],
)  # fmt: skip
def test_what_a_cell_is_called(columns, facts):
    assert list(fr.from_frame(pd.DataFrame(columns)).triples()) == facts


def test_columns_are_named_by_text_or_number():
    frame = pd.DataFrame({0: ["a"], 1: ["x"], 2: ["y"]})
    assert list(fr.from_frame(frame, key=1, columns=[0]).triples()) == [("x", "0", "a")]


def test_a_forged_proof_is_false_and_a_true_one_true():
    db, other = fr.read("library:example"), fr.from_tensor([[[1]]])
    proof = json.loads(json.dumps(fr.certificate(db, fr.rank_interval(db))))
    assert fr.verify(db, proof) and not fr.verify(other, proof) and not fr.verify(proof, db)
    assert fr.verify([], proof).message == "database: expected a Database, found a list"


def test_labels_of_numpy_are_text():
    db = fr.from_tensor(np.ones((1, 1, 2)), values=np.array(["a", "b"]))
    assert fr.verify(db, fr.certificate(db, fr.rank_interval(db)))


def test_no_file_of_another_is_written_over(tmp_path):
    layer, notes = fr.compile_facts(fr.read("library:example")), tmp_path / "notes.txt"
    notes.write_text("mine")
    with pytest.raises(fr.FactrankError, match="expected the path of a new file"):
        fr.save(notes, layer)
    assert notes.read_text() == "mine"
    fr.save(notes, layer, force=True)
    assert fr.load(notes).answers("Astrid", "born_in") == layer.answers("Astrid", "born_in")


def test_a_tensor_there_and_back():
    db = fr.read("library:example")
    again = fr.from_tensor(db.tensor(), db.keys, db.queries, db.values)
    assert again == db
    assert fr.from_tensor(np.zeros((1, 2, 3))).shape == (1, 2, 3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: fr.from_frame([("a", "r", "x")]), "frame: expected a data frame of pandas or pol"),
        (lambda: fr.from_frame(FRAME.set_index("a")), "frame: expected a mere numbering as index"),
        (
            lambda: fr.from_frame(FRAME.assign(c=[[1]])),
            "frame: column 'c', row 0: expected text, a",
        ),
        (lambda: fr.from_tensor([[[1], [1, 2]]]), "tensor: expected a dense array of numbers"),
        (lambda: fr.from_tensor(np.ma.array([[[1]]])), "tensor: expected a plain array"),
        (lambda: fr.from_tensor([[[1]]], values=3), "tensor: expected a list of labels of mode V"),
        (lambda: fr.save("x", 3), "save: expected a layer with names, found a int"),
        (lambda: fr.train(fr.read("library:example"), seeds=0), "seeds: expected at least 1"),
        (lambda: fr.train(fr.read("library:example"), seconds=0), "seconds: expected a positive"),
        (lambda: fr.train(fr.read("library:example"), heads=3), "train: expected sizes among"),
        (lambda: fr.from_tensor([[1]]), "tensor: expected three modes, found shape (1, 1)"),
        (lambda: fr.from_tensor([[[0.5]]]), "tensor: expected entries 0 and 1, found 0.5"),
        (lambda: fr.from_tensor([[[1]]], keys=[]), "tensor: expected 1 label of mode K, found 0"),
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


def test_every_name_that_chapters_import_from_companion_is_there():
    import companion

    for name in companion._HOME:
        assert getattr(companion, name) is not None


def test_numbers_of_few_bits_are_those_that_they_are(tmp_path):
    frame = pd.DataFrame(
        {"k": ["a", "b"], "f": pd.Series([67391584, 0.1], dtype="float32"),
         "h": pd.Series([8192, 0.1], dtype="float16"), "i": pd.Series([3, 4], dtype="int8")}
    )  # fmt: skip
    db = fr.from_frame(frame)
    assert [v for k, _, v in db.triples() if k == "a"] == ["67391584", "8192", "3"]
    assert [v for k, _, v in db.triples() if k == "b"] == ["0.1", "0.1", "4"]
    frame.to_parquet(tmp_path / "t.parquet")
    assert fr.read(tmp_path / "t.parquet") == db


def test_scalars_of_numpy_are_cells():
    cells = [
        np.int64(3),
        np.float32(0.1),
        np.bool_(True),
        np.datetime64("2020-01-02"),
        np.float64(2),
    ]
    frame = pd.DataFrame({"k": list("abcde"), "v": pd.Series(cells, dtype=object)})
    told = [v for _, _, v in fr.from_frame(frame, format="wide").triples()]
    assert told == ["3", "0.1", "True", "2020-01-02", "2"]


def test_an_index_that_may_be_keys_is_told():
    frame = pd.DataFrame({"a": ["x", "y"], "b": ["u", "v"]}, index=[1990, 1991])
    with pytest.warns(UserWarning, match="took an index of whole numbers that is no numbering"):
        fr.from_frame(frame)


@pytest.mark.parametrize("told", [{}, {"key": "k"}, {"format": "wide"}])
def test_rows_that_are_one_key_are_told_with_their_row(told):
    frame = pd.DataFrame({"k": ["x", "x", "y"], "a": [1, 2, 3], "b": [4, 5, 6], "c": [7, 8, 9]})
    with pytest.warns(UserWarning, match=r"^frame: read 3 rows as 2 keys: row 1 has the key 'x'"):
        fr.from_frame(frame, **told)


def test_columns_of_a_frame_may_be_told_as_a_frame_has_them():
    frame = pd.DataFrame({"k": ["x"], "a": [1], 2020.0: [2], pd.Timestamp("2022-01-01"): [3]})
    assert fr.from_frame(frame).queries == ("a", "2020", "2022-01-01")
    for columns in (frame.columns[1:2], np.array(["a"]), pd.Series(["a"]), ("a",), ["a"], {"a"}):
        assert fr.from_frame(frame, columns=columns).queries == ("a",)
    with pytest.raises(
        fr.FactrankError, match="format: expected one of triples, wide, found 'json'"
    ):
        fr.from_frame(frame, format="json")


def test_labels_without_an_order_are_refused():
    with pytest.raises(fr.FactrankError, match="expected a list of labels of mode K"):
        fr.from_tensor([[[1, 0]], [[0, 1]]], keys={"zeta", "alpha"})


def test_a_single_input_is_one_too(tmp_path):
    layer, path = fr.compile_facts(fr.read("library:example")), tmp_path / "l.safetensors"
    fr.save(path, layer)
    for inputs in (str(path), path, [path]):
        with pytest.raises(fr.FactrankError, match="no input is written over"):
            fr.save(path, layer, force=True, inputs=inputs)
