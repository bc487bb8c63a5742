"""The book's small Sphinx extensions, apart from the ledger's."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"


@pytest.fixture
def extensions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests import the extensions as Sphinx does."""
    monkeypatch.setattr(sys, "path", [str(EXTENSIONS), *sys.path])


def entry(seconds: float, cpu: str) -> dict:
    """Return one notebook's record."""
    machine = {"cpu": cpu, "cores": 2, "system": "Debian"}
    return {"seconds": seconds, "machine": machine, "versions": {"python": "3.11.7"}}


def texts(table) -> list[list[str]]:
    """Return a docutils table as lists of text."""
    from docutils import nodes

    return [
        [cell.astext() for cell in row.findall(nodes.entry)] for row in table.findall(nodes.row)
    ]


@pytest.mark.usefixtures("extensions")
def test_statistics_name_each_setting_once_and_sum_the_seconds():
    import statistics_page

    record = {"01_a": entry(1.25, "X"), "02_b": entry(2.0, "Y"), "03_c": entry(3.0, "X")}
    assert texts(statistics_page.seconds_table(record))[1:] == [
        ["01_a", "1.2", "A"],
        ["02_b", "2.0", "B"],
        ["03_c", "3.0", "A"],
        ["all", "6.2", ""],
    ]
    assert texts(statistics_page.settings_table(record))[1:] == [
        ["A", "X, 2 cores, Debian.", "python 3.11.7."],
        ["B", "Y, 2 cores, Debian.", "python 3.11.7."],
    ]


@pytest.mark.usefixtures("extensions")
def test_while_the_book_is_built_nothing_is_collected_and_afterwards_it_is():
    import gc

    import memory

    told = {}
    memory.setup(SimpleNamespace(connect=lambda event, act, **_: told.update({event: act})))
    assert gc.isenabled()
    told["config-inited"](None, None)
    try:
        assert not gc.isenabled()
        told["build-finished"](None, None)
        assert gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.usefixtures("extensions")
def test_docstrings_mean_what_they_say():
    import docstrings

    assert docstrings.plain(["|K| and D_(V), 2*m"]) == [r"\|K\| and D\_(V), 2\*m"]
    hanging = ["As text:", "", "P1  one", "    |V| more", "", "end"]
    shown = ["As text:", "", "| P1  one", r"|     \|V\| more", "", "end"]
    assert docstrings.plain(hanging) == shown
    for gap in ([], [""]):
        formula = ["Logits:", "", ".. math::", *gap, "    A_{kq} = 2*m", "", "    L_{kqv}", ""]
        assert docstrings.plain([*formula, "D_(V)"]) == [*formula, r"D\_(V)"]
    untouched = ["``|K|`` and a_name and `text <x>`_ stay", "", ">>> 2*3", "6*|x|", ""]
    untouched += ["Args:", "    a: one", "        two", "", "- a list", "  goes on"]
    assert docstrings.plain(untouched) == untouched


@pytest.mark.usefixtures("extensions")
def test_mathjax_and_its_fonts_are_files_of_an_installed_wheel():
    import offline

    found = offline.mathjax_files()
    assert found["mathjax/tex-chtml.js"].stat().st_size > 1_000_000
    assert sum(name.endswith(".woff") for name in found) > 20


@pytest.mark.usefixtures("extensions")
def test_a_page_keeps_the_icons_of_the_font_and_leaves_out_their_script():
    import offline

    page = (
        '<head>\n  <script defer src="../_static/scripts/fontawesome.js?digest=1"></script>\n'
        '<link rel="preload" as="script" href="../_static/scripts/fontawesome.js?digest=1" />'
        '<script src="../searchindex.js"></script><script src="../_static/doctools.js"></script>'
    )
    assert offline.light(page) == '<head><script src="../_static/doctools.js"></script>'
    assert offline.light(page, search=True).count("script>") == 2
    sheets = '<link href="a/mystnb.1.css"/><link href="a/factrank.css"/>'
    assert offline.light(sheets) == sheets
    assert offline.light(sheets, search=True) == '<link href="a/factrank.css"/>'
    name = '<code><span class="pre">a</span><span class="w"> </span><span class="k">b</span></code>'
    assert offline.light(name) == name
    assert offline.light(name, names=True) == '<code>a <span class="k">b</span></code>'
    at = "url(../vendor/fontawesome/webfonts/fa.{})"
    face = f'src:{at.format("woff2")} format("woff2"),{at.format("ttf")} format("truetype")}}'
    assert offline.ASKED.sub("", face) == f'src:{at.format("woff2")} format("woff2")}}'


@pytest.mark.usefixtures("extensions")
def test_a_room_with_a_page_of_its_own_is_left_out_of_the_other_and_nothing_else_is():
    import interface

    whole, inner = (interface.modules(f"factrank.rank{room}") for room in ("", ".verify"))
    outer = interface.modules("factrank.rank", "factrank.rank.verify")
    assert "factrank.rank.verify.checker" in inner and not set(outer) & set(inner)
    assert sorted([*outer, *inner]) == sorted(whole)


@pytest.mark.usefixtures("extensions")
def test_the_interface_page_finds_modules_by_itself():
    import interface

    found = interface.modules("factrank.facts")
    assert found[0] == "factrank.facts"
    assert "factrank.facts.database" in found


def contents(*titles: str):
    """Return the contents of a page as Sphinx keeps them: its title, its sections below."""
    from docutils import nodes
    from sphinx import addnodes

    def item(title: str) -> nodes.list_item:
        return nodes.list_item("", addnodes.compact_paragraph("", title))

    page, sections = item(titles[0]), nodes.bullet_list("", *map(item, titles[1:]))
    page += sections
    return nodes.bullet_list("", page)


@pytest.mark.usefixtures("extensions")
def test_the_sidebar_is_made_of_titles_and_the_contents_of_pages_stay_whole():
    import sidebar

    kept = {"a": contents("A", "A1", "A2"), "b": contents("B", "B1")}
    env, seen = SimpleNamespace(tocs=kept), []

    def toctree(**options) -> str:
        seen.append({name: toc.astext().split() for name, toc in env.tocs.items()})
        if options.get("fail"):
            raise ValueError
        return "the list"

    context = {"toctree": toctree}
    sidebar.shorten(SimpleNamespace(env=env), "a", "page.html", context, None)
    assert context["toctree"](titles_only=True) == "the list"
    assert context["toctree"]() == "the list"
    with pytest.raises(ValueError):
        context["toctree"](titles_only=True, fail=True)
    whole = {"a": ["A", "A1", "A2"], "b": ["B", "B1"]}
    assert seen == [{"a": ["A"], "b": ["B"]}, whole, {"a": ["A"], "b": ["B"]}]
    assert env.tocs is kept and kept["a"].astext().split() == whole["a"]


@pytest.mark.usefixtures("extensions")
def test_the_sidebar_keeps_what_hangs_below_a_page():
    import sidebar
    from sphinx import addnodes

    toc = contents("Home", "A section")
    toc[0][1] += addnodes.toctree()
    assert sidebar.title_only(toc) is toc


@pytest.mark.usefixtures("extensions")
def test_a_fold_of_the_sidebar_has_a_name():
    import sidebar

    fold = '<summary><span class="toctree-toggle" role="presentation"></span></summary>'
    assert sidebar.named(f"<p>{fold}</p>").startswith('<p><summary aria-label="the pages beneath">')
    assert sidebar.named("<summary>Words</summary>") == "<summary>Words</summary>"
