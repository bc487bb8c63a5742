"""What a layer recalls of its facts, as one page of HTML: no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factrank.facts.words import counted
from factrank.practice.html.markup import (
    Safe,
    bar,
    document,
    el,
    label,
    legend,
    span,
    table,
)

ROWS = 200  # relations in the table


def page(record: Mapping[str, Any], layer: str, facts: str, notes: Sequence[str] = ()) -> str:
    """The whole page as text, of the record that ``factrank recall --json`` prints (with relations
    or without); ``notes`` are sentences to be read with it."""
    body = [*_head(record, layer, facts, notes), *_relations(record)]
    return document(f"Recall of {layer}", body, ", factrank recall.")


def _head(
    record: Mapping[str, Any], layer: str, facts: str, notes: Sequence[str]
) -> Iterator[Safe]:
    n, tau = record["facts"], record["tau"]
    known, sure = round(record["recalled"] * n), round(record["held"] * n)
    yield el("p", "What a layer recalls", class_="sub")
    yield el("h1", label(layer))
    yield el("p", f"Asked for {counted(n, 'fact')} of ", label(facts), ".", class_="sub")
    yield el("p", f"It recalls {known} of {counted(n, 'fact')}.", class_="verdict")
    for note in notes:
        yield el("p", note, class_="note")
    margin = record["margin"]
    loud, off = record["artifacts"], record["answers_off"]
    cards = [
        (f"{record['recalled']:.1%}", "recalled: the right answer stands on top", known == n),
        (f"{record['held']:.1%}", f"held: it has a probability of {tau:g} or more", sure == n),
        (_counted(loud), f"entries off the facts at {tau:g} or more (artifacts)", _none(loud)),
        (_counted(off), "pairs without a fact, answered all the same", _none(off)),
        (f"{record['ceiling']:.1%}", "most that one answer a pair can recall", None),
        ("none" if margin is None else f"{margin:.3g}", "least margin of a fact, in logits", None),
    ]  # fmt: skip
    if "rank" in record:
        rank = record["rank"]
        cards.append((span(rank["lower"], rank["upper"]), "rank of the facts", None))
        cards.append(
            (f"{1000 * record['seconds_per_answer']:.3g} ms", "an answer asked alone", None)
        )
    kinds = {True: "good", False: "look", None: None}
    yield el(
        "ul",
        *(el("li", el("a", el("b", n), el("span", what), href="#relations", class_=kinds[good]))
          for n, what, good in cards),
        class_="cards",
    )  # fmt: skip


def _relations(record: Mapping[str, Any]) -> Iterator[Safe]:
    yield el("h2", "Relation by relation", id="relations")
    told = record.get("relations")
    if told is None:
        yield el("p", "Not asked for (--brief).")
        return
    order = sorted(told, key=lambda it: it["recalled"] / it["facts"] if it["facts"] else 2)
    yield el(
        "p",
        "The relations recalled least stand first. The rank alone is the width that an exact layer "
        "needs for a relation by itself.",
    )
    yield legend(("solid", "recalled and held"), ("pale", "recalled only"))
    yield el("ul", *map(_bar, (it for it in order[:60] if it["facts"])), class_="bars")
    head = ["relation", "facts", "recalled", "held", "ceiling", "artifacts", "answered off",
            "rank alone"]  # fmt: skip
    yield table(
        head,
        (
            [label(it["query"]), it["facts"], it["recalled"], it["held"], _share(it["ceiling"]),
             _counted(it["artifacts"]), _counted(it["answers_off"]), it["rank"]]
            for it in order[:ROWS]
        ),
        "Relations",
        max(0, len(order) - ROWS),
    )  # fmt: skip


def _bar(it: Mapping[str, Any]) -> Safe:
    n, known = it["facts"], it["recalled"]
    sure = min(it["held"], known)
    parts = [(sure / n, "solid"), ((known - sure) / n, "pale")]
    return bar(label(it["query"]), parts, f"{known} of {n}")


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _counted(number: int | None) -> str:
    return "-" if number is None else f"{number}"  # only pairs with a fact were asked for


def _none(number: int | None) -> bool | None:
    return None if number is None else number == 0
