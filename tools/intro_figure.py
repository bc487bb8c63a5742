"""Draw the figure of the book's introduction: `python -m tools.intro_figure`.

The file is committed, so that the introduction needs no execution; a test draws it again and
compares.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from companion import pictures
from factrank import rank_interval, read
from tools.house import ROOT

FIGURE = ROOT / "book" / "_static" / "eight_facts.svg"


def draw(target: Path = FIGURE) -> None:
    """Write the picture: the same bytes for the same matplotlib."""
    example = read("library:example")
    interval = rank_interval(example)
    if not interval.exact:
        raise SystemExit(f"the figure states an exact rank; found {interval}")
    # Text becomes paths: no reader's fonts are asked for. A fixed salt and no date: same bytes.
    with plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": "factrank"}):
        facts, size = f"{len(example)} facts", f"rank {interval.lower}"
        figure = pictures.draw_story(example, size, facts=facts).figure
        figure.savefig(target, facecolor="white", metadata={"Date": None, "Creator": None})
        plt.close(figure)


if __name__ == "__main__":
    draw()
    print(FIGURE.relative_to(ROOT))
