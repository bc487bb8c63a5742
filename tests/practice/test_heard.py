"""What a reader of tables tells is known in every language: each piece of its sentences, in source.

The pieces are found in the source, wherever a text ends up among the notes of a reader; each must
be told by one of the tables here, and what is told must be one of the sentences that a page knows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import factrank.facts.reading as reading
from factrank.facts.reading.read import read_rows
from factrank.practice.html.markup import HEARD
from factrank.practice.html.tongue import catalogue, heard, speaking

FOLDER = Path(reading.__file__).parent
TREES = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.py"))]
FUNCTIONS = [it for tree in TREES for it in ast.walk(tree) if isinstance(it, ast.FunctionDef)]
CONSTANTS = {
    to.id: it.value
    for tree in TREES
    for it in tree.body
    if isinstance(it, ast.Assign)
    for to in it.targets
    if isinstance(to, ast.Name)
}
LISTS = {"told", "said"}  # what the notes of a reader are gathered in
PARTS = (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.List)


def pieces(it: ast.AST | None, inside: ast.FunctionDef, seen: frozenset[str]) -> Iterator[str]:
    """The texts that an expression is made of, through names and functions of this room."""
    parts: list[ast.AST] = []
    if isinstance(it, ast.Constant) and isinstance(it.value, str):
        yield it.value
    elif isinstance(it, ast.Name) and it.id not in seen:
        seen |= {it.id}
        parts = [
            at.value
            for at in ast.walk(inside)
            if isinstance(at, ast.Assign | ast.AugAssign)
            for to in (at.targets if isinstance(at, ast.Assign) else [at.target])
            if isinstance(to, ast.Name) and to.id == it.id
        ]
        yield from pieces(CONSTANTS.get(it.id), inside, seen)
    elif isinstance(it, ast.IfExp):
        parts = [it.body, it.orelse]
    elif isinstance(it, PARTS):
        parts = [*ast.iter_child_nodes(it)]
    elif isinstance(it, ast.Call):
        parts = [*it.args]
        name = getattr(it.func, "id", "")
        for other in FUNCTIONS:
            if other.name == name not in seen:
                for at in ast.walk(other):
                    if isinstance(at, ast.Return):
                        yield from pieces(at.value, other, seen | {name})
    for part in parts:
        yield from pieces(part, inside, seen)


def notes() -> set[str]:
    """The pieces of all sentences that a reader of tables puts among what it tells."""
    found = set[str]()
    for function in FUNCTIONS:
        for it in ast.walk(function):
            told: list[ast.AST] = []
            if isinstance(it, ast.Call) and isinstance(it.func, ast.Attribute):
                owner = getattr(it.func.value, "id", getattr(it.func.value, "attr", ""))
                if owner in LISTS and it.func.attr in ("append", "insert"):
                    told = [it.args[-1]]
            elif isinstance(it, ast.Assign) and isinstance(it.value, ast.List):
                names = {getattr(to, "id", "") for to in it.targets}
                told = [it.value] if names & LISTS else []
            for part in told:
                found.update(pieces(part, function, frozenset()))
    return {it for it in found if re.search("[A-Za-z]{3}", it)}


TABLES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("a.csv", "Ann,likes,tea\nBob,likes,ale\nCid,has,tea\n", {}),
    ("b.csv", "Ann,likes,tea,x\nBob,likes,ale,y\n", {}),
    ("c.csv", "Ann,likes,tea,x\n", {"format": "triples", "header": False}),
    ("d.csv", "# of 2020\nkey,query,value\nAnn,likes,tea\n", {}),
    ("e.csv", "# of 2020\n# by us\nkey,query,value\nAnn,likes,tea\n", {}),
    ("f.csv", "#name,size\nAnn,3\nBob,4\n", {}),
    ("g.tsv", 'Ann\tlikes\t"tea\nBob\tlikes\tale\n', {}),
    ("h.csv", "key,query,value,\nAnn,likes,tea,\n", {}),
    ("i.csv", "key,query,value,,\nAnn,likes,tea,,\n", {}),
    ("j.csv", "name,born;in\nAnn,3;4\nBob,4;5\n", {}),
    ("k.csv", "name,size,place\nAnn,3,Oslo\nAnn,4,Rome\n", {}),
    ("l.csv", "name,size,place\nAnn,3,Oslo\nAnn,4,Rome\n", {"header": True}),
    ("m.csv", "name,size,place,year\nAnn,3,Oslo,1\nBob,3,Oslo,1\nAnn,4,Rome,1\n", {}),
    ("n.csv", "x,Oslo,Rome\ny,Bari,Bari\nz,Pisa,Kiel\n", {}),
    ("o.csv", "x,Oslo,Rome\ny,Bari,Bari\nz,Pisa,Kiel\n", {"header": True}),
    ("p.csv", "x,Oslo,Rome\ny,Bari,Bari\n", {"format": "triples"}),
    ("q.csv", "person,relation,friend\nAnn,likes,Bob\n", {}),
    ("r.csv", "person,relation,friend\nAnn,likes,Bob\n", {"format": "triples"}),
    ("s.csv", "entity,attribute,value,year\nAnn,likes,tea,1\n", {}),
    ("t.csv", "entity,attribute,value,year\nAnn,likes,tea,1\n", {"format": "triples"}),
    ("u.jsonl", '{"name": "Ann", "size": "3"}\n{"name": "Ann", "size": "4"}\n', {}),
    ("v.jsonl", '{"person": "Ann", "relation": "likes", "friend": "Bob"}\n', {}),
    ("y.csv", "id,city,question,answer\n1,Oslo,country,Norway\n", {}),
    ("y.jsonl", '{"city": "Oslo", "question": "country", "answer": "Norway"}\n', {}),
    ("z.csv", "city,question,answer\nOslo,country,Norway\n", {}),
    ("w.nq", "<http://a/x> <http://a/r> <http://a/y> <http://a/g> .\n", {}),
)
POOLED = (("tea", "tea"), ("tea", "ale"), ("tea", "tea ale"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is told of the tables above, of a workbook and of several files as one."""
    pytest.importorskip("pyoxigraph")
    book = pytest.importorskip("openpyxl").Workbook()
    folder = tmp_path_factory.mktemp("tables")
    found: list[str] = []

    def ask(*names: str, **options: Any) -> None:
        found.extend(read_rows([str(folder / name) for name in names], **options).told)

    for name, text, options in TABLES:
        (folder / name).write_text(text, encoding="utf-8")
        ask(name, **options)
    for n, parts in enumerate(POOLED):
        for m, values in enumerate(parts):
            lines = "".join(f"Ann,likes,{it}\n" for it in values.split())
            (folder / f"{n}{m}.csv").write_text(f"key,query,value\n{lines}", encoding="utf-8")
        ask(*(f"{n}{m}.csv" for m in range(len(parts))))
    for sheet in (book.active, book.create_sheet("more")):
        for row in (("key", "query", "value"), ("Ann", "likes", "tea"), ("Bob", "likes", "ale")):
            sheet.append(row)
        sheet.merge_cells("E2:E3")
    book.save(folder / "x.xlsx")
    ask("x.xlsx")
    return found


def test_every_sentence_of_a_reader_is_told_here(told: list[str]):
    silent = {it for it in notes() if not any(it in note for note in told)}
    assert silent == set() and len(notes()) > 50


def test_every_note_of_a_reader_is_known_to_a_page_in_another_language(told: list[str]):
    with speaking("ja", catalogue("ja")):
        said = [heard(it, HEARD) for it in told]
    assert [note for note, it in zip(told, said, strict=True) if it is None] == []
    names = re.compile(r"/[\w/.+-]+|'[^']*'|--[\w-]+( [\w,\[\]]+)?|::SHEET")
    left = {word for it in said for word in re.findall("[A-Za-z]{2,}", names.sub("", it or ""))}
    assert left <= {"csv", "column", "more", "Oslo", "Rome"}, left
