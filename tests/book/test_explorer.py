"""The explorer's Python, run here: its arithmetic, its sentences, what the page is given."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from fractions import Fraction
from itertools import product
from math import log, tanh
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.reading.read import parse, parse_rows
from factrank.practice.audit.report import lines, report
from factrank.rank.interval import rank_interval
from factrank.rank.verify.checker import verify
from tests.strategies import databases
from tools import pyodide
from tools.house import ROOT

STATIC = ROOT / "book" / "_static" / "explorer"
FIVE = [
    "Astrid and Bernard, born_in and lives_in: Singapore",
    "Colin, born_in and lives_in: Malaysia",
    "Astrid, lives_in: Malaysia; take back Singapore",
    "Malaysia, currency: Ringgit",
    "Singapore, currency: Dollar",
]


def load(path: Path) -> ModuleType:
    """Import one file by its path."""
    spec = importlib.util.spec_from_file_location(f"page_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


explore, head = load(STATIC / "explore.py"), load(STATIC / "head.py")
page = load(ROOT / "book" / "_ext" / "explorer.py")


def asked(**request: object) -> dict:
    """Ask as the page does."""
    return json.loads(explore.answer(json.dumps(request)))


def as_csv(database: Database) -> str:
    """Return facts as the page's table writes them."""
    return "\n".join(["key,query,value", *map(",".join, database.triples())])


def sum_of(terms: list[dict]) -> dict[tuple[int, ...], Fraction]:
    """Add terms up, as the page draws them."""
    total: dict[tuple[int, ...], Fraction] = {}
    for term in terms:
        for *cell, number in term["at"]:
            total[*cell] = total.get((*cell,), 0) + Fraction(number, term["over"])
    return {cell: number for cell, number in total.items() if number}


@pytest.mark.parametrize("name", ["example", "modular-addition-3", "family-trees"])
def test_the_page_shows_the_interval_and_terms_of_the_rooms(name: str):
    database = library.load(name)
    shown, interval = asked(text=as_csv(database)), rank_interval(database, "quick")
    assert (shown["lower"], shown["upper"]) == (interval.lower, interval.upper)
    assert sum_of(shown["terms"]) == dict.fromkeys(map(tuple, shown["facts"]), 1)


@settings(max_examples=150, deadline=None)
@given(databases(), st.sampled_from(["quick", "normal"]))
def test_what_is_drawn_adds_up_and_is_as_short_as_what_was_proved(database: Database, effort: str):
    text = as_csv(database)
    shown = asked(text=text, effort=effort, seconds=0.2)
    assert sum_of(shown["terms"]) == dict.fromkeys(map(tuple, shown["facts"]), 1)
    read = parse(text)
    assert [*map(tuple, shown["rows"])] == [*read.triples()]
    quick = rank_interval(read, "quick")
    assert quick.lower <= shown["lower"] <= shown["upper"] <= quick.upper
    proof = json.loads(shown["certificate"])
    assert len(proof["upper_terms"]) == len(shown["terms"]) >= shown["upper"]
    assert shown["checked"].startswith("verified") and verify(read, proof).valid


def test_the_page_opens_with_the_five_pieces_of_the_figure():
    answers = page.given(STATIC)
    assert [*answers] == [*explore.PRESETS]
    opening = answers["example"]["picture"]
    assert [term["words"] for term in opening["terms"]] == FIVE
    assert opening["sentence"] == "rank is exactly 5 over R"


def test_what_the_page_is_given_is_what_its_python_answers():
    text = page.script(page.given(STATIC))
    start, stop = "globalThis.Explorer = { given: ", " };\n"
    assert text.startswith(start) and text.endswith(stop) and text.isascii()
    answers = json.loads(text.removeprefix(start).removesuffix(stop))
    for name, answer in answers.items():
        picture = answer["picture"]
        assert picture == asked(text=as_csv(library.load(name)))
        corner = [picture[part] for part in ("keys", "queries", "values", "facts")]
        for setting, opened in answer["heads"].items():
            request = json.dumps({"open": setting, "facts": corner})
            assert opened == json.loads(head.answer(request))


