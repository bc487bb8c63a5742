"""Elements of a page, safe by construction: every text is escaped unless an element made it. Its
looks: light and dark, wide and phone, nothing fetched.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import TypeVar

from factrank import __version__
from factrank.facts.labels import printable
from factrank.practice.html.tongue import ENGLISH, heard, known, many, say, spoken

Case = TypeVar("Case")
HERE = files("factrank.practice.html")
CSS = "\n" + (HERE / "page.css").read_text("utf-8")
# what other rooms say in English, as templates by which a page in another language knows them
_LINES = (HERE / "heard.txt").read_text("utf-8").splitlines()
HEARD = tuple(it for it in _LINES if not it.startswith("#"))

ROWS = 200  # of one table that a page shows
CUT = 160  # characters of one label that a page shows
VOID = frozenset(("meta", "rect", "br"))  # rect stands in SVG, which needs the stroke


class Safe(str):
    """Markup made by ``el``; any other text is escaped."""


def el(name: str, /, *children: object, **attributes: object) -> Safe:
    """One element. ``class_`` and ``aria_label`` stand for names that Python cannot write.

    >>> print(el("p", "<b> & ", el("b", "bold"), class_="a'b", id=None))
    <p class="a&#x27;b">&lt;b&gt; &amp; <b>bold</b></p>
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Safe(f"<{name}{told}/>")
    return Safe(f"<{name}{told}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Safe:
    """Children in a row: elements as they are, anything else as text."""
    return Safe("".join(c if isinstance(c, Safe) else html.escape(str(c)) for c in children))


def filled(english: str, **parts: object) -> Safe:
    """A sentence with labels and other elements put in, wherever its language wants them.

    >>> print(filled("{n} of {name} & more", n=3, name=el("b", "x")))
    3 of <b>x</b> &amp; more
    """
    return Safe(html.escape(known(english)).format(**{k: join([it]) for k, it in parts.items()}))


def label(text: str) -> Safe:
    """A label of the facts: cut if long, what does not print written as its code, bidi kept inside.

    >>> print(label("=cmd()<script>\\u202e"))
    <bdi>=cmd()&lt;script&gt;\\u202e</bdi>
    """
    cut = text if len(text) <= CUT else text[:CUT] + "…"
    return el("bdi", printable(cut))


def document(title: str, body: Iterable[object], foot: object, looks: str = "") -> str:
    """A whole page as text: no script, nothing fetched. ``looks`` is more style of its own.

    >>> "<main><h1>&lt;&gt;</h1><footer>factrank " in document("it", [el("h1", "<>")], "")
    True
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", title),
        el("style", Safe(CSS + looks)),
    )
    whole = el("main", *body, el("footer", f"factrank {__version__}", foot))
    return f'<!doctype html>\n<html lang="{spoken()}">{head}{el("body", whole)}</html>\n'


def para(english: str, /, *, class_: str | None = None, **told: object) -> Safe:
    """A paragraph of one sentence, or several, as ``say`` takes them."""
    return el("p", say(english, **told), class_=class_)


def cards(entries: Iterable[tuple[str, object, object, str | None]]) -> Safe:
    """Numbers that lead to where they are told: the place, the number, what it counts, its kind."""
    links = (
        el("a", el("b", n), el("span", what), href=f"#{at}", class_=kind)
        for at, n, what, kind in entries
    )
    return el("ul", *(el("li", link) for link in links), class_="cards")


def table(
    head: Sequence[object],
    cases: Sequence[Case],
    row: Callable[[Case], Iterable[object]],
    name: str,
    most: int | None = None,
) -> Safe:
    """A row for each of the first cases, and a line on how many are left out.

    It scrolls by itself on a narrow screen. Columns of numbers are set to the right.
    """
    most = ROWS if most is None else most
    lines, more = [list(row(it)) for it in cases[:most]], len(cases) - most
    numbers = [all(isinstance(cell, int) for cell in column) for column in zip(*lines, strict=True)]
    kinds = ["n" if number else None for number in numbers] or [None] * len(head)
    cells = [
        el("tr", *(el("td", cell, class_=k) for cell, k in zip(row, kinds, strict=True)))
        for row in lines
    ]
    columns = el(
        "tr", *(el("th", cell, scope="col", class_=k) for cell, k in zip(head, kinds, strict=True))
    )
    whole = el("table", el("thead", columns), el("tbody", *cells))
    rest = el("p", say("and {more} more: --json has all of them", more=more), class_="note")
    box = el("div", whole, class_="scroll", tabindex=0, role="region", aria_label=name)
    return join([box, rest]) if more > 0 else box


def bar(name: object, parts: Iterable[tuple[float, str]], told: object) -> Safe:
    """A line of a bar chart: its name, its parts (share of the width, class), its number."""
    inner = [
        el("i", class_=kind, style=f"width:{100 * share:.2f}%")
        for share, kind in parts
        if share > 0
    ]
    return el(
        "li", el("span", name, class_="name"), el("span", *inner, class_="bar", aria_hidden="true"),
        el("span", told, class_="told"),
    )  # fmt: skip


def strip(kinds: str, name: str) -> Safe:
    """A strip of cells, one letter each, as SVG; equal neighbours are drawn as one.

    >>> strip("ff-s", "x").count("<rect")
    3
    """
    rects, start = [], 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or kinds[end] != kinds[start]:
            rects.append(
                el("rect", x=start, y=0, width=end - start, height=1, class_=f"k{kinds[start]}")
            )
            start = end
    return el(
        "svg", el("title", name), *rects, viewBox=f"0 0 {len(kinds)} 1", role="img",
        preserveAspectRatio="none", aria_label=name,
    )  # fmt: skip


def legend(*entries: tuple[str, str]) -> Safe:
    inner = (
        el("span", el("span", class_=f"key {kind}"), name, class_="whole") for kind, name in entries
    )
    return el("p", join(listed(inner, " ")), class_="note")


def listed(parts: Iterable[Safe], between: str | None = None) -> Iterator[object]:
    for n, part in enumerate(parts):
        yield (say(", ") if between is None else between) if n else ""
        yield part


def span(low: int, high: int) -> str:
    return str(low) if low == high else say("{low} to {high}", low=low, high=high)


def rank_known(low: int, high: int) -> str:
    """What is known of the rank, as a whole sentence."""
    if low == high:
        return say("The rank is exactly {low}.", low=low)
    return say("The rank is at least {low} and at most {high}.", low=low, high=high)


def sizes(shape: Sequence[int]) -> str:
    """The sizes of the three modes.

    >>> sizes((5, 1, 4))
    '5 keys × 1 query × 4 values'
    """
    keys, queries, values = shape
    return say(
        "{keys} × {queries} × {values}",
        keys=many(keys, "{n} key", "{n} keys"),
        queries=many(queries, "{n} query", "{n} queries"),
        values=many(values, "{n} value", "{n} values"),
    )


def facts(n: int) -> str:
    return many(n, "{n} fact", "{n} facts")


def passed(text: str) -> Safe:
    """What another room says in English: in the language of the page, or marked as English."""
    found = text if spoken() == ENGLISH else heard(text, HEARD)
    return el("span", text, lang=ENGLISH) if found is None else join([found])


def sentence(text: str) -> Safe:
    """The same as a whole sentence."""
    whole = f"{text[:1].upper()}{text[1:]}."
    if spoken() == ENGLISH:
        return join([whole])
    found = heard(text, HEARD)
    return el("span", whole, lang=ENGLISH) if found is None else filled("{it}.", it=found)
