"""What a layer recalls of its facts, as one page of HTML: no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from factrank.practice.html.markup import (
    Safe,
    bar,
    cards,
    document,
    el,
    facts,
    filled,
    label,
    legend,
    para,
    sentence,
    span,
    table,
)
from factrank.practice.html.tongue import ENGLISH, catalogue, say, speaking


def page(
    record: Mapping[str, Any],
    layer: str,
    facts: str,
    notes: Sequence[str] = (),
    language: str = ENGLISH,
) -> str:
    """The whole page as text, of the record that ``factrank recall --json`` prints (with relations
    or without); ``notes`` are sentences to be read with it."""
    with speaking(language, catalogue(language)):
        body = [*_head(record, layer, facts, notes), *_relations(record)]
        return document(say("Recall of {layer}", layer=layer), body, ", factrank recall.")


def _head(record: Mapping[str, Any], layer: str, name: str, notes: Sequence[str]) -> Iterator[Safe]:
    n, tau = record["facts"], record["tau"]
    known, sure = round(record["recalled"] * n), round(record["held"] * n)
    yield para("What a layer recalls", class_="sub")
    yield el("h1", label(layer))
    asked = filled("Asked for {facts} of {name}.", facts=facts(n), name=label(name))
    yield el("p", asked, class_="sub")
    yield el("p", say("It recalls {n} of {facts}.", n=known, facts=facts(n)), class_="verdict")
    for note in notes:
        yield el("p", sentence(note), class_="note")
    margin = record["margin"]
    loud, off = record["artifacts"], record["answers_off"]
    at = f"{tau}"
    told = [
        (f"{record['recalled']:.1%}", say("recalled: the right answer stands on top"), known == n),
        (f"{record['held']:.1%}", say("held: it has a probability of {tau} or more", tau=at),
         sure == n),
        (_counted(loud), say("entries off the facts at {tau} or more (artifacts)", tau=at),
         _none(loud)),
        (_counted(off), say("pairs without a fact, answered all the same"), _none(off)),
        (f"{record['ceiling']:.1%}", say("most that one answer a pair can recall"), None),
        (say("none") if margin is None else f"{margin:.3g}",
         say("least margin of a fact, in logits"), None),
    ]  # fmt: skip
    if "rank" in record:
        rank = record["rank"]
        took = f"{1000 * record['seconds_per_answer']:.3g} ms"
        told.append((span(rank["lower"], rank["upper"]), say("rank of the facts"), None))
        told.append((took, say("an answer asked alone"), None))
    kinds = {True: "good", False: "look", None: None}
    yield cards(("relations", n, what, kinds[good]) for n, what, good in told)


def _relations(record: Mapping[str, Any]) -> Iterator[Safe]:
    yield el("h2", say("Relation by relation"), id="relations")
    found = record.get("relations")
    if found is None:
        yield para("Not asked for (--brief).")
        return
    order = sorted(found, key=lambda it: it["recalled"] / it["facts"] if it["facts"] else 2)
    yield para(
        "The relations recalled least stand first. The rank alone is the width that an exact "
        "layer needs for a relation by itself."
    )
    yield legend(("solid", say("recalled and held")), ("pale", say("recalled only")))
    yield el("ul", *map(_bar, (it for it in order[:60] if it["facts"])), class_="bars")
    head = [
        say("relation"), say("facts"), say("recalled"), say("held"), say("ceiling"),
        say("artifacts"), say("answered off"), say("rank alone"),
    ]  # fmt: skip
    yield table(
        head,
        order,
        lambda it: [label(it["query"]), it["facts"], it["recalled"], it["held"],
                    _share(it["ceiling"]), _counted(it["artifacts"]), _counted(it["answers_off"]),
                    it["rank"]],
        say("Relations"),
    )  # fmt: skip


def _bar(it: Mapping[str, Any]) -> Safe:
    n, known = it["facts"], it["recalled"]
    sure = min(it["held"], known)
    parts = [(sure / n, "solid"), ((known - sure) / n, "pale")]
    return bar(label(it["query"]), parts, say("{n} of {all}", n=known, all=n))


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _counted(number: int | None) -> str:
    return "-" if number is None else f"{number}"  # only pairs with a fact were asked for


def _none(number: int | None) -> bool | None:
    return None if number is None else number == 0
