"""The directive ``{idea-map}``: one picture of how the ideas hang together, each linked.

The picture is drawn here, in the page itself, so that it follows the light and the dark scheme and
its boxes can be followed like any link. In print it is a file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from docutils import nodes
from printing import include
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WIDTH, LEFT, RIGHT = 372, 8, 316  # the last two: where boxes begin and end
TALL, GAP, TOP = 56, 38, 8
#: The parts of the book, by the colour of the bar at a box's side.
COLOURS = {
    "facts": "#2b7bba", "layer": "#c26a2d", "read": "#2f8f6b", "measured": "#b8467a",
    "practice": "#8a5fb0", "beyond": "#7a8088",
}  # fmt: skip
SCREEN = {
    "ink": "var(--pst-color-text-base)", "soft": "var(--pst-color-text-muted)",
    "box": "var(--pst-color-surface)", "link": "var(--pst-color-link)", "font": "inherit",
}  # fmt: skip
PRINT = {
    "ink": "#111", "soft": "#555", "box": "#f3f4f5", "link": "#111",
    "font": "TeX Gyre Heros, FreeSans, sans-serif",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    """One idea: its place in the order, what it is, where the book has it, and its small sign."""

    row: int
    title: str
    says: str
    target: str
    part: str
    sign: str
    half: int | None = None  # 0 the left one of two, 1 the right one


@dataclass(frozen=True)
class Step:
    """What leads from a row to the next: words, some of them linked."""

    row: int
    words: tuple[tuple[str, str | None], ...]
    twice: bool = False  # between one box and two
    more: tuple[tuple[str, str | None], ...] = ()  # right of the second arrow


ONE, LAYER = "notebooks/01_database_tensor", "notebooks/06_attention_layer_tensor"
READ = "notebooks/09_argmax_and_softmax"
BOXES = (
    Box(0, "Database", "facts: key, query, value", ONE, "facts", "list"),
    Box(1, "Tensor D", "zeros and ones, three sides", f"{ONE}#def-tensor", "facts", "grid"),
    Box(2, "Rank, an interval", "at least, at most, proved", "notebooks/04_certified_rank",
        "facts", "interval"),
    Box(3, "Attention layer", "heads with two widths", f"{LAYER}#def-layer", "layer", "heads"),
    Box(4, "Tensor L", "a logit for every answer", f"{LAYER}#claim-two-tokens", "layer", "shades"),
    Box(5, "Readout", "linear, softmax, argmax", READ, "read", "bars"),
    Box(6, "Recalled", "the largest logit", f"{READ}#claim-s1", "read", "", 0),
    Box(6, "Held at τ", "probability ≥ τ", f"{READ}#claim-s4", "read", "", 1),
    Box(7, "Trained layers", "what was measured", "notebooks/21_what_the_experiments_say",
        "measured", "dots"),
    Box(8, "Practice", "audit, clean, store, edit", "book/practitioners", "practice", "check"),
    Box(9, "Off the facts", "true or made up", "notebooks/19_completions",
        "beyond", "", 0),
    Box(9, "Several layers", "ranks add, at most", "notebooks/20_several_layers#claim-layers-add",
        "beyond", "", 1),
    Box(10, "A whole block", "an MLP behind heads, long prompts",
        "notebooks/24_a_whole_block#claim-block-value-rank", "beyond", "block"),
)  # fmt: skip
STEPS = (
    Step(0, (("a 1 for each fact", None),)),
    Step(1, (("the ", None), ("least number of terms", "notebooks/02_rank_as_size"),
             (" in ", None), ("bounds", "notebooks/03_rank_bounds"))),
    Step(2, (("how wide? ", None), ("compile", "notebooks/08_compiling_facts"), (" or ", None),
             ("train", "notebooks/10_rank_threshold"))),
    Step(3, (("widths ", None), ("bound its rank", "notebooks/07_layer_rank_bounds"),
             (", heads ", None), ("vote", "notebooks/13_additive_motif"))),
    Step(4, (("who reads it, and how?", None),)),
    Step(5, (("known means", None),), True),
    Step(6, (("does the ", None), ("rank", "notebooks/11_recall_against_rank"),
             (" tell it?", None)), True,
         (("the ", None), ("widths", "notebooks/12_head_budget"), ("? ", None),
          ("bits", "notebooks/14_bits_per_parameter"), ("?", None))),
    Step(7, (("a ", None), ("plan", "notebooks/17_design_guide"), (" for your facts, ", None),
             ("noise", "notebooks/16_noise_and_contradictions"), (" and all", None))),
    Step(8, (("and beyond", None),), True),
    Step(9, (), True, (("all parts at once", None),)),
)  # fmt: skip


def targets() -> list[str]:
    """Return every page that the picture leads to, with its place on the page if it has one."""
    words = [target for step in STEPS for _, target in (*step.words, *step.more) if target]
    return [box.target for box in BOXES] + words


def _y(row: int) -> int:
    return TOP + row * (TALL + GAP)


def _sign(name: str, x: float, y: float) -> str:
    """A small drawing of an idea, 32 by 32, in the ink of the text."""

    def cell(i: float, j: float, w: float, h: float, full: float) -> str:
        look = f'fill-opacity="{full}"'
        return f'<rect x="{x + i}" y="{y + j}" width="{w}" height="{h}" {look} class="m-sign"/>'

    drawn = {
        "list": [cell(0, 6 * n, 32 - 5 * (n % 3), 2.5, 0.9) for n in range(6)],
        "grid": [cell(11 * i, 11 * j, 9, 9, 0.9 if (i + 2 * j) % 3 == 1 else 0)
                 for i in range(3) for j in range(3)],
        "interval": [cell(2, 6, 2, 20, 0.9), cell(28, 6, 2, 20, 0.9), cell(4, 14, 24, 4, 0.3)],
        "heads": [cell(0, 2, 14, 28, 0.25), cell(18, 2, 14, 28, 0.6)],
        "block": [cell(0, 2, 8, 28, 0.25), cell(11, 2, 8, 28, 0.6), cell(23, 8, 9, 16, 0.9)],
        "shades": [cell(11 * i, 11 * j, 9, 9, ((5 * i + 3 * j + 2) % 7) / 7)
                   for i in range(3) for j in range(3)],
        "bars": [cell(9 * i, 32 - h, 6, h, 0.9 if h == 28 else 0.3)
                 for i, h in enumerate((10, 28, 6, 14))],
        "dots": [cell(i, 26 - h, 5, 5, 0.9)
                 for i, h in ((0, 0), (7, 4), (13, 13), (19, 22), (27, 24))],
        "check": [f'<path d="M{x + 3} {y + 17} l9 10 l17 -22" class="m-check"/>'],
    }  # fmt: skip
    return "".join(drawn.get(name, ()))


def _box(box: Box, uri: Callable[[str], str], number: Callable[[str], str]) -> str:
    wide = RIGHT - LEFT
    if box.half is not None:
        wide = (RIGHT - LEFT - 12) // 2
    x, y = LEFT + (box.half or 0) * (wide + 12), _y(box.row)
    indent = 56 if box.sign else 13
    chapter = number(box.target.partition("#")[0])
    name = f'<text x="{x + wide - 8}" y="{y + 20}" class="m-number">{chapter}</text>'
    return (
        f'<a href="{escape(uri(box.target))}" class="m-box">'
        f'<rect x="{x}" y="{y}" width="{wide}" height="{TALL}" rx="5" class="m-ground"/>'
        f'<rect x="{x}" y="{y}" width="5" height="{TALL}" rx="2" fill="{COLOURS[box.part]}"/>'
        f"{_sign(box.sign, x + 14, y + 12)}"
        f'<text x="{x + indent}" y="{y + 24}" class="m-title">{escape(box.title)}</text>'
        f'<text x="{x + indent}" y="{y + 43}" class="m-says">{escape(box.says)}</text>'
        f"{name if chapter and box.half is None else ''}</a>"
    )


def _step(step: Step, uri: Callable[[str], str]) -> str:
    x, y = LEFT + 30, _y(step.row) + TALL
    places = [x, x + (RIGHT - LEFT + 12) // 2] if step.twice else [x]
    arrows = "".join(
        f'<path d="M{at} {y + 2} v{GAP - 6}" class="m-arrow" marker-end="url(#m-tip)"/>'
        for at in places
    )
    told = "".join(
        f'<text x="{at + 14}" y="{y + GAP / 2 + 5}" class="m-step" '
        f'xml:space="preserve">{_words(words, uri)}</text>'
        for at, words in zip(places, (step.words, step.more), strict=False)
        if words
    )
    return arrows + told


def _words(words: tuple[tuple[str, str | None], ...], uri: Callable[[str], str]) -> str:
    return "".join(
        f'<a href="{escape(uri(target))}" class="m-link">{escape(text)}</a>' if target
        else escape(text)
        for text, target in words
    )  # fmt: skip


def picture(
    uri: Callable[[str], str], number: Callable[[str], str], look: dict[str, str] = SCREEN
) -> str:
    """Return the picture as SVG; `uri` and `number` tell where a page is and its chapter."""
    tall = _y(BOXES[-1].row) + TALL + 8
    first, last = _y(1) + TALL / 2, _y(4) + TALL / 2
    arc = f"M{RIGHT + 3} {first} C{WIDTH - 12} {first} {WIDTH - 12} {last} {RIGHT + 3} {last}"
    middle = (first + last) / 2
    # In the order in which one reads them: so does a keyboard or a voice.
    rows = [(2 * box.row, _box(box, uri, number)) for box in BOXES]
    rows += [(2 * step.row + 1, _step(step, uri)) for step in STEPS]
    rows.sort(key=lambda row: row[0])
    style = (
        f".m-ground{{fill:{look['box']};stroke:{look['soft']};stroke-width:1}}"
        f".idea-map text{{font-family:{look['font']};fill:{look['ink']}}}"
        ".idea-map a.m-box{text-decoration:none}"
        ".idea-map .m-title{font-size:16px;font-weight:600}.idea-map .m-says{font-size:13.5px}"
        f".idea-map .m-number{{font-size:12px;text-anchor:end;fill:{look['soft']}}}"
        ".idea-map .m-step{font-size:13px}"
        f".m-sign{{fill:{look['ink']};stroke:{look['ink']};stroke-width:1}}"
        f".m-check{{fill:none;stroke:{look['ink']};stroke-width:4}}"
        f".m-arrow{{fill:none;stroke:{look['soft']};stroke-width:1.6}}.m-tip{{fill:{look['soft']}}}"
        f".idea-map .m-link{{fill:{look['link']};text-decoration:underline}}"
        f".m-box:hover .m-ground,.m-box:focus .m-ground{{stroke:{look['link']};stroke-width:2.5}}"
    )
    return (
        f'<svg class="idea-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {tall}" '
        'role="group" aria-labelledby="m-title"><title id="m-title">From a database to what a '
        f"layer knows of it: the list below says it in words</title><style>{style}</style>"
        '<defs><marker id="m-tip" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" class="m-tip"/>'
        f'</marker></defs><path d="{arc}" class="m-arrow" stroke-dasharray="5 4" '
        'marker-start="url(#m-tip)" marker-end="url(#m-tip)"/>'
        f'<text transform="translate({WIDTH - 16} {middle}) rotate(90)" text-anchor="middle" '
        'class="m-step">L = D: stored exactly</text>'
        f"{''.join(drawn for _, drawn in rows)}</svg>"
    )


class idea_map(nodes.General, nodes.Element):
    """The place of the picture."""


class IdeaMap(SphinxDirective):
    """Put the picture here; a page that it leads to must be in the book."""

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        for target in targets():
            if target.partition("#")[0] not in self.env.found_docs:
                raise self.error(f"idea-map: every target must be a page, found {target!r}")
        return [idea_map()]


def _chapter(env: object, page: str) -> str:
    number = env.toc_secnumbers.get(page, {}).get("", ())
    return f"chapter {'.'.join(map(str, number))}" if number else ""


def show(self: object, node: idea_map) -> None:
    """Write the picture into a page."""
    builder = self.builder

    def uri(target: str) -> str:
        page, _, place = target.partition("#")
        return builder.get_relative_uri(builder.current_docname, page) + (place and f"#{place}")

    drawn = picture(uri, lambda page: _chapter(builder.env, page))
    self.body.append(f'<div class="idea-map-box">{drawn}</div>')
    raise nodes.SkipNode


def print_it(self: object, node: idea_map) -> None:
    """Write the picture as a file for LaTeX."""
    drawn = picture(lambda target: "#", lambda page: _chapter(self.builder.env, page), PRINT)
    include(self, "idea_map", drawn, r"height=0.74\textheight")
    raise nodes.SkipNode


def skip(self: object, node: idea_map) -> None:
    """Leave it out where there are no pictures."""
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive and its writers."""
    app.add_node(idea_map, html=(show, None), latex=(print_it, None), text=(skip, None))
    app.add_directive("idea-map", IdeaMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
