"""Lessons as orders of the slides, and the boards that the explorer opens with.

``{lessons}`` on the page of slides offers each lesson of lessons.yml; ``{lesson} NAME`` tells it as
a table whose words are the slides' own notes. ``{boards}`` lists the boards, and the role
``{board}`` links to one.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote_plus

import yaml
from again import labelled, moved
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

import factrank as fr
from factrank.facts.database import Database

SOURCE = Path(__file__).parent.parent / "lessons.yml"
SLIDES = "book/slides"
PAGES = (SLIDES, "book/teach", "book/exercises")
LOG = logging.getLogger(__name__)


@cache
def plan() -> dict:
    """Return the lessons and the boards."""
    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))


def times(lesson: str) -> dict[str, tuple[int, int]]:
    """Return of each slide of a lesson from which minute to which it is shown.

    >>> [*times("forty-five").values()][:2]
    [(0, 5), (5, 8)]
    """
    slides = plan()["lessons"][lesson]["slides"]
    ends = [*accumulate(slides.values())]
    return dict(zip(slides, zip([0, *ends], ends, strict=False), strict=True))


@cache
def board(name: str) -> Database:
    """Return the facts of a board.

    >>> len(board("eight")), [*board("four").triples()][-1]
    (8, ('Bob', 'sells', 'tea'))
    """
    it = plan()["boards"][name]
    if "library" in it:
        return fr.read(f"library:{it['library']}")
    return Database.from_triples([tuple(line.split(",")) for line in it["facts"].splitlines()])


def address(name: str) -> str:
    """Return the part of the explorer's address that holds a board, as its own button writes it.

    >>> address("three")
    '?facts=Ann,drinks,tea%0AAnn,sells,tea%0ABob,drinks,tea'
    """
    facts = "\n".join(map(",".join, board(name).triples()))
    return f"?facts={quote_plus(facts, safe=',')}"


@cache
def rank(name: str) -> int:
    """Return the rank of a board, which must be known.

    >>> rank("towns"), rank("earth")
    (12, 1)
    """
    found = fr.rank_interval(board(name), "quick")
    if not found.exact:
        raise ValueError(f"board {name}: expected an exact rank, found {found}")
    return found.lower


class Board(SphinxRole):
    """``{board}`name```: a link to the explorer with these facts on its board."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link."""
        name = self.text
        if name not in plan()["boards"]:
            known = ", ".join(plan()["boards"])
            said = f"board: expected one of {known}, found {name!r}"
            return [], [self.inliner.reporter.error(said, line=self.lineno)]
        return [link(name, self.env.app.builder.format)], []


def link(name: str, form: str) -> nodes.Node:
    """Return the link to a board, from a page of the folder in which the explorer is."""
    title = plan()["boards"][name]["title"]
    if form != "html":
        return nodes.Text(title)
    return nodes.reference("", title, refuri=f"explorer.html{address(name)}", internal=True)


class Boards(SphinxDirective):
    """``{boards}``: all of them, a row each."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        form = self.env.app.builder.format
        rows = [
            (link(name, form), nodes.Text(str(len(board(name)))), nodes.Text(str(rank(name))))
            for name in plan()["boards"]
        ]
        return [table(("on the board", "facts", "rank"), (60, 20, 20), rows)]


def table(head: tuple[str, ...], widths: tuple[int, ...], rows: list) -> nodes.table:
    """Return a table; a cell is one node, inline or a block of its own."""

    def row(cells: tuple[nodes.Node, ...]) -> nodes.row:
        blocks = (it if isinstance(it, nodes.container) else nodes.paragraph("", "", it)
                  for it in cells)  # fmt: skip
        return nodes.row("", *(nodes.entry("", it) for it in blocks))

    group = nodes.tgroup("", *(nodes.colspec(colwidth=it) for it in widths), cols=len(widths))
    group += nodes.thead("", row(tuple(map(nodes.Text, head))))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group, classes=["colwidths-given"])


class lesson(nodes.General, nodes.Element):
    """The place of a lesson's table."""


class Lesson(SphinxDirective):
    """``{lesson} NAME``: its aim, and what happens when."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the aim, and the place that is filled when the slides are read."""
        name = self.arguments[0]
        if name not in plan()["lessons"]:
            known = ", ".join(plan()["lessons"])
            raise self.error(f"lesson: expected one of {known}, found {name!r}")
        node = lesson("", name=name)
        self.set_source_info(node)
        self.env.note_dependency(str(SOURCE))
        aim = nodes.paragraph("", f"Aim: {plan()['lessons'][name]['aim']}")
        return [aim, node]


class Tell(SphinxPostTransform):
    """Tell each lesson by the notes of its slides."""

    default_priority = 3

    def run(self, **kwargs: object) -> None:
        """Go through one page."""
        for node in list(self.document.findall(lesson)):
            rows = []
            for slide, (start, end) in times(node["name"]).items():
                section = labelled(self.env, f"slide-{slide}")
                if not isinstance(section, nodes.section):
                    LOG.warning("lesson: found no slide %r", slide, location=node)
                    continue
                told = [it for it in section.findall(nodes.container) if "notes" in it["classes"]]
                words = nodes.container("", *(moved(part, self.env) for it in told for part in it))
                rows.append((nodes.Text(f"{start}–{end}"), self._link(node, slide, section), words))
            node.replace_self(table(("minutes", "slide", "what happens"), (12, 24, 64), rows))

    def _link(self, node: lesson, slide: str, section: nodes.section) -> nodes.Node:
        title = section[section.first_child_matching_class(nodes.title)].astext()
        if self.app.builder.format != "html":
            return nodes.Text(title)
        where = self.app.builder.get_relative_uri(self.env.docname, SLIDES)
        uri = f"{where}?lesson={node['name']}#slide-{slide}"
        return nodes.reference("", title, refuri=uri, internal=True)


class Lessons(SphinxDirective):
    """``{lessons}``: a button for each; a script makes the page follow it."""

    def run(self) -> list[nodes.Node]:
        """Return the buttons, each with its slides and their minutes."""
        self.env.note_dependency(str(SOURCE))
        links = "".join(
            f"<li><a href=\"?lesson={name}\" data-lesson='{json.dumps(times(name))}'>"
            f"{it['title']}</a></li>"
            for name, it in plan()["lessons"].items()
        )
        return [nodes.raw("", f'<ul class="slides-lessons">{links}</ul>', format="html")]


def equip(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Give the pages for teaching their style, and the slides their script."""
    if page in PAGES:
        app.add_css_file("teaching.css")
    if page == SLIDES:
        app.add_js_file("slides.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register them."""
    app.add_node(lesson)
    app.add_role("board", Board())
    for name, it in (("boards", Boards), ("lesson", Lesson), ("lessons", Lessons)):
        app.add_directive(name, it)
    app.add_post_transform(Tell)
    app.connect("html-page-context", equip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
