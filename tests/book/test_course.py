"""The glossary, the map, the lessons, citing and the page on reproduction, apart from the build."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml

from book._ext.claims_evidence import Repository

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
CELL = re.compile(r"\{cell\}`(?:[^`<]*<)?([^`<>]+)>?`")


@pytest.fixture(autouse=True)
def extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests import the extensions as Sphinx does."""
    monkeypatch.setattr(sys, "path", [str(BOOK / "_ext"), *sys.path])


# --- the order of the chapters -------------------------------------------------------------------


def test_a_chapter_is_shown_with_the_number_of_its_file():
    parts = yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))["parts"]
    shown = [it["file"] for part in parts if part.get("numbered") for it in part["chapters"]]
    assert len(shown) >= 23
    assert [int(Path(it).name[:2]) for it in shown] == list(range(1, len(shown) + 1))


# --- the lessons ---------------------------------------------------------------------------------


def faults(text: str) -> list[str]:
    """Return what is wrong with the cells that a page links to."""
    repository = Repository(ROOT)
    found = ((target, repository.fault(target)) for target in CELL.findall(text))
    return [f"{target} {fault}" for target, fault in found if fault]


def test_each_cell_that_a_page_links_to_exists_and_asserts_something():
    linked = 0
    for page in sorted(BOOK.glob("*.md")):
        text = page.read_text("utf-8")
        linked += len(CELL.findall(text))
        assert faults(text) == [], page.name
    assert linked >= 15


def test_a_cell_that_is_gone_or_asserts_nothing_is_seen():
    assert faults("{cell}`so <02_rank_as_size#check-gone>`") == [
        "02_rank_as_size#check-gone names a tag that 0 cells of 02_rank_as_size.md bear, not one"
    ]
    assert "names no file" in faults("{cell}`99_nothing#check-twelve`")[0]
    assert faults("{cell}`twelve <02_rank_as_size#check-twelve>`") == []


def test_what_people_believe_each_has_its_cells():
    text = (BOOK / "teach.md").read_text("utf-8")
    beliefs = re.split(r"^### ", text.split("## What people believe")[1], flags=re.MULTILINE)[1:]
    assert len(beliefs) == 7
    for belief in beliefs:
        assert CELL.search(belief), belief.splitlines()[0]


# --- the glossary --------------------------------------------------------------------------------


@pytest.fixture
def words():
    import glossary_words

    return glossary_words.load(BOOK / "glossary.yml")


def test_every_word_points_at_a_chapter_and_a_block_that_exist(words):
    labels = Repository(ROOT).labels
    for word in words:
        assert (ROOT / "notebooks" / f"{word.chapter}.ipynb").exists(), word.term
        for chapter in word.never_in:
            assert chapter != word.chapter and (ROOT / "notebooks" / f"{chapter}.ipynb").exists()
        assert word.label is None or labels[word.label] == 1, word.term
        assert word.says.count("$") % 2 == 0, word.term
    assert len(words) >= 50


def test_every_word_is_used_in_the_chapter_that_introduces_it(words):
    import glossary_words

    for word in words:
        text = (ROOT / "notebooks" / f"{word.chapter}.md").read_text("utf-8")
        prose = re.sub(r"```\{code-cell\}.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        alone = glossary_words.Finder((word,))
        assert list(alone.find(prose, set())), f"{word.term} is not in {word.chapter}"


ENTRY = "- term: rank\n  says: A size.\n  chapter: 02\n"
BROKEN = [
    (ENTRY + "- term: fact\n  says: A.\n  chapter: 01\n", "fact: terms must stand in alphabet"),
    (ENTRY + "- term: ranks\n  says: A.\n  chapter: 01\n", "found 'ranks' in rank too"),
    ("- term: rank\n  says: A size.\n", "rank: it must have term, says and chapter, found chapter"),
    (ENTRY + "  colour: red\n", "rank: it has a field that is not known, found colour"),
    ("- term: rank\n  says: A size\n  chapter: 02\n", "rank: says must be sentences, found 'A siz"),
    ("- term: rank: 3\n", "the file must be YAML, found: mapping values"),
]


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_a_faulty_glossary_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str):
    import glossary_words

    path = tmp_path / "glossary.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(glossary_words.GlossaryError) as error:
        glossary_words.load(path)
    assert sentence in str(error.value) and "\n" not in str(error.value)


def test_the_longest_word_wins_and_phrases_that_mean_else_are_passed_over():
    from glossary_words import Finder, Word

    words = (
        Word("value", "A.", "01", ("value", "values"), unless=("at face value",)),
        Word("value unfolding", "A.", "01", ("value unfolding",)),
    )
    text = "At face value, the value-free value\nunfolding of Values and a value."
    found = [(text[a:b], word.term) for a, b, word in Finder(words).find(text, set())]
    assert found == [("value\nunfolding", "value unfolding"), ("Values", "value")]


def test_a_word_that_means_another_thing_in_a_chapter_is_not_linked_there(words):
    import glossary_words
    from glossary_links import used_on

    text, page = "A transformer block: the block holds facts.", "notebooks/24_a_whole_block"
    for place, found in (
        (page, ["whole block"]),
        (page.replace("24", "23"), ["whole block", "block"]),
    ):
        finder = glossary_words.Finder(used_on(place, words))
        assert [it.term for _, _, it in finder.find(text, {"fact"})] == found


