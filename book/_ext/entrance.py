"""The pages before the chapters: ``{touch}`` puts a page's picture, ``{told}`` one of its numbers.

Both ask the page's module in `companion.entrance`: no number of these pages is typed. In another
language they say the same numbers in its words.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from importlib import import_module
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from printing import include
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.texescape import escape as escape_tex

from companion.entrance.marks import Scene
from companion.entrance.tongue import ENGLISH, say, speaking

#: Colours by name: on a page the theme's or our own in touch.css, in print these.
PRINT = {
    "ink": "#111", "soft": "#555", "faint": "#bbb", "key": "#0b5a8f", "query": "#8a4b08",
    "value": "#1b6b45", "plus": "#0b5a8f", "minus": "#b3401a", "fact": "#333", "paper": "#fff",
    "tint": "#eee", "one": "#5a4fa2", "two": "#b3246b", "three": "#4d5b6b", "four": "#0b7480",
    "five": "#b3401a", "none": "none",
}  # fmt: skip
#: The letters of a drawing on paper, by language.
PAPER = {ENGLISH: "'TeX Gyre Heros',FreeSans,sans-serif", "ja": "'Noto Sans CJK JP',sans-serif"}
TAG = re.compile("<[^>]*>")


@lru_cache(maxsize=32)
def scene(page: str, language: str = ENGLISH) -> Scene:
    """Return the picture of a page."""
    with speaking(language):
        return import_module(f"companion.entrance.{page}").scene()


@lru_cache(maxsize=32)
def numbers(page: str, language: str = ENGLISH) -> dict[str, str]:
    """Return what a page is told, by name."""
    with speaking(language):
        return import_module(f"companion.entrance.{page}").numbers()


def svg(it: Scene, style: str = "") -> str:
    """Return the drawing as one SVG element, parts that start unseen marked so."""
    wide, tall = it.size
    parts = it.drawing.split(' data-seen="')
    for n, part in enumerate(parts[1:], 1):
        states = part.partition('"')[0].split()
        parts[n] = part if str(it.start) in states else part.replace('"', '" data-off=""', 1)
    drawn = ' data-seen="'.join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" role="group" '
        f'aria-label="{escape(it.title)}">{style}{drawn}</svg>'
    )


def control(it: Scene, name: str) -> str:
    """Return the slider or the buttons that lead from state to state."""
    if len(it.states) < 2:
        return ""
    if it.names:
        radios = "".join(
            f'<label><input type="radio" name="{name}" value="{n}"{" checked" * (n == it.start)}>'
            f"<span>{escape(words)}</span></label>"
            for n, words in enumerate(it.names)
        )
        legend = f"<legend>{escape(it.asks)}</legend>"
        return f'<fieldset class="touch-names" hidden>{legend}{radios}</fieldset>'
    return (
        f'<label class="touch-slide" hidden><span>{escape(it.asks)}</span>'
        f'<input type="range" min="0" max="{len(it.states) - 1}" value="{it.start}"></label>'
    )


def html(it: Scene, name: str) -> str:
    """Return control, sentences and drawing: what a state says stands beside what chooses it."""
    said = "".join(
        f'<p data-seen="{n}"{"" if n == it.start else " data-off"}>{words}</p>'
        for n, words in enumerate(it.states)
    )
    told = f'<div class="touch-said" role="status">{said}</div>' if said else ""
    return (
        f'<div class="touch" data-touch="{escape(name)}">{control(it, name)}{told}'
        f'<div class="touch-stage">{svg(it)}</div>{it.beneath}</div>'
    )


class touch(nodes.General, nodes.Element):
    """The place of a picture."""


class Touch(SphinxDirective):
    """``{touch} page``: its picture; the content is the caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict] = {"name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return a figure with the picture and its caption."""
        page = self.arguments[0]
        place = touch(page=page)
        figure = nodes.figure("", place)
        caption = nodes.caption("\n".join(self.content), "")
        self.set_source_info(caption)
        inner = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, inner)
        if inner.children:
            caption += inner.children[0].children
            figure += caption
        self.add_name(figure)
        self.env.note_dependency(import_module(f"companion.entrance.{page}").__file__)
        return [figure]


class Told(SphinxRole):
    """``{told}`page:name``: a number of that page's module."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number as text."""
        page, _, name = self.text.partition(":")
        if self.env.app.builder.name == "gettext":  # a translator sees the name, not the number
            return [nodes.Text(self.text)], []
        found = numbers(page, self.config.language)
        if name not in found:
            message = f"told: {page} has no number {name!r}; it has {', '.join(sorted(found))}"
            return [], [self.inliner.reporter.error(message, line=self.lineno)]
        return [nodes.Text(found[name])], []


def show(self: object, node: touch) -> None:
    """Write the picture into a page."""
    self.body.append(html(scene(node["page"], self.config.language), node["page"]))
    raise nodes.SkipNode


def printed(page: str, family: str, language: str = ENGLISH) -> str:
    """Return the picture of a page as it starts, an SVG with its colours for paper."""
    rules = [
        "[data-off]{display:none}",
        f"text{{font-family:{family}}}",
        *(f".t-{n}{{fill:{c}}}.t-line-{n}{{fill:none;stroke:{c}}}" for n, c in PRINT.items()),
    ]
    return svg(scene(page, language), f"<style>{''.join(rules)}</style>")


def stands_still(it: Scene, language: str) -> str:
    """Return, for LaTeX, what is said beside a picture in the state in which it is printed."""
    with speaking(language):
        told = say("On paper the picture stands still.")
        if it.states:
            told = say("On paper the picture stands still. Here it shows this:")
    said = unescape(TAG.sub("", it.states[it.start])) if it.states else ""
    between = " " if said and language == ENGLISH else ""
    return f"\n{{\\small {escape_tex(told + between + said, 'xelatex')}\\par}}\n"


def print_it(self: object, node: touch) -> None:
    """Write the picture as it starts, as a file for LaTeX."""
    page, language = node["page"], self.config.language
    include(
        self, f"touch_{page}", printed(page, PAPER[language], language), r"width=0.75\linewidth"
    )
    self.body.append(stands_still(scene(page, language), language))
    raise nodes.SkipNode


def skip(self: object, node: touch) -> None:
    """Leave it out where there are no pictures."""
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive, the role and the writers."""
    app.add_node(touch, html=(show, None), latex=(print_it, None), text=(skip, None))
    app.add_directive("touch", Touch)
    app.add_role("told", Told())
    app.add_js_file("touch.js", loading_method="defer")
    app.add_css_file("touch.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
