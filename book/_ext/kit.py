"""The handout and the worksheet: typeset as PDF while the book is built, from its own numbers.

Their text stands in book/kit, one file each. A number there is asked for by name, and comes from
the page that says it, from a board of the lessons, or is an answer that its checker passes. A name
that is not there fails the build. The role ``{kit}`` links to a file.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import typst
from cells import TITLED
from docutils import nodes
from entrance import numbers, printed
from exercises import checker, takes
from lessons import plan, rank
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

SOURCES = Path(__file__).parent.parent / "kit"
SHEETS = ("handout", "worksheet")
PICTURES = ("facts", "pieces", "head")
TOLD = (*PICTURES, "fewer", "cliff", "readers", "spend")
FONT = "'Libertinus Serif'"
# What the solutions say.
ANSWERS = {
    "ones": ("ch01.ones_and_zeros", (40, 240)),
    "towns": ("ch02.facts_and_terms", (40, 8)),
    "logits": ("ch06.two_logits", (3, 2)),
    "cycles": ("ch05.ranks_of_cycles", (13, 13, 21)),
}
# Exercises of the chapters that stand on the worksheet: what they take.
TAKEN = {
    **{name: asked for name, (asked, _) in ANSWERS.items()},
    "terms": "ch02.rule_and_exception",
    "forget": "ch02.one_fact_less",
}


def inputs() -> dict[str, str]:
    """Return every number that the sheets may ask for, by name."""
    found = {f"{page}.{name}": it for page in TOLD for name, it in numbers(page).items()}
    found |= {f"board.{name}": str(rank(name)) for name in plan()["boards"]}
    found |= {f"{name}.takes": takes(asked) for name, asked in TAKEN.items()}
    for name, (asked, answer) in ANSWERS.items():
        if not (verdict := checker(asked).verdict(answer)).right:
            raise ValueError(f"{asked}: expected a right answer, found: {verdict.says}")
        found |= {f"{name}.{n}": str(it) for n, it in enumerate(answer)}
    return found


def typeset(into: Path) -> None:
    """Write both sheets into a folder, the same bytes for the same numbers."""
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(SOURCES, folder, dirs_exist_ok=True)
        for page in PICTURES:
            (folder / f"{page}.svg").write_text(printed(page, FONT), encoding="utf-8")
        for name in SHEETS:
            typst.compile(
                folder / f"{name}.typ", output=into / f"{name}.pdf", root=folder,
                ignore_system_fonts=True, sys_inputs=inputs(),
                timestamp=datetime(2025, 1, 1, tzinfo=UTC),
            )  # fmt: skip


def equip(app: Sphinx, error: Exception | None) -> None:
    """Put them into the site."""
    if error is None and app.builder.format == "html":
        typeset(Path(app.outdir) / "_static" / "kit")


class Kit(SphinxRole):
    """``{kit}`text <FILE>```: a link to a sheet, from a page of the folder below the root."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link on the web, elsewhere the text."""
        match = TITLED.fullmatch(self.text)
        if not match or match["target"] not in {f"{name}.pdf" for name in SHEETS}:
            said = f"kit: expected text <FILE>, a sheet of {', '.join(SHEETS)}, found {self.text!r}"
            return [], [self.inliner.reporter.error(said, line=self.lineno)]
        text = nodes.Text(match["title"])
        if self.env.app.builder.format != "html":
            return [text], []
        uri = f"../_static/kit/{match['target']}"
        return [nodes.reference("", "", text, refuri=uri, internal=True)], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Act once the pages are written."""
    app.add_role("kit", Kit())
    app.connect("build-finished", equip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