def test_first_uses_are_linked_in_prose_only_and_once(tmp_path: Path):
    from docutils import nodes
    from docutils.utils import new_document
    from glossary_links import prose

    tree = new_document("page")
    section = nodes.section("", nodes.title("", "rank"), ids=["a"])
    kept = nodes.paragraph("", "the rank, and ")
    kept += [nodes.literal("", "rank"), nodes.math("", "rank"), nodes.reference("", "rank")]
    legend = nodes.legend("", nodes.paragraph("", "rank"))
    figure = nodes.figure("", nodes.caption("", "rank"), legend)
    card = nodes.container("", nodes.paragraph("", "rank"), classes=["sd-card"])
    cell = nodes.container("", nodes.literal_block("", "rank"), classes=["cell"])
    section += [kept, figure, card, cell, nodes.paragraph("", "rank again")]
    tree += section
    assert [text.astext() for text in prose(tree)] == ["the rank, and ", "rank again"]


# --- the map -------------------------------------------------------------------------------------


def drawn(look: dict | None = None) -> str:
    import idea_map

    numbers = {"notebooks/01_database_tensor": "chapter 1"}
    given = (lambda target: f"../{target}", lambda page: numbers.get(page, ""))
    return idea_map.picture(*given, *([look] if look else []))


def test_the_map_is_sound_svg_with_every_link():
    from xml.etree import ElementTree

    import idea_map

    tree = ElementTree.fromstring(drawn())
    name = "{http://www.w3.org/2000/svg}"
    links = [it.get("href") for it in tree.iter(f"{name}a")]
    assert sorted(links) == sorted(f"../{target}" for target in idea_map.targets())
    assert tree.find(f"{name}title").text
    assert drawn() == drawn()


def test_boxes_of_the_map_neither_overlap_nor_leave_it():
    import idea_map

    rows = [box.row for box in idea_map.BOXES]
    assert sorted(set(rows)) == list(range(max(rows) + 1))
    assert {step.row for step in idea_map.STEPS} == set(range(max(rows)))
    places = [
        (int(x), int(y), int(w))
        for x, y, w in re.findall(
            r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="56" rx="5"', drawn()
        )
    ]
    assert len(places) == len(idea_map.BOXES)
    for x, y, w in places:
        assert x >= 0 and x + w <= idea_map.WIDTH
        assert not any(y == b and x < a < x + w for a, b, _ in places)


def test_the_map_leads_to_pages_and_blocks_that_exist():
    import idea_map

    labels = Repository(ROOT).labels
    for target in idea_map.targets():
        page, _, label = target.partition("#")
        assert any((ROOT / page).with_suffix(kind).exists() for kind in (".md", ".ipynb"))
        assert not label or labels[label] == 1


# --- citing, and reproducing ---------------------------------------------------------------------


def test_the_cite_box_says_what_the_citation_file_says():
    import citing
    import yaml

    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    text = citing.companion(cff, "2026")
    assert cff["title"] in text and f"{{{cff['version']}}}" in text
    paper = citing.entry((BOOK / "references.bib").read_text("utf-8"), citing.PAPER)
    assert "2502.05076" in paper and paper.count("@") == 1
    with pytest.raises(KeyError, match="must hold an entry nobody2000, found none"):
        citing.entry(paper, "nobody2000")


def test_the_steps_take_their_numbers_from_records_alone(tmp_path: Path):
    import json

    import records
    import reproduction

    made = {"a": ("make bench", 60), "b": ("make bench", None), "c": ("factrank run c", 100)}
    for name, (command, seconds) in made.items():
        about = {"command": command} | ({"seconds": seconds} if seconds else {})
        (tmp_path / f"{name}.json").write_text(json.dumps(about), encoding="utf-8")
    steps = {"read": {"command": "make read", "seconds": 20.0, "megabytes": 41, "load": 1.0}}
    found = list(records.records(tmp_path).values())
    lines = {command: rest for command, _, *rest in reproduction.lines(steps, found)}
    assert lines["make read"] == ["20 s", "41.0 MB"]
    assert lines["make setup"] == ["not measured", "not measured"]
    assert lines["make bench"][0] == "1 min 0 s, and b, not timed"
    assert lines["make reproduce"][0] == "1 min 40 s"


def test_every_step_of_the_page_is_a_target_of_make():
    import reproduction

    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {command.removeprefix("make ") for command in reproduction.STEPS} <= set(targets)


# --- the ledger's filter -------------------------------------------------------------------------


def test_rows_are_marked_with_status_and_every_origin():
    from claims_filter import Filterable
    from claims_ledger import load_ledger, marked

    for section in load_ledger(BOOK / "claims"):
        for row in section.rows:
            line = Filterable()
            line.note(row)
            assert marked("status", row.status) in line["classes"]
            assert {f"from--{it}" for it in row.provenance} <= set(line["classes"])
            assert all((ROOT / "notebooks" / f"{it}.md").exists() for it in line["chapters"])
