"""The explorer's Python, run here: its arithmetic, its sentences, what the page is given."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from fractions import Fraction
from math import log, tanh
from pathlib import Path
from types import ModuleType

import pytest

from factrank.facts import library
from factrank.rank.interval import rank_interval
from tools import pyodide
from tools.house import ROOT

STATIC = ROOT / "book" / "_static" / "explorer"


def load(path: Path) -> ModuleType:
    """Import one file by its path."""
    spec = importlib.util.spec_from_file_location(f"page_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


explore, head = load(STATIC / "explore.py"), load(STATIC / "head.py")


def asked(**request: object) -> dict:
    """Ask as the page does."""
    return json.loads(explore.answer(json.dumps(request)))


def as_csv(name: str) -> str:
    """Return a preset as the page's table writes it."""
    rows = asked(preset=name)["rows"]
    return "\n".join(["key,query,value", *map(",".join, rows)])


@pytest.mark.parametrize("name", ["example", "modular-addition-3", "family-trees"])
def test_the_page_shows_the_interval_and_terms_of_the_rooms(name: str):
    shown, interval = asked(text=as_csv(name)), rank_interval(library.load(name), "quick")
    assert (shown["lower"], shown["upper"]) == (interval.lower, interval.upper)
    total: dict[tuple[int, ...], Fraction] = {}
    for term in shown["terms"]:
        for *cell, number in term["at"]:
            total[*cell] = total.get((*cell,), 0) + Fraction(number, term["over"])
    assert {cell for cell, number in total.items() if number} == {*map(tuple, shown["facts"])}
    assert {number for number in total.values() if number} == {1}


def test_slips_come_back_as_the_packages_own_sentences():
    assert asked(text="key,query,value\na,b,\n")["error"].startswith("table:2: found")
    assert "found no database 'nothing'" in asked(preset="nothing")["error"]
    many = "\n".join(["key,query,value", *(f"k{n},q,v" for n in range(301))])
    for request in ({"text": many}, {"text": many, "seen": True}):
        assert "found 301 facts, expected at most 300" in asked(**request)["error"]


def test_a_pasted_table_says_how_it_was_read():
    facts = [["Paris", "in", "France"], ["Rome", "in", "Italy"]]
    pasted = "\n".join("\t".join(fact) for fact in facts)
    shown = asked(text=pasted, seen=True)
    assert shown["rows"] == facts
    assert shown["told"].startswith("table: read as triples without a header, as 'in' stands in")
    spo = "subject,predicate,object\n" + pasted.replace("\t", ",")
    assert asked(text=spo, seen=True) == {"rows": facts, "told": ""}


def tanh_head(term, shape: tuple[int, int, int], delta: float = 0.5) -> list[list[list[float]]]:
    """Return one head of width 1 that writes a term whose keys or queries are ternary (A4b).

    Attention (1 + delta a_k b_q)/2 on the key, votes o on every key and -o on every query.
    """
    K, Q, V = shape
    most = max(abs(x * y) for x in term.a.values() for y in term.b.values())
    size = delta / most
    A = [[(1 + size * term.a.get(k, 0) * term.b.get(q, 0)) / 2 for q in range(Q)] for k in range(K)]
    votes = [term.c.get(v, 0) / size for v in range(V)]
    for row in A:  # the attention is a sigmoid of finite scores
        assert all(tanh(log(a / (1 - a)) / 2) == pytest.approx(2 * a - 1) for a in row)
    return head.layer_tensor(A, [votes] * K, [[-o for o in votes]] * Q)


@pytest.mark.parametrize("name", ["example", "family-trees", "modular-addition-3"])
def test_the_width_told_is_enough_for_the_layer_room(name: str):
    pytest.importorskip("torch")
    from factrank.layer.building.compile import compile_terms

    database = library.load(name)
    terms = rank_interval(database, "quick").terms
    layer = compile_terms(database.shape, terms)
    assert len(terms) <= layer.config.width <= explore.compiled_width(database.shape, terms)
    D = database.tensor()
    assert abs(layer.layer_tensor()[0].numpy() - D).max() < 1e-12


@pytest.mark.parametrize("name", ["example"])
def test_heads_of_the_width_told_store_the_facts(name: str):
    database = library.load(name)
    terms = rank_interval(database, "quick").terms
    assert explore.compiled_width(database.shape, terms) == len(terms)
    K, Q, V = database.shape
    heads = [tanh_head(term, database.shape) for term in terms]
    for k in range(K):
        for q in range(Q):
            for v in range(V):
                asked_for = float((k, q, v) in database.facts)
                assert sum(L[k][q][v] for L in heads) == pytest.approx(asked_for, abs=1e-12)


@pytest.mark.parametrize("n", range(1, 12))
def test_gates_let_attention_alone_select_every_value(n: int):
    g, x, y = head.gates(n)
    for wanted, gate in enumerate(g):
        scores = head.layer_tensor([[gate]], [x], [y])[0][0]
        assert scores == pytest.approx([gate**2 - (gate - other) ** 2 for other in g])
        assert head.argmax(scores) == wanted


