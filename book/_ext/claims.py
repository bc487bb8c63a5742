"""The directive ``{claims}``: the ledger as a summary and one table a section."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import ClassVar

from cells import link
from claims_filter import Filterable, add_filter
from claims_ledger import (
    PROVED,
    STATUSES,
    LedgerError,
    Row,
    Section,
    all_rows,
    load_ledger,
    marked,
)
from docutils import nodes
from docutils.statemachine import StringList
from provenance import download, recorded
from reading import BRANCH, home
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).resolve().parent
LEDGER = HERE.parent / "claims"
HEADS = ("Claim", "Statement, notes and checks", "From", "Status")
WIDTHS = (20, 50, 12, 18)


class Claims(SphinxDirective):
    """Render the ledger; it opens sections, so it must be the last thing on its page."""

    has_content = False
    option_spec: ClassVar[dict[str, object]] = {}

    def run(self) -> list[nodes.Node]:
        for path in sorted(LEDGER.glob("*.yml")):
            self.env.note_dependency(str(path))
        try:
            sections = load_ledger(LEDGER)
        except LedgerError as error:
            raise self.error(f"book/claims: {error}") from None
        return [self._summary(sections), *(self._section(section) for section in sections)]

    def _summary(self, sections: tuple[Section, ...]) -> nodes.Node:
        counts = Counter(row.status for row in all_rows(sections))
        body = [
            [[_status(status)], [nodes.Text(meaning)], [nodes.Text(str(counts[status]))]]
            for status, meaning in STATUSES.items()
            if counts[status] or status != "not yet"
        ]
        body.append([[nodes.strong("", "all")], [], [nodes.strong("", str(counts.total()))]])
        rows = [("", [nodes.paragraph("", "", *cell) for cell in line]) for line in body]
        heads, caption = ("Status", "Meaning", "Claims"), "How many claims stand where"
        return _table("claims-summary", caption, heads, (25, 60, 15), rows)

    def _section(self, section: Section) -> nodes.Node:
        anchor = f"claims-{section.name}"
        node = nodes.section(ids=[anchor], names=[anchor])
        node += nodes.title("", section.title)
        rows = [(f"row-{row.id.lower()}", self._cells(row)) for row in section.rows]
        caption = f"Claims: {section.title}"
        table = _table(f"{anchor}-table", caption, HEADS, WIDTHS, rows, "claims-section")
        for line, row in zip(table.findall(Filterable), section.rows, strict=True):
            line.note(row)
        node += table
        return node

    def _cells(self, row: Row) -> list[nodes.Node]:
        claim = nodes.container("", nodes.paragraph("", "", nodes.strong("", row.id)))
        if row.label:
            claim += nodes.paragraph("", "", self._statement_link(row.label))
        if row.label and row.status in PROVED:
            proof = link(f"proof:{row.label}", nodes.inline("", "Proof"), self.env.docname)
            claim += nodes.paragraph("", "", proof)
        text = nodes.container()
        self._parse(row.statement, text)
        if row.note:
            self._parse(f"*Note.* {row.note}", text)
        if row.rests_on:
            self._parse(f"*Rests on* {', '.join(row.rests_on)}.", text)
        text += [self._check(check) for check in row.check]
        text += self._recorded(row)
        origin = nodes.paragraph("", ", ".join(row.provenance))
        return [claim, text, origin, nodes.paragraph("", "", _status(row.status))]

    def _parse(self, text: str, parent: nodes.Element) -> None:
        self.state.nested_parse(StringList([text], str(LEDGER)), self.content_offset, parent)

    def _statement_link(self, label: str) -> nodes.Node:
        # sphinx-proof puts "Theorem 3.1" in the place of a text that repeats the label.
        return addnodes.pending_xref("", nodes.inline("", label), refdomain="prf", reftype="ref",
                                     reftarget=label, refdoc=self.env.docname, refexplicit=False,
                                     refwarn=True)  # fmt: skip

    def _check(self, check: str) -> nodes.Node:
        text: nodes.Node = nodes.literal("", check)
        if "#" in check and f"notebooks/{check.split('#')[0]}" in self.env.found_docs:
            text = link(f"cell:{check}", nodes.inline("", "", text), self.env.docname)
        elif "::" in check and (address := home(Path(self.env.srcdir) / "pyproject.toml")):
            file = f"{address}/blob/{BRANCH}/{check.split('::')[0]}"
            text = nodes.reference("", "", text, refuri=file, internal=False)
        return nodes.paragraph("", "", nodes.emphasis("", "Check."), nodes.Text(" "), text)

    def _recorded(self, row: Row) -> list[nodes.Node]:
        """The recorded results that the row's cells read, to look up and to download."""
        found = {
            record.name: record
            for check in row.check
            if "#" in check
            for cell in recorded(self.env, check.split("#")[0])
            if check.split("#")[1] in cell.tags
            for record in cell.records
        }
        lines = []
        for name, record in found.items():
            line = nodes.paragraph("", "", nodes.emphasis("", "Recorded."), nodes.Text(" "))
            line += link(f"record:{name}", nodes.inline("", name), self.env.docname)
            line += [nodes.Text(": "), download(record.files[-1], self.env.docname)]
            lines.append(line)
        return lines


def _table(
    anchor: str,
    caption: str,
    heads: tuple[str, ...],
    widths: tuple[int, ...],
    rows: list[tuple[str, list[nodes.Node]]],
    *classes: str,
) -> nodes.table:
    table = nodes.table(ids=[anchor], classes=["claims", "colwidths-given", *classes])
    table += nodes.title("", caption)
    group = nodes.tgroup(cols=len(heads))
    # A stub column becomes <th>, so a screen reader names the claim with every cell.
    group += [nodes.colspec(colwidth=w, stub=int(n == 0)) for n, w in enumerate(widths)]
    group += nodes.thead("", _line("", [nodes.paragraph("", head) for head in heads]))
    group += nodes.tbody("", *(_line(name, cells) for name, cells in rows))
    table += group
    return table


def _line(name: str, cells: list[nodes.Node]) -> nodes.row:
    kind = Filterable if name else nodes.row
    return kind("", *(nodes.entry("", cell) for cell in cells), ids=[name] if name else [])


def _status(status: str) -> nodes.Node:
    return nodes.inline("", status, classes=["claim-status", marked("claim", status)])


def _add_static(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(HERE / "claims_static"))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("claims", Claims)
    app.connect("config-inited", _add_static)
    app.connect("doctree-resolved", add_filter)
    app.add_css_file("claims.css")
    app.add_js_file("claims.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
