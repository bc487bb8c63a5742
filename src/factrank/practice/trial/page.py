"""The small experiment as one page of HTML around its figure: no script, nothing fetched."""

from __future__ import annotations

import re

from factrank.facts.words import counted
from factrank.practice.html.markup import Safe, document, el, sentence, table
from factrank.practice.trial.splits import Trial


def about(found: Trial) -> str:
    """What every figure must say of its layers."""
    learned = "trained" if found.trained else "frozen"
    return (
        f"{found.verdict.word}\n{counted(found.facts, 'fact')}, {found.parameters:,} attention "
        f"parameters: {counted(found.n_heads, 'head')}, d_model {found.d_model};\n"
        f"{len(found.seeds)} seeds, embeddings {learned}"
    )


def page(found: Trial, told: str, svg: str) -> str:
    """The verdict, the figure (an SVG document of our own), the table of all seeds, and how to
    read it."""
    picture = Safe(
        re.sub(r"(?s)^.*?<svg", f'<svg role="img" aria-label="{found.verdict.word}"', svg)
    )
    head = ["d_head_qk", "d_head_vo", "mean", *(f"seed {seed}" for seed in found.seeds)]
    rows = [
        [arm.d_head_qk, arm.d_head_vo, f"{arm.mean:.1%}", *(f"{x:.1%}" for x in arm.recalled)]
        for arm in found.arms
    ]
    body = [
        el("p", "Small experiment", class_="sub"),
        el("h1", "Does a larger d_head_vo pay on these facts?"),
        el("p", sentence(found.verdict.word), class_="verdict"),
        el("p", sentence(found.verdict.why)),
        el("p", _how(found)),
        el("div", picture, class_="figure"),
        el("h2", "Every seed"),
        table(head, rows, "recall by split and seed"),
        el("h2", "In words"),
        el("pre", told),
    ]
    return document(f"Small experiment: {found.verdict.word}", body, ", factrank try", LOOKS)


LOOKS = """
.figure{background:#fff;border:1px solid var(--line);border-radius:6px;padding:.4rem;
max-width:46rem}
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
