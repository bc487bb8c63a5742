"""The plan as one page of HTML: no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

from factrank.facts.words import counted, size_text
from factrank.practice.html.markup import (
    Safe,
    bar,
    document,
    el,
    label,
    legend,
    sentence,
    span,
    table,
)
from factrank.practice.plan.layers import Choice, Plan
from factrank.practice.plan.words import recommended


def page(found: Plan, name: str) -> str:
    """The whole page as text; ``name`` is that of the facts."""
    body = [*_head(found, name), *_recommendations(found), *_costs(found), *_choices(found)]
    foot = (
        ", factrank plan. What is certain was built and asked for every fact; what is expected of "
        "training comes from recorded experiments, with an interval."
    )
    return document(f"Plan for {name}", body, foot)


def _head(found: Plan, name: str) -> Iterator[Safe]:
    rank = span(found.interval.lower, found.interval.upper)
    sizes = size_text(found.shape).replace(" x ", " × ")
    yield el("p", "Which layer for these facts?", class_="sub")
    yield el("h1", label(name))
    yield el("p", f"{counted(found.facts, 'fact')}: {sizes}.", class_="sub")
    best = found.certified or found.expected
    told = "No layer was found." if best is None else f"{_words(best)}."
    yield el("p", told, class_="verdict")
    if found.ceiling < 1:
        yield el(
            "p",
            "Some pairs have several values: one answer a pair recalls at most "
            f"{found.ceiling:.1%} of the facts.",
            class_="note",
        )
    cards = [
        ("#costs", rank, "rank of the facts", None),
        *(
            (f"#{kind}", "none" if it is None else f"{it.parameters['all']:,}",
             f"numbers of the smallest that is {kind}", "look" if it is None else "good")
            for kind, it in (("certain", found.certified), ("expected", found.expected))
        ),
        ("#choices", "any" if found.budget is None else f"{found.budget:,}",
         "numbers it may have", None),
    ]  # fmt: skip
    yield el(
        "ul",
        *(el("li", el("a", el("b", n), el("span", what), href=at, class_=kind))
          for at, n, what, kind in cards),
        class_="cards",
    )  # fmt: skip


def _words(it: Choice) -> str:
    c = it.config
    surely = "Certain" if it.certain else "Expected"
    return (
        f"{surely}: {counted(c.n_heads, 'head')}, d_head_qk {c.d_head_qk}, d_head_vo "
        f"{c.d_head_vo}, d_model {c.d_model}; {it.parameters['all']:,} numbers"
    )


def _recommendations(found: Plan) -> Iterator[Safe]:
    for kind, it in (("certain", found.certified), ("expected", found.expected)):
        yield el("h2", kind.capitalize(), id=kind)
        first, *rest = recommended(kind, it, found.budget, found.tau)
        yield el("p", f"{first.partition(': ')[2]}.")
        *why, command = rest or [""]
        for line in why:
            yield el("p", sentence(line.strip()), class_="note")
        if command:
            yield el("p", el("code", command.strip()))


def _costs(found: Plan) -> Iterator[Safe]:
    yield el("h2", "What each costs", id="costs")
    yield el(
        "p",
        "All numbers of a layer, embeddings included. The rank of the facts is what an exact layer "
        "needs as its total value-output width at least.",
    )
    yield legend(("solid", "built and asked"), ("maybe", "expected of training"))
    most = max((it.parameters["all"] for it in found.choices), default=1)
    yield el(
        "ul",
        *(
            bar(it.how, [(it.parameters["all"] / most, "solid" if it.certain else "maybe")],
                f"{it.parameters['all']:,}")
            for it in found.choices
        ),
        class_="bars",
    )  # fmt: skip


def _choices(found: Plan) -> Iterator[Safe]:
    yield el("h2", "All choices, smallest first", id="choices")
    head = ["layer", "heads", "d_head_qk", "d_head_vo", "d_model", "numbers", "multiply-adds",
            "MB", "recalled", "within the limit"]  # fmt: skip
    yield table(
        head,
        (
            [it.how, it.config.n_heads, it.config.d_head_qk, it.config.d_head_vo,
             it.config.d_model, it.parameters["all"], it.config.multiply_adds(),
             f"{it.memory / 1e6:.3g}",
             "expected" if it.recalled is None else f"{it.recalled:.1%}",
             "yes" if found.budget is None or it.parameters["all"] <= found.budget else "too large"]
            for it in found.choices
        ),
        "All choices",
    )  # fmt: skip
    for it in found.choices:
        for why in it.beyond:
            yield el("p", f"{it.how}, extrapolated: {why}.", class_="note")
    for why in found.left_out:
        yield el("p", f"Not built: {why}.", class_="note")