def test_the_head_by_hand_is_the_head_of_a_layer():
    """The page's arithmetic in plain Python against the layer room's, on random layers."""
    torch = pytest.importorskip("torch")
    from factrank.layer import readout
    from factrank.layer.attention import AttentionLayer
    from factrank.layer.config import LayerConfig

    for seed in range(20):
        layer = AttentionLayer.random(LayerConfig(3, 2, 4, 5, 1, 2, 2), seed=seed)
        L = layer.layer_tensor()[0]
        A, (X, Y) = layer.attention()[0, 0], layer.value_paths()
        by_hand = head.layer_tensor(A.tolist(), X[0, 0].tolist(), Y[0, 0].tolist())
        assert torch.allclose(torch.tensor(by_hand, dtype=L.dtype), L, atol=1e-12)
        for t in (0.5, 2.0):
            P = [[head.softmax(scores, t) for scores in row] for row in by_hand]
            wanted = readout.softmax(L / t)
            assert torch.allclose(torch.tensor(P, dtype=L.dtype), wanted, atol=1e-12)
        best = [[head.argmax(scores) for scores in row] for row in by_hand]
        assert best == readout.argmax(L).argmax(-1).tolist()
    tie = torch.tensor([[[1.0, 1.0, 0.0]]])
    assert readout.argmax(tie).sum() == 0 and head.argmax([1.0, 1.0, 0.0]) is None


def test_softmax_sums_to_one_and_a_tie_recalls_nothing():
    assert sum(head.softmax([3.0, -2.0, 0.5], 0.05)) == pytest.approx(1)
    assert head.argmax([1.0, 1.0, 0.0]) is None


pack = load(ROOT / "book" / "_ext" / "explorer.py").pack


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the rooms, as the page gets it."""
    path = tmp_path_factory.mktemp("archive") / "factrank.zip"
    pack(ROOT / "src" / "factrank", path)
    return path


def test_the_archive_holds_the_two_rooms_and_nothing_else(archive: Path, tmp_path: Path):
    pack(ROOT / "src" / "factrank", tmp_path / "again.zip")
    assert archive.read_bytes() == (tmp_path / "again.zip").read_bytes()
    names = zipfile.ZipFile(archive).namelist()
    assert "factrank/rank/interval.py" in names
    assert "factrank/facts/library/example.csv" in names
    rest = {name.split("/")[1] for name in names} - {"facts", "rank"}
    assert rest == {"__init__.py", "errors.py", "files.py", "packages.py"}


ALONE = """
import json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in sys.stdlib_module_names | {"flint", "factrank", "explore"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
sys.path[:0] = sys.argv[1:]
import explore, factrank

ask = lambda **asked: json.loads(explore.answer(json.dumps(asked)))
found = {"factrank": factrank.__file__}
for name in ("example", "modular-addition-3", "modular-addition-7", "family-trees"):
    rows = ask(preset=name)["rows"]
    text = "\\n".join(["key,query,value", *map(",".join, rows)])
    found[name] = [ask(text=text)] + [ask(text=text, effort="normal", seconds=2)]
print(json.dumps(found))
"""


def test_the_archive_answers_with_the_standard_library_and_flint_alone(
    archive: Path, tmp_path: Path
):
    with zipfile.ZipFile(archive) as pile:
        pile.extractall(tmp_path)
    command = [sys.executable, "-c", ALONE, str(tmp_path), str(STATIC)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert Path(found.pop("factrank")).is_relative_to(tmp_path)
    for name, (quick, normal) in found.items():
        assert quick["lower"] <= normal["lower"] <= normal["upper"] <= quick["upper"], name


def test_what_is_fetched_is_locked_and_names_no_host():
    lock = json.loads((pyodide.LOCKS / "package-lock.json").read_text(encoding="utf-8"))
    fetched = {name: entry for name, entry in lock["packages"].items() if name}
    assert all(entry["integrity"].startswith("sha512-") for entry in fetched.values())
    assert not any("resolved" in entry for entry in fetched.values())
    assert "--hash=sha256:" in (pyodide.LOCKS / "requirements.txt").read_text(encoding="utf-8")


def test_a_tool_that_fails_is_quoted_in_one_line(tmp_path: Path):
    words = "ERROR: no such wheel\\nmore"
    command = [sys.executable, "-c", f"import sys; sys.exit('{words}')", "pip"]
    with pytest.raises(OSError, match=r"^pip: no such wheel$"):
        pyodide.run(command, tmp_path)


def test_a_failed_fetch_is_a_reason_and_leaves_nothing(tmp_path: Path, monkeypatch):
    def fail(into: Path) -> None:
        into.mkdir()
        raise OSError("no network")

    monkeypatch.setattr(pyodide, "fetch", fail)
    monkeypatch.setattr(pyodide, "BUILD", tmp_path)
    monkeypatch.setattr(pyodide, "KEPT", tmp_path / "explorer")
    assert pyodide.ensure() == "no network"
    assert [*tmp_path.iterdir()] == []
