"""The small experiment as a figure, or as one page of HTML around it: no script, nothing fetched."""

from __future__ import annotations

import io
import re

from factrank import __version__
from factrank.errors import FactrankError
from factrank.facts.files import replacing
from factrank.practice.markup import Safe, el, join, table
from factrank.practice.style import CSS
from factrank.practice.trial import Trial


def write(path: str, found: Trial, told: str) -> None:
    """Draw it to a path that ends in .html, .svg or .png, whole or not at all.

    Errors: ``FactrankError`` without matplotlib, and if the path cannot be written.
    """
    if path.lower().endswith(".html"):
        content = page(found, told).encode()
    else:
        content = drawing(found, path.lower().rpartition(".")[2])
    with replacing(path, "wb") as file:
        file.write(content)


def drawing(found: Trial, format: str) -> bytes:
    """The figure as SVG or PNG; the same trial gives the same bytes."""
    try:
        import matplotlib
        from matplotlib.figure import Figure

        from factrank.plotting.trials import draw_splits
    except ModuleNotFoundError as error:
        raise FactrankError(
            f"try: expected the package {error.name} for a figure, found none; "
            "pip install 'factrank[book]'"
        ) from None
    figure = Figure(figsize=(6.4, 4.4), dpi=160, facecolor="white", layout="constrained")
    arms = [(arm.d_head_qk, arm.d_head_vo, arm.recalled) for arm in found.arms]
    draw_splits(arms, about(found), figure.add_subplot())
    file = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "factrank", "svg.fonttype": "path"}):
        nothing = {"Date": None} if format == "svg" else None
        figure.savefig(file, format=format, metadata=nothing)
    return file.getvalue()


def about(found: Trial) -> str:
    """What every figure must say of its layers."""
    learned = "trained (T)" if found.trained else "frozen (F)"
    return (
        f"{found.verdict.word}\n{found.facts} facts, {found.parameters:,} attention parameters in "
        f"{found.n_heads} x d_model {found.d_model},\n{len(found.seeds)} seeds, embeddings {learned}"
    )


def page(found: Trial, told: str) -> str:
    """The verdict, the figure, the table of all seeds, and how to read it."""
    svg = drawing(found, "svg").decode()
    picture = Safe(re.sub(r"(?s)^.*?<svg", f'<svg role="img" aria-label="{found.verdict.word}"', svg))
    head = ["d_head_qk", "d_head_vo", "mean", *(f"seed {seed}" for seed in found.seeds)]
    rows = [
        [arm.d_head_qk, arm.d_head_vo, f"{arm.mean:.1%}", *(f"{x:.1%}" for x in arm.recalled)]
        for arm in found.arms
    ]
    body = join(
        [
            el("p", "Small experiment", class_="sub"),
            el("h1", "Does a larger d_head_vo pay on these facts?"),
            el("p", f"{found.verdict.word[:1].upper()}{found.verdict.word[1:]}.", class_="verdict"),
            el("p", f"{found.verdict.why[:1].upper()}{found.verdict.why[1:]}."),
            el("div", picture, class_="figure"),
            el("h2", "Every seed"),
            table(head, rows, "recall by split and seed"),
            el("h2", "In words"),
            el("pre", told),
            el("p", _how(found)),
            el("footer", f"factrank {__version__}, factrank try"),
        ]
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    top = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"Small experiment: {found.verdict.word}"),
        el("style", Safe(CSS + LOOKS)),
    )
    return f'<!doctype html>\n<html lang="en">{top}{el("body", el("main", body))}</html>\n'


LOOKS = """
.figure{background:#fff;border:1px solid var(--line);border-radius:6px;padding:.4rem;max-width:46rem}
.figure svg{height:auto}
pre{overflow-x:auto;font-size:.85rem;background:var(--tint);padding:.7rem;border-radius:6px}
"""


def _how(found: Trial) -> str:
    return (
        "All layers have the same number of attention parameters. Each seed trains one layer a "
        "split. Wider means that d_head_vo is larger than d_head_qk. A side wins only if the "
        f"interval over {len(found.seeds)} seeds leaves no doubt about the sign, and if it is "
        "worth a hundredth of the facts. It holds for these facts, at this size."
    )
