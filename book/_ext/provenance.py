"""Beneath each figure of a chapter: the cell that draws it, and the record that it shows."""

from __future__ import annotations

from pathlib import Path

from cells import cell_id, code_cells, figure_of, link
from docutils import nodes
from records import Cell, Record, cells, records
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

RESULTS = Path("notebooks") / "results"


def download(path: Path, page: str) -> nodes.Node:
    """Return a link from `page` to one recorded file, which is copied beside the book."""
    file = addnodes.download_reference(
        "", "", reftarget=f"/{RESULTS.as_posix()}/{path.name}", refdoc=page, refdomain="",
        reftype="download", refexplicit=False, refwarn=True,
    )  # fmt: skip
    file += nodes.literal("", path.name, classes=["download"])
    return file


def recorded(env: BuildEnvironment, chapter: str) -> list[Cell]:
    """Return the code cells of a chapter; the page being read is rebuilt when one changes."""
    found = records(Path(env.srcdir) / RESULTS)
    notebook = Path(env.srcdir) / "notebooks" / f"{chapter}.ipynb"
    for path in (notebook, *(path for record in found.values() for path in record.files)):
        env.note_dependency(str(path))
    return cells(notebook, found)


def line(cell: str, shown: tuple[Record, ...], page: str) -> nodes.paragraph:
    """Return the words beneath a caption."""
    code = "Code: " if shown else "Code and data: "
    line = nodes.paragraph("", code, classes=["provenance"])
    line += [link(f"cell:{cell}", nodes.inline("", "this cell"), page), nodes.Text(".")]
    for record in shown:
        line += nodes.Text(" Data: the record ")
        line += link(f"record:{record.name}", nodes.inline("", record.name), page)
        line += nodes.Text(" (")
        for path in reversed(record.files):  # the table first
            line += [download(path, page), nodes.Text(", ")]
        line += [nodes.Text("made by "), nodes.literal("", record.command), nodes.Text(").")]
    return line


class FigureLines(SphinxTransform):
    """Add that line to every named figure that a cell draws."""

    default_priority = 710

    def apply(self) -> None:
        """Read the chapter's cells, if this page is one."""
        drawn = [cell for cell in code_cells(self.document) if figure_of(cell)]
        if not drawn:
            return
        page = self.env.docname
        chapter = page.rpartition("/")[2]
        read = {cell.index: cell.records for cell in recorded(self.env, chapter)}
        for cell in drawn:
            words = line(f"{chapter}#{cell_id(cell)}", read[cell["cell_index"]], page)
            figure_of(cell).append(nodes.legend("", words))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform and its style."""
    app.add_transform(FigureLines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