def test_slips_come_back_as_the_packages_own_sentences():
    assert asked(text="key,query,value\na,b,\n")["error"].startswith("table:2: found")
    assert "found no database 'nothing'" in asked(preset="nothing")["error"]
    many = "\n".join(["key,query,value", *(f"k{n},q,v" for n in range(301))])
    assert "found 301 facts, expected at most 300" in asked(text=many)["error"]


def test_a_pasted_table_says_how_it_was_read():
    facts = [["Paris", "in", "France"], ["Rome", "in", "Italy"]]
    pasted = "\n".join("\t".join(fact) for fact in facts)
    shown = asked(text=pasted)
    assert shown["rows"] == facts
    assert shown["told"].startswith("table: read as triples without a header, as 'in' stands in")
    spo = "subject,predicate,object\n" + pasted.replace("\t", ",")
    assert (asked(text=spo)["rows"], asked(text=spo)["told"]) == (facts, "")


def dropped(name: str, data: bytes) -> dict:
    """Ask about a file as the page does."""
    told: list[str] = []
    return json.loads(explore.answer(json.dumps({"file": name}), told.append, data))


def test_a_file_is_audited_as_the_command_does_it_and_its_certificate_holds():
    path = library.__path__[0] + "/example.csv"
    data = Path(path).read_bytes() + b"Colin,lives_in,Malaysia\n"
    found, rows = dropped("mine.csv", data), parse_rows(data, "mine.csv")
    assert found["lines"] == [*lines(report(rows, "quick"))]
    assert found["lines"][0] == "mine.csv: 8 facts in 9 rows"
    assert verify(rows.database(), json.loads(found["certificate"])).valid
    assert found["checked"] == "verified: 5 ≤ rank ≤ 5 over R"
    assert [term["words"] for term in found["terms"]] == FIVE


def test_a_file_too_large_to_draw_is_audited_and_proved_all_the_same():
    data = as_csv(library.load("elements")).encode()
    found = dropped("elements.csv", data)
    assert found["size"] == [1054, 118, 10, 74] and "terms" not in found and "rows" not in found
    assert found["checked"] == "verified: 74 ≤ rank ≤ 74 over R"


def test_a_file_that_cannot_be_read_is_refused_in_sentences():
    assert dropped("x.csv", b"key,query,value\na,b\n")["error"].startswith("x.csv:2: found 2 cells")
    assert "UTF-8" in dropped("x.csv", b"key,query,value\n\xff,b,c\n")["error"]
    assert dropped("x.csv", b"")["error"].startswith("x.csv:1: found")


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


def opened(setting: str, database: Database) -> dict:
    """Return the head by hand as the page opens it on these facts."""
    facts = [database.keys, database.queries, database.values, database.facts]
    return json.loads(head.answer(json.dumps({"open": setting, "facts": facts})))


def recalled(found: dict) -> list[bool]:
    """Say for each cell that holds a fact whether argmax answers with one of its values."""
    cells = [(k, q) for k in (0, 1) for q in (0, 1) if found["wanted"][k][q]]
    return [found["argmax"][k][q] in found["wanted"][k][q] for k, q in cells]


@pytest.mark.parametrize("setting", ["attention", "votes"])
def test_the_head_opens_on_the_facts_of_the_table_and_recalls_them(setting: str):
    found = opened(setting, library.load("example"))
    assert found["keys"] == ["Astrid", "Bernard"] and found["queries"] == ["born_in", "lives_in"]
    assert found["values"] == ["Singapore", "Malaysia", "Ringgit"]
    assert found["wanted"] == [[[0], [1]], [[0], [0]]] and recalled(found) == [True] * 4


@settings(deadline=None)
@given(databases())
def test_the_attention_recalls_the_corner_of_any_table(database: Database):
    found = opened("attention", database)
    assert all(recalled(found))
    assert len(found["values"]) == len({*found["values"]}) >= 3
    for k, key in enumerate(found["keys"]):
        for q, query in enumerate(found["queries"]):
            of_cell = {v for a, b, v in database.triples() if (a, b) == (key, query)}
            assert {found["values"][v] for v in found["wanted"][k][q]} == of_cell


