"""The handout, the worksheet and its solutions: typeset while the book is built, by its numbers.

Their text stands in book/kit, one file each. A number there is asked for by name, and comes from
the page that says it, is the rank of a small table, or an answer that its checker passes. A name
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
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

import factrank as fr
from factrank.facts.database import Database

SOURCES = Path(__file__).parent.parent / "kit"
SHEETS = ("handout", "worksheet", "solutions")
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


def homes(born: str, lives: str) -> int:
    """Return the rank of who was born and lives where, a letter each.

    >>> homes("RRP", "RPP"), homes("RRP", "RRP"), homes("RRPP", "RPPR")
    (3, 2, 3)
    """
    asked = {"born_in": born, "lives_in": lives}
    return known([(n, q, town) for q, towns in asked.items() for n, town in enumerate(towns)])


def known(facts: list[tuple]) -> int:
    """Return the rank of a few facts, which must be known."""
    found = fr.rank_interval(Database.from_triples([tuple(map(str, it)) for it in facts]))
    if not found.exact:
        raise ValueError(f"a table of the worksheet: expected an exact rank, found {found}")
    return found.lower


def tables() -> dict[str, int]:
    """Return the ranks of the worksheet's own tables."""
    stay = "A" * 4 + "B" * 4 + "C" * 4 + "D" * 4 + "E" * 4
    tea = [(who, what, "tea") for who in "abc" for what in ("drinks", "grows", "sells")]
    found = {
        "six.rank": homes("RRP", "RPP"), "six.back": homes("RRP", "RRP"),
        "six.dora": homes("RRPP", "RPPR"), "nine.rank": known(tea), "nine.less": known(tea[:-1]),
        "same.rank": homes(stay, "BBB" + stay[3:]), "clock.exact": 1 + 3 * (5 - 1),  # clock-gates
    }  # fmt: skip
    if homes(stay, "B" + stay[1:4] + "C" + stay[5:8] + "D" + stay[9:]) != ANSWERS["towns"][1][1]:
        raise ValueError("worksheet 5: expected the rank that its checker wants")
    return found


def inputs() -> dict[str, str]:
    """Return every number that the sheets may ask for, by name."""
    found = {f"{page}.{name}": it for page in TOLD for name, it in numbers(page).items()}
    found |= {name: str(it) for name, it in tables().items()}
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
