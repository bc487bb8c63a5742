"""Elements of a page, safe by construction: every text is escaped unless an element made it. Its
looks: light and dark, wide and phone, nothing fetched.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence

from factrank import __version__
from factrank.facts.labels import printable
from factrank.practice.html.heard import HEARD
from factrank.practice.html.tongue import ENGLISH, heard, known, many, say, spoken

CSS = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1d2329;--soft:#59636e;--line:#d5dae0;
--tint:#f3f5f8;--blue:#0072b2;--pale:#9cc7e3;--red:#b34700;--green:#00795a;--hole:#e3e7ec}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6eaef;--soft:#a3adb8;
--line:#39424c;--tint:#1d232a;--blue:#5db3e6;--pale:#2f5f80;--red:#ff9e57;--green:#4fcfa6;
--hole:#2c343d}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:60rem;background:var(--paper);
color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;
overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.2em 0}
h2{font-size:1.25rem;margin:2.4em 0 .3em;padding-top:.6em;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.4em 0 .3em}
p{margin:.5em 0;max-width:46rem}
a{color:var(--blue)}
.sub,.note{color:var(--soft)}
.note{font-size:.9rem}
.verdict{font-size:1.15rem;font-weight:600;margin:.8em 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.6rem;
list-style:none;margin:1.2rem 0 0;padding:0}
.cards+.cards{margin-top:.6rem}
.cards a{display:block;height:100%;padding:.7rem .8rem;border:1px solid var(--line);
border-left:4px solid var(--blue);border-radius:6px;background:var(--tint);color:var(--ink);
text-decoration:none}
.cards a.good{border-left-color:var(--green)}
.cards a.look{border-left-color:var(--red)}
.cards a:hover{border-color:var(--blue)}
.cards b{display:block;font-size:1.35rem;line-height:1.2}
.cards span{color:var(--soft);font-size:.88rem}
ul.bars{list-style:none;margin:1em 0;padding:0}
ul.bars,.bars li{display:grid;grid-template-columns:minmax(6rem,13rem) 1fr 9rem;column-gap:.7rem}
.bars li{grid-column:1/-1;align-items:center;margin:.28em 0;font-size:.93rem}
@supports (grid-template-columns:subgrid){
ul.bars{grid-template-columns:fit-content(13rem) 1fr auto}.bars li{grid-template-columns:subgrid}}
.bars .name{text-align:right}
.bars .told{color:var(--soft);font-variant-numeric:tabular-nums}
.bar{display:flex;height:1.05rem;border-radius:2px;overflow:hidden;background:var(--tint)}
.bar i{display:block;min-width:1px}
.bar i.solid{background:var(--blue)}
.bar i.maybe{background:repeating-linear-gradient(-45deg,var(--blue) 0 2px,var(--pale) 2px 6px)}
.bar i.pale{background:var(--pale)}
svg{display:block;width:100%;height:1.05rem;border-radius:2px}
.kf{fill:var(--blue)}.kh{fill:var(--pale)}.k-{fill:var(--hole)}.ks{fill:var(--red)}
.key{display:inline-block;width:.9em;height:.9em;border-radius:2px;vertical-align:-.1em;
margin:0 .3em 0 .9em}
.whole{white-space:nowrap}.whole:first-child .key{margin-left:0}
.key.solid{background:var(--blue)}.key.pale{background:var(--pale)}.key.hole{background:var(--hole)}
.key.red{background:var(--red)}
.key.maybe{background:repeating-linear-gradient(-45deg,var(--blue) 0 2px,var(--pale) 2px 6px)}
.scroll{overflow-x:auto;margin:.8em 0}
table{border-collapse:collapse;font-size:.9rem;min-width:60%}
th,td{text-align:left;vertical-align:top;padding:.3em .8em .3em 0;
border-bottom:1px solid var(--line);min-width:3.5rem;max-width:26rem;overflow-wrap:break-word}
th{font-weight:600;color:var(--soft)}
th.n,td.n{text-align:right;padding-right:1.3em;white-space:nowrap;font-variant-numeric:tabular-nums}
.scroll:not(:has(.pairs)) th.n{white-space:normal}
table.pairs{min-width:0}
table.pairs td,table.pairs th{min-width:2.6rem;padding:.25em .4em;text-align:center}
table.pairs tbody th{text-align:right;white-space:nowrap;max-width:none}
table.pairs thead th{vertical-align:bottom}
table.pairs thead bdi{display:inline-block;writing-mode:vertical-rl;transform:rotate(180deg);
max-height:11rem;overflow:hidden}
table.pairs td{background:color-mix(in srgb,var(--pale) var(--s,0%),var(--paper))}
details{margin:.4em 0}
summary{cursor:pointer}
footer{margin-top:3rem;border-top:1px solid var(--line);padding-top:.8rem;color:var(--soft);
font-size:.88rem}
code{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.92em}
@media (max-width:36rem){body{padding:1rem .8rem 2rem}
.cards li:last-child:nth-child(odd){grid-column:1/-1}
ul.bars{display:block}.bars li{grid-template-columns:1fr auto;gap:.1rem .6rem;margin:.6em 0}
.bars .name{text-align:left}.bars .bar,.bars svg{grid-column:1/-1;grid-row:2}}
:lang(ja) body{font-family:"Hiragino Sans","Hiragino Kaku Gothic ProN","Noto Sans JP",
"Noto Sans CJK JP","BIZ UDPGothic","Yu Gothic Medium","Yu Gothic",Meiryo,sans-serif;
line-break:strict;line-height:1.7;text-autospace:normal}
:lang(ja) :is(h1,h2,h3,th,.cards span){word-break:auto-phrase}
:lang(ja) h1{line-height:1.35}
@media print{.cards a{break-inside:avoid}}
"""


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


def table(
    head: Sequence[object], rows: Iterable[Iterable[object]], name: str, more: int = 0
) -> Safe:
    """A table that scrolls by itself on a narrow screen, and a line on the rows left out.

    Columns of numbers are set to the right.
    """
    lines = [list(row) for row in rows]
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
    return join([box, rest]) if more else box


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
