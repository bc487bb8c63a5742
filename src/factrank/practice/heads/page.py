"""The heads of a checkpoint as one page of HTML: no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from factrank.facts.labels import printable
from factrank.practice.heads.report import ABOUT, Heads, Note, Side, mean, sentences
from factrank.practice.html.markup import (
    Safe,
    bar,
    cards,
    document,
    el,
    label,
    legend,
    para,
    passed,
    table,
)
from factrank.practice.html.tongue import ENGLISH, catalogue, many, say, speaking

ROWS = 300  # heads in the table


def page(found: Heads, language: str = ENGLISH) -> str:
    """The whole page as text."""
    with speaking(language, catalogue(language)):
        body = [*_head(found), *_layers(found), *_heads(found)]
        return document(say("Heads of {file}", file=found.path), body, ", factrank heads.")


def _head(found: Heads) -> Iterator[Safe]:
    yield para("How much of their widths do these heads use?", class_="sub")
    yield el("h1", label(found.path))
    heads = many(sum(len(it.heads) for it in found.layers), "{n} head", "{n} heads")
    layers = many(len(found.layers), "{n} layer", "{n} layers")
    yield el("p", passed(found.family), say(", "), layers, say(", "), heads, class_="sub")
    qk, vo = found.mean
    told = say(
        "In the mean {qk:.1f} of {wide:.4g} directions hold 90% of the query-key side, and "
        "{vo:.1f} of {broad:.4g} of the value-output side.",
        qk=qk.holds_90, wide=qk.width, vo=vo.holds_90, broad=vo.width,
    )  # fmt: skip
    yield el("p", told, class_="verdict")
    yield from _notes(found.notes)
    counts = [sum(it.counts[n] for it in found.layers) for n in range(3)]
    shares = [it / sum(counts) for it in counts]
    shown = [
        (qk.holds_90 / qk.width, say("of the query-key width holds 90%")),
        (vo.holds_90 / vo.width, say("of the value-output width holds 90%")),
        (shares[0], say("of the numbers say where to look")),
        (shares[1], say("of the numbers say what to pass on")),
        *([(shares[2], say("of the numbers serve both"))] if counts[2] else []),
    ]
    yield cards(("layers", f"{share:.0%}", what, None) for share, what in shown)


def _notes(notes: Iterable[Note]) -> Iterator[Safe]:
    for text, told in notes:
        words = say(text, **told)
        yield el("p", printable(f"{words[:1].upper()}{words[1:]}"), say("."), class_="note")


def _layers(found: Heads) -> Iterator[Safe]:
    yield el("h2", say("Layer by layer"), id="layers")
    yield para("Share of the width, in the mean over the heads of a layer.")
    yield legend(("solid", say("holds 90%")), ("pale", say("holds 99%")))
    rows = [(say("layer {n}", n=n), _mean(it.heads)) for n, it in enumerate(found.layers)]
    rows += [(say("drawn at random"), it) for it in found.drawn.values()]
    for n, side in enumerate((say("Query-key side"), say("Value-output side"))):
        yield el("h3", side)
        yield el("ul", *(_bar(name, both[n]) for name, both in rows), class_="bars")
    yield el("h2", say("Split otherwise"))
    yield from _notes(sentences(found))


def _mean(heads: Iterable[tuple[Side, Side]]) -> tuple[Side, Side]:
    qk, vo = zip(*heads, strict=True)
    return mean(qk), mean(vo)


def _bar(name: str, it: Side) -> Safe:
    most, nearly = it.holds_90 / it.width, it.holds_99 / it.width
    told = say("{n:.1f} of {all:.4g}", n=it.holds_90, all=it.width)
    return bar(name, [(most, "solid"), (nearly - most, "pale")], told)


def _heads(found: Heads) -> Iterator[Safe]:
    yield el("h2", say("Head by head"), id="heads")
    yield from _notes([(ABOUT, {})])
    each = ["> .1", "> .01", "90%", "99%", say("stable")]
    head = [say("layer"), say("head"), say("query-key"), *each, say("value-output"), *each]
    rows = [
        [n, h, *(cell for it in both for cell in (*it[:5], f"{it.stable_rank:.1f}"))]
        for n, layer in enumerate(found.layers)
        for h, both in enumerate(layer.heads)
    ]
    yield table(head, rows, lambda it: it, say("Heads"), ROWS)
