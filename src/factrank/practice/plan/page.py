"""The plan as one page of HTML: no script, nothing fetched. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

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
    passed,
    sentence,
    sizes,
    span,
    table,
)
from factrank.practice.html.tongue import ENGLISH, catalogue, many, say, speaking
from factrank.practice.plan.expected import Choice
from factrank.practice.plan.layers import Plan, command
from factrank.rank.effort import effort_notes


def page(found: Plan, name: str, language: str = ENGLISH) -> str:
    """The whole page as text; ``name`` is that of the facts."""
    with speaking(language, catalogue(language)):
        body = [*_head(found, name), *_recommendations(found), *_costs(found), *_choices(found)]
        foot = say(
            ", factrank plan. What is certain was built and asked for every fact; what is "
            "expected of training comes from recorded experiments, with an interval."
        )
        return document(say("Plan for {name}", name=name), body, foot)


def _head(found: Plan, name: str) -> Iterator[Safe]:
    rank = span(found.interval.lower, found.interval.upper)
    yield para("Which layer for these facts?", class_="sub")
    yield el("h1", label(name))
    yield para(
        "{facts}: {sizes}.", facts=facts(found.facts), sizes=sizes(found.shape), class_="sub"
    )
    best = found.certified or found.expected
    yield el("p", say("No layer was found.") if best is None else _words(best), class_="verdict")
    if found.ceiling < 1:
        yield para(
            "Some pairs have several values: one answer a pair recalls at most {share} of the "
            "facts.",
            share=f"{found.ceiling:.1%}",
            class_="note",
        )
    for note in effort_notes(found.interval):
        yield el("p", sentence(note), class_="note")
    told = [
        ("costs", rank, say("rank of the facts"), None),
        *(
            (kind, say("none") if it is None else f"{it.parameters['all']:,}", what,
             "look" if it is None else "good")
            for kind, it, what in (
                ("certain", found.certified, say("numbers of the smallest that is certain")),
                ("expected", found.expected, say("numbers of the smallest that is expected")),
            )
        ),
        ("choices", say("any") if found.budget is None else f"{found.budget:,}",
         say("numbers it may have"), None),
    ]  # fmt: skip
    yield cards(told)


def _words(it: Choice) -> str:
    c = it.config
    sizes_of = {name: getattr(c, name) for name in ("d_head_qk", "d_head_vo", "d_model")}
    sizes_of |= {
        "heads": many(c.n_heads, "{n} head", "{n} heads"),
        "numbers": f"{it.parameters['all']:,}",
    }
    if it.certain:
        return say(
            "Certain: {heads}, d_head_qk {d_head_qk}, d_head_vo {d_head_vo}, d_model {d_model}; "
            "{numbers} numbers.",
            **sizes_of,
        )
    return say(
        "Expected: {heads}, d_head_qk {d_head_qk}, d_head_vo {d_head_vo}, d_model {d_model}; "
        "{numbers} numbers.",
        **sizes_of,
    )


def _recommendations(found: Plan) -> Iterator[Safe]:
    yield el("h2", say("Certain"), id="certain")
    if found.certified is None:
        yield el("p", _without(found.budget, True))
    else:
        why = say(
            "Built and asked: recalls and holds at {tau} every fact, in float32 too.",
            tau=f"{found.tau}",
        )
        yield from _recommended(found, found.certified, why)
    yield el("h2", say("Expected"), id="expected")
    if found.expected is None or found.expected.d_models is None:
        yield el("p", _without(found.budget, False))
    else:
        low, high = found.expected.d_models
        why = say(
            "Most seeds should recall every fact from a d_model between {low} and {high} on.",
            low=low,
            high=high,
        )
        yield from _recommended(found, found.expected, why)


def _without(budget: int | None, certain: bool) -> str:
    most = None if budget is None else f"{budget:,}"
    if certain:
        return (
            say("No compiled layer holds every fact.")
            if most is None
            else say("No compiled layer holds every fact within {n} parameters.", n=most)
        )
    return (
        say("No trained layer.")
        if most is None
        else say("No trained layer within {n} parameters.", n=most)
    )


def _recommended(found: Plan, it: Choice, why: str) -> Iterator[Safe]:
    c = it.config
    names = ("n_heads", "d_head_qk", "d_head_vo", "d_model")
    yield el("p", say(", ").join(f"{name} {getattr(c, name)}" for name in names), say("."))
    yield el("p", why, class_="note")
    for beyond in it.beyond:
        yield el("p", filled("Extrapolated: {why}.", why=passed(beyond)), class_="note")
    yield el("p", el("code", command(it, found.tau, found.ceiling < 1)))


def _costs(found: Plan) -> Iterator[Safe]:
    yield el("h2", say("What each costs"), id="costs")
    yield para(
        "All numbers of a layer, embeddings included. The rank of the facts is what an exact "
        "layer needs as its total value-output width at least."
    )
    yield legend(("solid", say("built and asked")), ("maybe", say("expected of training")))
    most = max((it.parameters["all"] for it in found.choices), default=1)
    yield el(
        "ul",
        *(
            bar(_how(it), [(it.parameters["all"] / most, "solid" if it.certain else "maybe")],
                f"{it.parameters['all']:,}")
            for it in found.choices
        ),
        class_="bars",
    )  # fmt: skip


def _how(it: Choice) -> Safe:
    """A method by its name, a way of training in words."""
    return label(it.how) if it.certain else passed(it.how)


def _choices(found: Plan) -> Iterator[Safe]:
    yield el("h2", say("All choices, smallest first"), id="choices")
    head = [
        say("layer"), say("heads"), "d_head_qk", "d_head_vo", "d_model", say("numbers"),
        say("multiply-adds"), "MB", say("recalled"), say("within the limit"),
    ]  # fmt: skip
    yield table(
        head,
        found.choices,
        lambda it: [_how(it), it.config.n_heads, it.config.d_head_qk, it.config.d_head_vo,
                    it.config.d_model, it.parameters["all"], it.config.multiply_adds(),
                    f"{it.memory / 1e6:.3g}",
                    say("expected") if it.recalled is None else f"{it.recalled:.1%}",
                    say("yes") if found.budget is None or it.parameters["all"] <= found.budget
                    else say("too large")],
        say("All choices"),
    )  # fmt: skip
    for it in found.choices:
        for why in it.beyond:
            beyond = filled("{layer}, extrapolated: {why}.", layer=_how(it), why=passed(why))
            yield el("p", beyond, class_="note")
    for why in found.left_out:
        yield el("p", filled("Not built: {why}.", why=passed(why)), class_="note")
