"""The ledger of claims holds together with the book, the notebooks and the tests."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from book._ext.claims_evidence import STATEMENTS, directives, problems
from book._ext.claims_ledger import LedgerError, all_rows, load_ledger

ROOT = Path(__file__).resolve().parents[2]
LEDGER = ROOT / "book" / "claims"


def words(text: str) -> set[str]:
    return set(text.split())


# What the source material says, part by part, then the numbered items of the mathematics, then the
# criteria of the experiments. A row may be added; none of these may be lost.
REQUIRED = words(
    """
    database-tensor rank-bounds layer-tensor database-against-layer representable-and-limits
    softmax-argmax head-budget additive-motif parameter-count-laws how-many-facts three-steps
    try-small real-data several-layers guidelines data-management beyond-rank

    relation-rank set-valued-limits P1 P2 P3 P4 P5 P6 P7 P8 U1 U2 U3 U4 U5 U6 U7
    C1 C2 C3 C4 C5 C6 C7 C8 example-five example-six border-rank
    A1 A2 A3 A4 A4b A5 A6 A7 A8 S1 S2 S3 S4 S5 shared-embedding
    completions completions-forced capacity-bits

    rank-threshold-disjoint rank-threshold-key-independent rank-threshold-free-attention
    rank-threshold-few-heads rank-threshold-cross-entropy recall-predictors ranks-through-readout
    head-budget-trend head-budget-one-dimension head-budget-reversal softmax-scale-exponent
    constructions-exact constructions-against-training motif-votes bits-per-parameter
    bits-precision completions-counted two-layers-against-one real-data-ceiling residual-trap
    batched-training seed-sensitivity reproduces
    """
)


def test_ledger_agrees_with_the_repository():
    assert problems(load_ledger(LEDGER), ROOT) == []


def test_ledger_covers_the_source_material():
    ids = {row.id for row in all_rows(load_ledger(LEDGER))}
    assert REQUIRED - ids == set()


# Whose a statement is: the paper's bound, the literature's principle, or this project's alone.
SHARES = {
    ("paper", "ours"): "U1 U2 A1 A2 two-tokens representable-and-limits",
    ("cited", "ours"): "P3 P5 P6 P9 P10 P11 U5 S1 capacity-bits",
    ("ours",): "U3 U4 S2 S2b shared-embedding",
}


@pytest.mark.parametrize(("origin", "ids"), SHARES.items())
def test_a_share_that_is_not_ours_is_not_called_ours(origin, ids):
    rows = {row.id: row for row in all_rows(load_ledger(LEDGER))}
    assert {id: tuple(rows[id].provenance) for id in ids.split()} == dict.fromkeys(
        ids.split(), origin
    )


# What the note of a row, or a proof that is cited, takes from its sentence.
STANDS = {
    "holds in part, fails in part": "real-data rank-threshold-key-independent head-budget "
    "database-against-layer rank-threshold-cross-entropy softmax-argmax artifacts-counted "
    "commands-at-size",
    "proved, in part cited": "P8 C5 C7 C8 waves",
    "definition": "database-tensor",
}


@pytest.mark.parametrize(("status", "ids"), STANDS.items())
def test_a_row_claims_no_more_than_its_note_and_its_proof(status, ids):
    found = {row.id for row in all_rows(load_ledger(LEDGER)) if row.status == status}
    assert found == set(ids.split())


def test_statements_are_short():
    long = [row.id for row in all_rows(load_ledger(LEDGER)) if len(row.statement) > 520]
    assert long == []


# --- the rules can fail --------------------------------------------------------------------------

ROWS = """\
order: 1
title: A title
rows:
  - id: P1
    statement: The rank is at least $r$.
    provenance: [cited, ours]
    label: claim-p1
    check: [tests/test_small.py::test_one, 01_small#check-p1]
    status: proved
  - id: P2
    statement: Nothing is known.
    provenance: paper
    label: null
    check: null
    status: not yet
  - id: all-bounds
    statement: Bounds exist.
    provenance: paper
    label: null
    check: tests/test_small.py::TestMore::test_two
    status: proved
    rests_on: P1
  - id: narrow
    statement: True here.
    provenance: post
    label: null
    check: tests/test_small.py::test_one
    status: holds within limits
    note: For $m < 9$.
"""
PAGE = """\
# A page

```{prf:definition} Rank [cited]
:label: def-rank

The least number.
```

:::{admonition} Inside
````{prf:theorem} Unfoldings [cited, ours]
---
label: claim-p1
---
Text.
````
:::

```{prf:lemma}
:nonumber:

Not numbered, so no row.
```

```markdown
```{prf:theorem}
:label: only-shown
```
"""
NOTEBOOK = """\
# A notebook

```{code-cell} ipython3
:tags: [check-p1, hide-input]

rank = 3
assert rank == 3
```

```{code-cell} ipython3
---
mystnb:
  image: {alt: none}
tags: [figure]
---
print("```{prf:theorem}")
```
"""
TESTS = """\
import pytest


def test_one():
    assert True


@pytest.mark.skip(reason="never")
def test_skipped():
    assert True


def helper():
    assert True


class TestMore:
    def test_two(self):
        assert True
"""


def recorded(*cells: tuple[list[str], str]) -> str:
    return json.dumps(
        {
            "cells": [
                {"cell_type": "code", "metadata": {"tags": tags}, "source": [source]}
                for tags, source in cells
            ]
        }
    )


FILES = {
    "book/claims/small.yml": ROWS,
    "book/page.md": PAGE,
    "notebooks/01_small.md": NOTEBOOK,
    "notebooks/01_small.ipynb": recorded(
        (["check-p1", "hide-input"], "rank = 3\nassert rank == 3"), (["figure"], "print(0)")
    ),
    "tests/test_small.py": TESTS,
}
SMALL = "book/claims/small.yml"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"{old!r} must be unique for the edit to mean one thing"
    path.write_text(text.replace(old, new), encoding="utf-8")


def found(root: Path) -> list[str]:
    return problems(load_ledger(root / "book" / "claims"), root)


def test_the_small_tree_is_sound(tree):
    assert found(tree) == []


MALFORMED = [
    ("id: P2", "id: P1", "small.yml and small.yml: ids must be unique, found 'P1' 2 times"),
    ("id: P2", "id: Second_Claim", "small.yml: row Second_Claim: id must be a letter of P, U, C"),
    ("id: P2\n    s", "s", "small.yml: row number 2: every field must be given, found ['id']"),
    ("    status: not yet\n", "", "row P2: every field must be given, found ['status']"),
    ("status: not yet", "status: soon", "row P2: status must be one of proved; proved, in part"),
    ("status: not yet", "status: proved", "row P2: status 'proved' needs a check, found None"),
    ("status: not yet", "status: not yet\n    colour: red", "may be given, found ['colour']"),
    ("status: not yet", "status: not yet\n    id: P3", "must give each key once, found 'id'"),
    ("note: For $m < 9$.", "note: ''", "row narrow: note must be text, found ''"),
    ("    note: For $m < 9$.\n", "", "row narrow: status 'holds within limits' needs a note"),
    ("holds within limits\n    note: For $m < 9$.", "fails", "'fails' needs a note with its"),
    ("provenance: post", "provenance: rumour", "row narrow: provenance must be of paper, post"),
    ("provenance: post", "provenance: []", "row narrow: provenance must be of paper, post, cited"),
    ("[cited, ours]", "[ours, ours]", "row P1: provenance must not repeat itself, found ['ours'"),
    ("Nothing is known.", "Nothing", "row P2: statement must be sentences, found 'Nothing'"),
    ("Nothing is known.", "Not $x.", "row P2: the $ of statement must come in pairs"),
    ("Nothing is known.", "7", "row P2: statement must be text, found 7"),
    ("label: claim-p1", "label: 7", "row P1: label must be text or null, found 7"),
    ("label: claim-p1", "label: null", "row P1: status 'proved' needs a label, or rows"),
    ("check: [tests/test_small.py::test_one, 01_small#check-p1]", "check: [7]",
     "row P1: check must be text or texts, found [7]"),
    ("check: null\n    status: not", "check: 01_small#check-p1\n    status: not",
     "row P2: 'not yet' needs check null, found '01_small#check-p1'"),
    ("order: 1", "order: first", "small.yml: order must be a non-empty int, found 'first'"),
    ("order: 1\n", "", "small.yml: the keys must be order, title and rows, found ['rows', 'tit"),
    ("title: A title", "title: [", "small.yml: the file must be YAML, found: while parsing a flow"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), MALFORMED)
def test_a_malformed_row_is_refused_in_one_sentence(tree, old, new, sentence):
    edit(tree, SMALL, old, new)
    with pytest.raises(LedgerError) as error:
        found(tree)
    assert sentence in str(error.value)
    assert str(error.value).startswith("small.yml") and "\n" not in str(error.value)


def test_files_need_different_orders_and_there_must_be_one(tree):
    (tree / "book/claims/again.yml").write_text(ROWS, encoding="utf-8")
    with pytest.raises(LedgerError, match=r"yml: order must differ from file to file, found 1 in"):
        found(tree)
    shutil.rmtree(tree / "book/claims")
    with pytest.raises(LedgerError, match=r"claims/: at least one \.yml file must be there"):
        found(tree)


ONE = "tests/test_small.py::test_one, "
DISAGREEMENTS = [
    (SMALL, "label: claim-p1", "label: claim-p9",
     ["small.yml: row P1: label must stand at a prf: block of the book, found 'claim-p9'",
      "book/page.md:10: the prf:theorem block 'claim-p1' must have exactly one row, found 0"]),
    (SMALL, "label: claim-p1", "label: only-shown",
     ["row P1: label must stand at a prf: block of the book, found 'only-shown'", "found 0"]),
    (SMALL, "label: null\n    check: null", "label: def-rank\n    check: null",
     ["row P2: provenance must have that of 'def-rank', found 'Rank [cited]'"]),
    (SMALL, "check-p1]\n    status: proved",
     "check-p1]\n    status: proved, in part cited\n    note: At least is cited.",
     ["row all-bounds: status 'proved' needs every row it rests on proved, found P1 'proved, in"]),
    (SMALL, "label: null\n    check: null", "label: claim-p1\n    check: null",
     ["the prf:theorem block 'claim-p1' must have exactly one row, found 2"]),
    (SMALL, ONE, "tests/test_none.py::test_one, ", ["names no test file tests/test_none.py"]),
    (SMALL, ONE, "tests/test_small.py::test_0, ", ["names test_0, which tests/test_small.py does"]),
    (SMALL, ONE, "tests/test_small.py::TestMore, ", ["names TestMore, which is no test function"]),
    (SMALL, ONE, "tests/test_small.py::helper, ", ["names helper, which is no test function"]),
    (SMALL, ONE, "tests/test_small.py::test_two, ", ["names test_two, which tests/test_small.py"]),
    (SMALL, ONE, "tests/test_small.py::test_skipped, ", ["test_small.py always skips"]),
    (SMALL, ONE, "seen by eye, ", ["check 'seen by eye' must be tests/FILE.py::test_name or"]),
    (SMALL, "01_small#", "02_small#", ["names no file notebooks/02_small.md"]),
    (SMALL, "#check-p1", "#check-p2", ["names a tag that 0 cells of 01_small.md bear, not one"]),
    (SMALL, "#check-p1", "#figure", ["names a cell that asserts nothing"]),
    (SMALL, "rests_on: P1", "rests_on: P7", ["row all-bounds: rests_on must name other rows"]),
    (SMALL, "rests_on: P1", "rests_on: P2", ["needs every row it rests on proved, found P2 'not"]),
    ("book/page.md", "label: claim-p1\n", "label: claim-p1b\n",
     ["row P1: label must stand at", "'claim-p1b' must have exactly one row, found 0"]),
    ("book/page.md", "label: claim-p1\n", "class: plain\n",
     ["row P1: label must stand at", "page.md:10: the prf:theorem block states something"]),
    ("book/page.md", "[cited, ours]", "[cited]",
     ["block 'claim-p1' must end its title with the provenance of row P1, [cited, ours], found"]),
    ("book/page.md", " [cited, ours]", "", ["of row P1, [cited, ours], found 'Unfoldings'"]),
    ("book/page.md", ":label: def-rank", ":label: claim-p1",
     ["label 'claim-p1' must stand at one prf: block, found 2"]),
    ("book/page.md", ":nonumber:", ":label: claim-u9",
     ["book/page.md:18: the prf:lemma block 'claim-u9' must have exactly one row, found 0"]),
    ("notebooks/01_small.md", "tags: [check-p1,", "tags: [",
     ["names a tag that 0 cells of 01_small.md bear, not one"]),
    ("notebooks/01_small.md", "tags: [figure]", "tags: [figure, check-p1]",
     ["names a tag that 2 cells of 01_small.md bear, not one"]),
    ("notebooks/01_small.ipynb", '"check-p1", ', "",
     ["names a tag that 0 cells of 01_small.ipynb bear, not one"]),
    ("notebooks/01_small.ipynb", "assert rank", "print(rank)  # assert rank",
     ["names a cell that asserts nothing"]),
    ("tests/test_small.py", "def test_two", "def later_two",
     ["row all-bounds: check 'tests/test_small.py::TestMore::test_two' names test_two, which"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "sentences"), DISAGREEMENTS)
def test_a_disagreement_is_told_in_one_sentence_each(tree, name, old, new, sentences):
    edit(tree, name, old, new)
    told = found(tree)
    assert len(told) == len(sentences), told
    assert all(any(part in line for line in told) for part in sentences), told


@pytest.mark.parametrize("kind", sorted(STATEMENTS))
def test_every_kind_of_statement_needs_a_row(tree, kind):
    path = tree / "notebooks/01_small.md"
    path.write_text(f"{NOTEBOOK}\n```{{prf:{kind}}}\n:label: new\n```\n", encoding="utf-8")
    assert [line for line in found(tree) if f"the prf:{kind} block 'new' must have exactly" in line]


@pytest.mark.parametrize("kind", ["definition", "example", "remark", "algorithm", "proof"])
def test_other_blocks_need_none(tree, kind):
    path = tree / "notebooks/01_small.md"
    path.write_text(f"{NOTEBOOK}\n```{{prf:{kind}}}\nText.\n```\n", encoding="utf-8")
    assert found(tree) == []


def test_the_real_ledger_breaks_too(tmp_path):
    """A row lost, or one pointed at a label that the book lacks, is seen in the real files."""
    copy = tmp_path / "claims"
    shutil.copytree(LEDGER, copy)
    path = copy / "rank.yml"
    text = path.read_text("utf-8")
    p8 = re.search(r"  - id: P8\n.*?(?=  - id: )", text, re.DOTALL)
    assert p8
    path.write_text(text.replace(p8[0], ""), encoding="utf-8")
    assert REQUIRED - {row.id for row in all_rows(load_ledger(copy))} == {"P8"}
    lost = re.sub(r"label: [\w-]+", "label: claim-lost", p8[0])
    path.write_text(text.replace(p8[0], lost), encoding="utf-8")
    told = problems(load_ledger(copy), ROOT)
    assert any("row P8: label must stand at a prf: block" in line for line in told)


def test_fences_inside_shown_code_are_no_directives():
    text = "````\n```{prf:lemma}\n```\n````\n::::{note}\n:::{prf:lemma}\n:label: a\n:::\n::::\n"
    assert [(b.name, b.line, b.options) for b in directives(text)] == [
        ("note", 5, {}),
        ("prf:lemma", 6, {"label": "a"}),
    ]


# --- the works cited -----------------------------------------------------------------------------

ARXIV = words(
    """
    2502.05076 2502.17305 2412.06538 2306.02010 2405.13718 2409.17677 2404.05405 2505.24832
    2406.15720 2402.07321 2603.15923 2605.12426 2605.05189 2509.22840 2407.16153 2603.04427
    2002.07028 1711.03953 2202.05262 2210.07229 0808.1167 1712.08660 2312.16960
    2411.10115 2512.00207 2607.10034 2605.10795 2506.22271 2603.07280 1806.07297 1802.04868
    2602.00906 2604.04384 2601.20844
    """
)
OTHERS = words(
    """
    landsberg2012tensors kolda2009tensor alexeev2011tensor landsberg2015border jaja1979pairs
    kauers2022flip knuth1997taocp2 desilva2008illposed hinton1986concepts
    """
)


def test_every_work_is_in_the_bibliography():
    database = pytest.importorskip("pybtex.database")
    entries = database.parse_file(str(ROOT / "book" / "references.bib")).entries
    assert {e.fields.get("eprint") for e in entries.values()} >= ARXIV
    assert set(entries) >= OTHERS
    for key, entry in entries.items():
        assert entry.persons.get("author") and entry.fields.get("title"), key
        assert re.fullmatch(r"\w+" + entry.fields["year"] + r"[a-z0-9]+", key), key
