"""The tree of the printed book: what stays together, its words, the lists at its end."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx_exercise.nodes import exercise_enumerable_node, solution_node
from sphinx_proof.nodes import proof_node, theorem_node

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "book" / "_ext"))


def book(*content: nodes.Node) -> nodes.document:
    tree = new_document("book")
    tree += nodes.section("", nodes.title("", "Book"), *content, ids=["book"])
    return tree


def cell(text: str, *classes: str) -> nodes.container:
    return nodes.container("", nodes.literal_block(text, text), classes=["cell", *classes])


def needs(tree: nodes.Node) -> list[tuple[float, nodes.Node]]:
    """The points asked for, each with the node that follows."""
    found = []
    for it in tree.findall(nodes.raw):
        if hit := re.fullmatch(r"\\bookneed\{(\d+)pt\}", it.astext()):
            found.append((float(hit[1]), it.parent[it.parent.index(it) + 1]))
    return found


# --- what stays together -------------------------------------------------------------------------


def test_a_short_cell_stays_whole_and_a_long_one_begins_with_some_lines():
    import printing_pages

    short, long = cell("a\nb"), cell("\n".join("x" * 40))
    tree = book(nodes.paragraph("", "text"), short, nodes.paragraph("", "text"), long)
    printing_pages.keep(tree)
    (first, before), (second, later) = needs(tree)
    assert before is short
    assert later is long
    assert first == printing_pages.height(short) < printing_pages.MOST
    assert second == printing_pages.LEAST < printing_pages.height(long)


def test_the_room_is_asked_for_before_a_heading_that_stands_right_above():
    import printing_pages

    box = theorem_node("", nodes.title("", "Theorem"), nodes.paragraph("", "so it is"))
    part = nodes.section("", nodes.title("", "Part"), box, ids=["part"])
    tree = book(nodes.paragraph("", "text"), part)
    printing_pages.keep(tree)
    ((points, before),) = needs(tree)
    assert before is part
    assert points == printing_pages.height(box) + 45


def test_two_headings_in_a_row_are_not_torn_apart():
    import printing_pages

    lower = nodes.section("", nodes.title("", "Lower"), nodes.paragraph("", "text"), ids=["lower"])
    upper = nodes.section("", nodes.title("", "Upper"), lower, ids=["upper"])
    tree = book(nodes.paragraph("", "text"), upper)
    printing_pages.keep(tree)
    assert needs(tree) == [(printing_pages.LEAST + 45, upper)]


def test_a_box_with_code_stays_whole_since_its_frames_do_not_break():
    import printing_pages

    code = [nodes.literal_block("", "\n".join("x" * 9)) for _ in range(2)]
    box = nodes.note("", nodes.paragraph("", "cite it"), *code)
    tree = book(nodes.paragraph("", "text"), box)
    printing_pages.keep(tree)
    assert needs(tree) == [(printing_pages.height(box), box)]
    assert printing_pages.height(box) > printing_pages.MOST


def test_an_exercise_stays_with_the_cell_for_its_answer():
    import printing_pages

    asked = exercise_enumerable_node("", nodes.paragraph("", "how many?"))
    answer = cell("answer = ...", "tag_exercise")
    tree = book(nodes.paragraph("", "text"), asked, answer)
    printing_pages.keep(tree)
    ((points, before),) = needs(tree)
    assert before is asked
    assert points > printing_pages.height(asked) + printing_pages.height(answer)


def test_nothing_is_asked_for_inside_a_box():
    import printing_pages

    box = solution_node("", nodes.title("", "Solution"), cell("a"))
    tree = book(nodes.paragraph("", "text"), box)
    printing_pages.keep(tree)
    assert [before for _, before in needs(tree)] == [box]


# --- tables --------------------------------------------------------------------------------------


def table(rows: list[list[str]], *classes: str, stub: int | None = None) -> nodes.table:
    group = nodes.tgroup(cols=len(rows[0]))
    for place in range(len(rows[0])):
        given = {} if stub is None else {"stub": int(place == stub)}
        group += nodes.colspec(colwidth=50, **given)
    lines = [
        nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in row)) for row in rows
    ]
    group += nodes.tbody("", *lines)
    return nodes.table("", group, classes=list(classes))


def test_only_the_columns_that_are_heads_stay_heads():
    import printing_pages

    tree = book(table([["a", "b"]], stub=0))
    printing_pages.tables(tree)
    assert ["stub" in it for it in tree.findall(nodes.colspec)] == [True, False]


def test_a_long_wide_table_goes_on_over_pages_and_a_small_one_is_left_alone():
    import printing_pages

    words = "many words " * 9
    rows = printing_pages.ROWS + 1
    long, wide, small = (
        table([[words, "x"]] * rows), table([[words, "x"]]), table([["a", "b"]] * rows),
    )  # fmt: skip
    tree = book(nodes.paragraph("", "text"), long, wide, small)
    printing_pages.tables(tree)
    assert "longtable" in long["classes"]
    assert [before for _, before in needs(tree)] == [long]
    assert wide["classes"] == ["colwidths-given"]
    assert small["classes"] == []
    widths = [it["colwidth"] for it in long.findall(nodes.colspec)]
    assert widths == [60, 18]


def test_the_width_of_a_cell_counts_signs_and_not_commands():
    import printing_pages

    formula = nodes.entry("", nodes.paragraph("", "", nodes.math("", r"\operatorname{rank}_{D}")))
    assert printing_pages._letters(formula) == len("xrankD")
    code = nodes.entry("", nodes.paragraph("", "", nodes.literal("", "a" * 10)))
    assert printing_pages._letters(code) == 13


# --- words ---------------------------------------------------------------------------------------


def test_what_is_said_otherwise_on_paper_is_said_on_the_web():
    import printing_pages

    texts = [
        " ".join(path.read_text("utf-8").split())
        for folder in ("book", "notebooks")
        for path in (ROOT / folder).glob("*.md")
    ]
    for web, paper in printing_pages.FOR_PRINT.items():
        assert any(web in text for text in texts), f"no page says {web!r} any longer"
        tree = book(nodes.paragraph("", f"First. {web} Last."))
        printing_pages.words(tree)
        assert tree.astext().endswith(f"First. {paper} Last.")


def test_a_solution_names_the_page_of_its_exercise():
    import printing_pages

    solved = solution_node("", nodes.title("", "Solution"), target_label="ex-one")
    printing_pages.answers(book(solved))
    assert r"\pageref{exercise:ex-one}" in solved[1].astext()


def test_a_proof_loses_its_box_and_ends_with_a_square():
    import printing_pages

    said = nodes.section("", nodes.paragraph("", "Proof. Count them."))
    proof = proof_node("", nodes.title("", ""), said)
    proof.remove(proof[0])
    printing_pages.proofs(book(proof))
    assert isinstance(proof[0][0], nodes.emphasis)
    assert proof.astext().startswith("Proof. Count them.")
    assert "square" in proof[-1][-1].astext()


# --- the lists at the end ------------------------------------------------------------------------


def cite(number: int, said: str) -> list[nodes.Node]:
    from sphinxcontrib.bibtex.nodes import raw_latex

    target = f"\\hyperlink{{cite.book/bibliography:id{number}}}{{"
    return [raw_latex(target), nodes.Text(said), raw_latex("}")]


def test_works_stand_in_their_place_under_the_words_that_cite_them():
    import printing_lists

    page = "book/bibliography"
    entries = [
        nodes.citation("", nodes.label("", f"L{n}"), nodes.paragraph("", f"work {n}"),
                       ids=[f"id{n}"], docname=page)
        for n in (1, 2, 3, 4)
    ]  # fmt: skip
    text = nodes.paragraph(
        "", "", *cite(1, "Ann, 2025"), *cite(3, "Bob, 2024"), *cite(2, "Ann, 2025")
    )
    works = nodes.container("", *entries)
    tree = book(text, works)
    printing_lists.works(tree)
    assert text.astext() == "Ann, 2025aBob, 2024Ann, 2025b"
    assert not list(tree.findall(nodes.citation))
    assert len(works) == 1
    names = [it.astext().partition("}{}")[2] for it in works.findall(nodes.term)]
    assert names == ["[Ann, 2025a]", "[Ann, 2025b]", "[Bob, 2024]", "[L4]"]
    for number, term in enumerate(works.findall(nodes.term), 1):
        assert term[0].astext() == f"\\hypertarget{{cite.{page}:id{number}}}{{}}"


def field(name: str, *items: str) -> nodes.field:
    listed = nodes.bullet_list(
        "", *(nodes.list_item("", nodes.paragraph("", item)) for item in items)
    )
    body = listed if len(items) > 1 else nodes.paragraph("", items[0])
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", body))


def test_parameters_are_one_paragraph_and_aliases_are_left_out():
    import printing_lists

    fields = nodes.field_list("", field("Parameters", "a (int)", "b (str)"), field("Returns", "c"))
    alias = addnodes.desc(
        "", addnodes.desc_content("", nodes.paragraph("", "Alias for field number 0"))
    )
    content = addnodes.desc_content("", fields, addnodes.index(), alias)
    entry = addnodes.desc("", addnodes.desc_signature("", "f(a, b)"), content)
    tree = book(nodes.paragraph("", "text"), entry)
    printing_lists.interface(tree)
    said = [it.astext() for it in content if isinstance(it, nodes.paragraph)]
    assert said == ["Parameters: a (int); b (str).", "Returns: c."]
    assert "Alias" not in tree.astext()
    assert not list(tree.findall(addnodes.index))
    assert [before for _, before in needs(tree)] == [entry]


def test_a_field_list_outside_the_interface_is_left_alone():
    import printing_lists

    fields = nodes.field_list("", field("Note", "as it was"))
    tree = book(fields)
    printing_lists.interface(tree)
    assert list(tree.findall(nodes.field_list)) == [fields]


# --- code, and the first page --------------------------------------------------------------------


def test_the_title_page_says_what_the_citation_file_says(tmp_path):
    import printing_style

    path = tmp_path / "CITATION.cff"
    path.write_text("title: a_b\nversion: 1.2.3\nkeywords: [one, two]\n", encoding="utf-8")
    page = printing_style.title_page("en", path)
    assert r"pdfsubject={a\_b}" in page
    assert "pdfkeywords={one, two}" in page
    assert "version 1.2.3" in page
    citation = ROOT / "CITATION.cff"
    for language, word in (("en", "version"), ("ja", "バージョン")):
        page = printing_style.title_page(language, citation)
        assert "%(" not in page and word in page
        told = printing_style.elements(language, citation)
        assert f"pdflang={language}" in told["preamble"] and page == told["maketitle"]
    assert printing_style.NAME == yaml.safe_load(citation.read_text(encoding="utf-8"))["title"]


@pytest.mark.parametrize("builder", ["latex", "html"])
def test_code_has_the_colours_of_the_web_on_paper_alone(builder):
    from types import SimpleNamespace

    import printing

    config = SimpleNamespace(pygments_style="as it was")
    printing._colours(SimpleNamespace(builder=SimpleNamespace(name=builder), config=config))
    assert (config.pygments_style == "as it was") is (builder == "html")


# --- what paper says instead ---------------------------------------------------------------------


def test_a_page_that_only_works_on_the_web_says_so_and_no_more():
    import printing_pages

    said = nodes.paragraph("", "On paper there is nothing to click.")
    page = nodes.section("", nodes.title("", "The explorer"), nodes.paragraph("", "Click."))
    page += [nodes.container("", said, classes=["paper-instead"]), nodes.section("", ids=["a"])]
    tree = book(page)
    printing_pages.instead(tree)
    assert page.astext().split("\n\n") == ["The explorer", "On paper there is nothing to click."]
    words = (ROOT / "book" / "explorer.md").read_text(encoding="utf-8")
    assert "{container} paper-instead" in words


def test_a_cell_bears_its_tag_and_a_figure_names_the_page_of_its_cell():
    import printing_pages

    checked, other = cell("assert x", "tag_check-x"), cell("y", "tag_hide-input")
    line = nodes.paragraph("", "Code: ", classes=["provenance"])
    line += [nodes.reference("", "this cell", refid="cell-fig-x"), nodes.Text(".")]
    tree = book(addnodes.start_of_file("", checked, other, line, docname="notebooks/01_a"))
    printing_pages.cells(tree)
    assert checked[0].astext() == "\\booktag{check-x}" and len(other) == 1
    assert line.astext() == "Code: this cell, page~\\pageref{notebooks/01_a:cell-fig-x}."


def test_a_solution_stays_whole_where_a_cell_would_not():
    import printing_pages

    code = nodes.literal_block("", "\n".join("x" * 30))
    solution = solution_node("", code, label="sol")
    tree = book(nodes.paragraph("", "text"), solution)
    printing_pages.keep(tree)
    ((points, after),) = needs(tree)
    assert after is solution
    assert printing_pages.MOST < points == printing_pages.height(solution)


def test_the_mark_for_the_index_goes_over_with_what_it_marks():
    import printing_lists

    mark, described = addnodes.index(entries=[]), addnodes.desc()
    described += [addnodes.desc_signature(), addnodes.desc_content("", nodes.paragraph("", "a"))]
    tree = book(nodes.paragraph("", "text"), mark, described)
    printing_lists.interface(tree)
    ((_, after),) = needs(tree)
    assert after is mark and tree[0].index(described) == tree[0].index(mark) + 1


PAGES = sorted([*(ROOT / "book").rglob("*.md"), *(ROOT / "notebooks").glob("*.md")])
LIVE = re.compile(r"^```\{touch\} (\w+)", re.MULTILINE)
DRAWN = [(it.stem, name) for it in PAGES for name in LIVE.findall(it.read_text("utf-8"))]


def test_every_page_of_the_core_path_has_a_live_picture():
    core = {it.stem for it in (ROOT / "book" / "core").glob("*.md")} | {"intro"}
    assert sorted(page for page, _ in DRAWN) == sorted(core)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("it", DRAWN, ids=lambda it: it[0])
def test_a_live_picture_stands_still_on_paper(it, language, tmp_path: Path, monkeypatch):
    """Something is seen in the state in which it is printed, and that state is told in words."""
    import entrance
    import printing

    page, name = it
    monkeypatch.setattr(printing, "to_pdf", lambda *paths: None)
    config = SimpleNamespace(language=language)
    writer = SimpleNamespace(builder=SimpleNamespace(outdir=str(tmp_path)), body=[], config=config)
    with pytest.raises(nodes.SkipNode):
        entrance.print_it(writer, {"page": name})
    (drawn,) = tmp_path.glob("*.svg")
    svg, said = ET.fromstring(drawn.read_text(encoding="utf-8")), "".join(writer.body)
    off = {part for hidden in svg.iter() if "data-off" in hidden.attrib for part in hidden.iter()}
    seen = [
        part
        for part in svg.iter()
        if part not in off and part.tag.endswith(("rect", "path", "circle", "line", "text"))
    ]
    assert len(seen) > 15, f"{page}: nothing is seen of {name}"
    scene = entrance.scene(name, language)
    words = re.sub("<[^>]*>", "", scene.states[scene.start]) if scene.states else ""
    assert words in re.sub(r"\\([%$#&_{}])|\\textbf\{|\{\}", r"\1", said)
    assert ("紙の上" in said) == (language == "ja")


def test_what_only_works_on_the_web_says_something_for_paper():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert ("{raw} html" in text) <= ("{container} paper-instead" in text), path.name


def test_every_node_that_is_drawn_by_a_script_is_drawn_for_paper_too():
    """A directive of our own with a writer for the web has one for LaTeX, or is gone before it."""
    gone = {"fold", "summary", "preview"}  # printing and their own transforms take them apart
    for path in (ROOT / "book" / "_ext").glob("*.py"):
        for call in re.findall(r"app\.add_node\((.*)\)", path.read_text(encoding="utf-8")):
            name = call.partition(",")[0]
            assert "html=" not in call or "latex=" in call or name in gone, f"{path.stem}: {name}"


def test_a_drawing_that_a_page_made_is_put_into_the_paper(tmp_path: Path, monkeypatch):
    import entrance
    import printing

    converted = []
    monkeypatch.setattr(printing, "to_pdf", lambda *paths: converted.append(paths))
    config = SimpleNamespace(language="en")
    writer = SimpleNamespace(builder=SimpleNamespace(outdir=str(tmp_path)), body=[], config=config)
    with pytest.raises(nodes.SkipNode):
        entrance.print_it(writer, {"page": "facts"})
    drawn = tmp_path / "touch_facts.svg"
    assert converted == [(drawn, drawn.with_suffix(".pdf"))]
    assert ".t-none{fill:none}" in drawn.read_text(encoding="utf-8")
    assert r"\includegraphics[width=0.75\linewidth]{touch_facts.pdf}" in "".join(writer.body)
