"""The directive ``{words}``, the glossary itself, and links to it from first uses.

In a chapter the first occurrence of each word in the prose becomes a link: not in headings, code,
formulas, captions, cells or other links. The chapters themselves say nothing of it. Other pages
speak plainly, and plain words have other senses too: there only a word that the page sets apart, in
italics or bold, becomes one.
"""

from __future__ import annotations

from pathlib import Path

from cells import link
from docutils import nodes
from docutils.statemachine import StringList
from glossary_words import Finder, GlossaryError, Word, load, named
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective

from companion.entrance.tongue import say, speaking

WORDS = Path("book") / "glossary.yml"
#: Pages that define, list or quote words rather than use them.
APART = tuple(
    f"book/{name}"
    for name in ("glossary", "api", "claims", "bibliography", "changelog", "map", "reproduce")
)
NOT_PROSE = (
    nodes.Titular, nodes.caption, nodes.literal, nodes.literal_block, nodes.doctest_block,
    nodes.math, nodes.math_block, nodes.reference, nodes.target, nodes.term, nodes.raw,
    nodes.comment, nodes.footnote, nodes.citation, nodes.thead, nodes.legend, nodes.problematic,
    addnodes.pending_xref, addnodes.desc, addnodes.download_reference, addnodes.index,
)  # fmt: skip
CHAPTERS = "notebooks/"
SET_APART = (nodes.emphasis, nodes.strong)
#: A card of the home page is itself a link; a cell's text is code or its output.
CLASSES_APART = {"sd-card", "cell"}


def prose(document: nodes.document) -> list[nodes.Text]:
    """Return the texts of a page in which words are linked, in order."""
    for parent in list(document.findall(nodes.TextElement)):
        _join(parent)
    return [text for text in document.findall(nodes.Text) if _is_prose(text)]


def _join(parent: nodes.Element) -> None:
    """Make one text of neighbours: MyST parts a sentence where its source has a new line."""
    joined: list[nodes.Node] = []
    for child in parent.children:
        if joined and isinstance(child, nodes.Text) and isinstance(joined[-1], nodes.Text):
            joined[-1] = nodes.Text(joined[-1].astext() + child.astext())
        else:
            joined.append(child)
    if len(joined) < len(parent):
        parent[:] = joined


def _is_prose(text: nodes.Text) -> bool:
    at = text.parent
    while at is not None:
        if isinstance(at, NOT_PROSE) or CLASSES_APART & set(at.get("classes", ())):
            return False
        # sphinx-exercise keeps titles in nodes of its own, told by their names.
        if type(at).__name__.endswith("title"):
            return False
        at = at.parent
    return True


def used_on(page: str, words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return the words that mean on a page what the glossary says.

    >>> one = Word("block", "Facts.", "01", ("block",), never_in=("24",))
    >>> used_on("notebooks/23", (one,)) == (one,), used_on("notebooks/24", (one,))
    (True, ())
    """
    return tuple(word for word in words if page.rpartition("/")[2] not in word.never_in)


class FirstUses(SphinxTransform):
    """Link the first use of each word on a page to the glossary."""

    default_priority = 720

    def apply(self) -> None:
        """Walk through the prose once."""
        page = self.env.docname
        path = Path(self.env.srcdir) / WORDS
        self.env.note_dependency(str(path))
        if page in APART:
            return
        words = named(load(path), self.config.language)
        finder, seen = Finder(used_on(page, words)), set()
        for text in prose(self.document):
            if not page.startswith(CHAPTERS) and not isinstance(text.parent, SET_APART):
                continue
            pieces, at = [], 0
            whole = text.astext()
            for start, end, word in finder.find(whole, seen):
                shown = nodes.inline("", whole[start:end])
                pieces += [nodes.Text(whole[at:start]), link(f"term:{word.term}", shown, page)]
                at = end
            if pieces:
                text.parent.replace(text, [*pieces, nodes.Text(whole[at:])])


class Glossary(SphinxDirective):
    """Every word with its meaning, its formula and the place that introduces it."""

    def run(self) -> list[nodes.Node]:
        """Return a definition list."""
        try:
            words = named(load(Path(self.env.srcdir) / WORDS), self.config.language)
        except GlossaryError as error:
            raise self.error(f"{WORDS}: {error}") from None
        items = (self._item(word) for word in words)
        return [nodes.definition_list("", *items, classes=["glossary"])]

    def _item(self, word: Word) -> nodes.definition_list_item:
        domain, page = self.env.get_domain("std"), self.env.docname
        name = word.term
        if word.called:
            with speaking(self.config.language):
                name = say("{called} ({term})", called=word.called, term=word.term)
        domain.note_object("term", word.term, word.anchor)
        domain.note_hyperlink_target(f"term:{word.term}".lower(), page, word.anchor, name)
        index = addnodes.index(entries=[("single", name, word.anchor, "main", None)])
        term = nodes.term("", "", nodes.Text(name), index, ids=[word.anchor])
        meaning = nodes.definition()
        self.state.nested_parse(StringList([word.says], str(WORDS)), self.content_offset, meaning)
        if word.formula:
            shown = StringList(["$$", word.formula, "$$"], str(WORDS))
            self.state.nested_parse(shown, self.content_offset, meaning)
        meaning += self._place(word)
        return nodes.definition_list_item("", term, meaning)

    def _place(self, word: Word) -> nodes.paragraph:
        page = self.env.docname
        place = nodes.paragraph("", "", classes=["glossary-place"])
        with speaking(self.config.language):
            also = say("Also called {names}. ", names=", ".join(word.also)) if word.also else ""
            before, _, after = say("Introduced in {place}.", place="\0").partition("\0")
        place += nodes.Text(also + before)
        place += addnodes.pending_xref(
            "", nodes.inline("", word.chapter), refdomain="std", reftype="doc",
            reftarget=f"/notebooks/{word.chapter}", refdoc=page, refexplicit=False, refwarn=True,
        )  # fmt: skip
        if word.label:
            place += nodes.Text(", ")
            place += addnodes.pending_xref(
                "", nodes.inline("", word.label), refdomain="prf", reftype="ref",
                reftarget=word.label, refdoc=page, refexplicit=False, refwarn=True,
            )  # fmt: skip
        place += nodes.Text(after)
        return place


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both."""
    app.add_directive("words", Glossary)
    app.add_transform(FirstUses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