def test_votes_recall_what_votes_can_and_no_more():
    """All tables of two keys, two queries, three values: only crosswise ones are beyond votes."""
    for a, b, c, d in product(range(3), repeat=4):
        wanted = [[[a], [b]], [[c], [d]]]
        X, Y = head.votes(wanted, 3)
        L = head.layer_tensor([[0.5, 0.5], [0.5, 0.5]], X, Y)
        right = all(head.argmax(L[k][q]) == wanted[k][q][0] for k in (0, 1) for q in (0, 1))
        crosswise = a == d != b == c
        assert right != crosswise, (a, b, c, d)
        assert max(abs(vote) for row in (*X, *Y) for vote in row) <= 2  # where the sliders end


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


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the rooms, as the page gets it."""
    path = tmp_path_factory.mktemp("archive") / "factrank.zip"
    page.pack(ROOT / "src" / "factrank", path)
    return path


def test_the_archive_holds_the_rooms_it_runs_and_nothing_else(archive: Path, tmp_path: Path):
    page.pack(ROOT / "src" / "factrank", tmp_path / "again.zip")
    assert archive.read_bytes() == (tmp_path / "again.zip").read_bytes()
    names = zipfile.ZipFile(archive).namelist()
    assert "factrank/rank/interval.py" in names
    assert "factrank/facts/library/example.csv" in names
    library = [name for name in names if not name.startswith("companion/")]
    rest = {name.split("/")[1] for name in library} - {"facts", "rank", "practice"}
    assert rest == {"__init__.py", "errors.py", "face.py", "files.py", "packages.py"}
    checkers = {Path(name).stem for name in {*names} - {*library}}
    assert {f"ch0{n}" for n in range(1, 6)} <= checkers
    assert {it for it in checkers if not it.startswith(("_", "ch0"))} == set()
    practice = {name.split("/")[2] for name in names if name.startswith("factrank/practice")}
    assert practice == {"__init__.py", "findings", "cleaning", "audit"}
    assert not any("page" in name for name in names)


ALONE = """
import json, sys

ROOMS = {"flint", "factrank", "companion", "explore"}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] not in sys.stdlib_module_names | ROOMS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
sys.path[:0] = sys.argv[1:]
import companion, explore, factrank

ask = lambda **asked: json.loads(explore.answer(json.dumps(asked)))
found = {it.__name__: it.__file__ for it in (companion, factrank)}
for name in explore.PRESETS:
    rows = explore.preset(name)["rows"]
    text = "\\n".join(["key,query,value", *map(",".join, rows)])
    file = json.loads(explore.answer('{"file": "x.csv"}', str, text.encode()))
    found[name] = [file, ask(text=text), ask(text=text, effort="normal", seconds=2)]
from companion.exercises import checked
found["exercises"] = [checked(*it).right for it in ASKED]
print(json.dumps(found))
"""
ASKED = [
    ("ch01.one_block", "Astrid, currency, Dollar"),
    ("ch02.rule_and_exception", "0 + 1, 0 + 1, 0\n2, 0 + 1, 1\n1, 1, 1 - 0"),
    ("ch03.own_words", "1"),
    ("ch04.chosen_values", "Danish, Dutch, English"),
    ("ch05.clock_of_twelve", "12, 17, 18"),
    ("ch05.clock_of_twelve", "12, 17, 12"),
]


def test_the_archive_answers_with_the_standard_library_and_flint_alone(
    archive: Path, tmp_path: Path
):
    with zipfile.ZipFile(archive) as pile:
        pile.extractall(tmp_path)
    alone = ALONE.replace("ASKED", repr(ASKED))
    command = [sys.executable, "-c", alone, str(tmp_path), str(STATIC)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    for package in ("companion", "factrank"):
        assert Path(found.pop(package)).is_relative_to(tmp_path)
    assert found.pop("exercises") == [True] * 5 + [False]
    for name, (file, quick, normal) in found.items():
        assert quick["lower"] <= normal["lower"] <= normal["upper"] <= quick["upper"], name
        assert all(it["checked"].startswith("verified") for it in (file, quick, normal)), name
        assert len(file["lines"]) > 5


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
