"""The small experiment as one page of HTML around its figure: no script, nothing fetched;
and the figure as a file.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

from factrank.facts.words import counted
from factrank.files import replacing
from factrank.packages import needed
from factrank.practice.html.markup import (
    Safe,
    document,
    el,
    facts,
    legend,
    para,
    passed,
    sentence,
    table,
)
from factrank.practice.html.tongue import ENGLISH, catalogue, many, say, speaking
from factrank.practice.trial.splits import Trial


def about(found: Trial) -> str:
    """What every figure must say of its layers."""
    learned = "trained" if found.trained else "frozen"
    return (
        f"{found.verdict.word}\n{counted(found.facts, 'fact')}, {found.parameters:,} attention "
        f"parameters: {counted(found.n_heads, 'head')}, d_model {found.d_model};\n"
        f"{len(found.seeds)} seeds, embeddings {learned}"
    )


def page(found: Trial, svg: str, language: str = ENGLISH, sample: int | None = None) -> str:
    """The verdict, the figure (an SVG document of our own, without words), the table of all seeds,
    and how to read it; ``sample`` is the number of keys, if they were drawn from more."""
    with speaking(language, catalogue(language)):
        title = say("Small experiment: {verdict}", verdict=passed(found.verdict.word))
        body = [*_head(found, sample), *_figure(found, svg), *_seeds(found)]
        return document(title, body, ", factrank try", LOOKS)


LOOKS = """
.figure{background:#fff;border:1px solid var(--line);border-radius:6px;padding:.4rem;
max-width:46rem}
.figure svg{height:auto}
"""


def _head(found: Trial, sample: int | None) -> Iterator[Safe]:
    yield para("Small experiment", class_="sub")
    yield el("h1", say("Does a larger d_head_vo pay on these facts?"))
    yield el("p", sentence(found.verdict.word), class_="verdict")
    yield el("p", sentence(found.verdict.why))
    if gap := found.verdict.difference:
        numbers = {it: f"{getattr(gap, it):+.1%}" for it in ("mean", "low", "high")}
        yield para(
            "Recall of the wider splits minus that of the narrower ones, seed by seed: {mean} "
            "({low} to {high} over {n} seeds).",
            n=len(found.seeds),
            **numbers,
        )
    yield para(
        "All layers have the same number of attention parameters. Each seed trains one layer a "
        "split. Wider means that d_head_vo is larger than d_head_qk. A side wins only if the "
        "interval over {n} seeds leaves no doubt about the sign, and if it is worth a "
        "hundredth of the facts. It holds for these facts, at this size.",
        n=len(found.seeds),
    )
    yield para(
        "{facts}; {parameters} attention parameters in every layer: {heads}, d_head_qk + "
        "d_head_vo = {head}, d_model {d_model}; at most {steps} steps.",
        facts=facts(found.facts),
        parameters=f"{found.parameters:,}",
        heads=many(found.n_heads, "{n} head", "{n} heads"),
        head=found.arms[0].d_head_qk + found.arms[0].d_head_vo,
        d_model=found.d_model,
        steps=found.steps,
    )
    yield para("Embeddings were trained.") if found.trained else para("Embeddings were frozen.")
    if sample is not None:
        yield el("p", sentence(f"asked were the facts of {sample} keys, drawn at random"))
    for parameters, mean in found.before:
        yield para(
            "Tried first: {parameters} parameters, where {mean} was recalled.",
            parameters=f"{parameters:,}",
            mean=f"{mean:.1%}",
            class_="note",
        )
    if found.note:
        yield el("p", sentence(found.note), class_="note")


def _figure(found: Trial, svg: str) -> Iterator[Safe]:
    verdict = html.escape(passed(found.verdict.word))
    picture = Safe(re.sub(r"(?s)^.*?<svg", f'<svg role="img" aria-label="{verdict}"', svg))
    yield legend(("solid", say("one seed")), ("red", say("mean")))
    yield el("div", picture, class_="figure")
    yield para(
        "Across: d_head_qk : d_head_vo, the widest value-output part first. Upwards: the share "
        "of the facts recalled.",
        class_="note",
    )


def _seeds(found: Trial) -> Iterator[Safe]:
    seeds = (say("seed {seed}", seed=seed) for seed in found.seeds)
    yield el("h2", say("Every seed"))
    yield table(
        ["d_head_qk", "d_head_vo", say("mean"), *seeds],
        found.arms,
        lambda it: [it.d_head_qk, it.d_head_vo, *(f"{x:.1%}" for x in (it.mean, *it.recalled))],
        say("Recall by split and seed"),
    )


def write(
    path: str, found: Trial, language: str = ENGLISH, sample: int | None = None, **how: Any
) -> None:
    """Draw it to a path that ends in .html, .svg or .png, whole or not at all.

    ``language`` and ``sample`` are those of the page; ``how`` (force, inputs) as for ``replacing``.

    Errors: ``FactrankError`` without matplotlib, and if the path cannot be written.
    """
    kind = path.lower().rpartition(".")[2]
    if kind == "html":
        picture = drawing(found, "svg", words=False).decode()
        content = page(found, picture, language, sample).encode()
    else:
        content = drawing(found, kind)
    with replacing(path, "wb", **how) as file:
        file.write(content)


def drawing(found: Trial, format: str, *, words: bool = True) -> bytes:
    """The figure as SVG or PNG; the same trial gives the same bytes. Without ``words`` it speaks
    no language: its page says them."""
    needed("try", "book", ["matplotlib"])
    import matplotlib
    from matplotlib.figure import Figure

    from factrank.practice.html.strokes import draw_splits

    size = 6.4, 4.4 if words else 3.4
    figure = Figure(figsize=size, dpi=160, facecolor="white", layout="constrained")
    arms = [(arm.d_head_qk, arm.d_head_vo, arm.recalled) for arm in found.arms]
    ax = draw_splits(arms, about(found) if words else "", figure.add_subplot())
    if not words:
        ax.set(xlabel="", ylabel="")
        ax.get_legend().remove()  # type: ignore[union-attr]  # draw_splits made it
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "factrank", "svg.fonttype": "path"}):
        nothing = {"Date": None} if format == "svg" else None
        figure.savefig(file, format=format, metadata=nothing)
    return file.getvalue()
