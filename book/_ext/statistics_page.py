"""The directive ``{execution-statistics}``: how long each notebook took, where, and with what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

RECORD = Path("notebooks") / "results" / "execution.json"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> nodes.table:
    """Return a plain table."""
    lines = [list(head), *map(list, rows)]
    built = [
        nodes.row("", *(nodes.entry("", nodes.paragraph(text=cell)) for cell in line))
        for line in lines
    ]
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in lines[0]), cols=len(lines[0]))
    group += nodes.thead("", built[0])
    group += nodes.tbody("", *built[1:])
    return nodes.table("", group)


def surroundings(entry: dict) -> tuple[str, str]:
    """Return the machine and the versions of one entry, as two sentences."""
    machine = entry["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in entry["versions"].items())
    return f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}.", f"{versions}."


def seconds_table(record: dict) -> nodes.table:
    """Return notebook, seconds and setting (a letter) line by line, with their sum."""
    settings = list(dict.fromkeys(surroundings(entry) for entry in record.values()))
    letters = {setting: chr(ord("A") + place) for place, setting in enumerate(settings)}
    rows = [
        (name, f"{entry['seconds']:.1f}", letters[surroundings(entry)])
        for name, entry in record.items()
    ]
    total = sum(entry["seconds"] for entry in record.values())
    return table(("Notebook", "Seconds", "Setting"), [*rows, ("all", f"{total:.1f}", "")])


def settings_table(record: dict) -> nodes.table:
    """Return what each letter stands for."""
    settings = dict.fromkeys(surroundings(entry) for entry in record.values())
    rows = [(chr(ord("A") + place), *setting) for place, setting in enumerate(settings)]
    return table(("Setting", "Machine", "Versions"), rows)


class ExecutionStatistics(SphinxDirective):
    """Two tables from the record that `make record` wrote; a sentence while there is none."""

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        path = Path(self.env.srcdir) / RECORD
        self.env.note_dependency(str(path))
        if not path.exists():
            return [nodes.paragraph(text="Nothing is recorded yet: run `make record`.")]
        record = json.loads(path.read_text(encoding="utf-8"))
        return [seconds_table(record), settings_table(record)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("execution-statistics", ExecutionStatistics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
