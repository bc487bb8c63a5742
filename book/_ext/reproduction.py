"""The page on reproduction: what each step takes, and every recorded result with its files.

No number of that page is typed: they come from ``notebooks/results/*.json``.
"""

from __future__ import annotations

import json
from pathlib import Path

from docutils import nodes
from provenance import RESULTS, download
from records import Record, records
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from statistics_page import table

STEPS = {
    "make setup": "sets up `.venv` with the locked packages",
    "make read": "builds the book from the recorded outputs, executing nothing",
    "make book": "re-executes the chapters that changed, compares with the record, builds the book",
    "make test": "every check there is",
    "make pdf": "the whole book as one PDF (needs LaTeX)",
    "make bench": "times the bounds, the fits and the training against their targets",
    "make reproduce": "trains every recorded experiment again and compares with the record",
}


def clock(seconds: float) -> str:
    """Return seconds as a reader says them.

    >>> clock(7.3), clock(199.3), clock(5400)
    ('7 s', '3 min 19 s', '1 h 30 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def weight(amount: float) -> str:
    """Return bytes as a reader says them.

    >>> weight(1677), weight(645797), weight(1.6e9)
    ('2 kB', '646 kB', '1.6 GB')
    """
    for size, unit in ((1e9, "GB"), (1e6, "MB")):
        if amount >= size:
            return f"{amount / size:.1f} {unit}"
    return f"{amount / 1e3:.0f} kB"


def hardware(about: dict) -> str:
    """Return the machine that a record names."""
    told = about.get("machine") or about.get("hardware")
    return f"{told['cpu']}, {told['cores']} cores, {told['system']}" if told else ""


def how(about: dict) -> str:
    """Return the end of the sentence that says how a record was made, as far as it is noted.

    >>> how({"seconds": 7, "hardware": {"cpu": "X", "cores": 2, "system": "Linux"}})
    ' in 7 s, on X, 2 cores, Linux.'
    >>> how({"layers": 30, "seeds": [0, 1]}), how({})
    (', 30 layers, 2 seeds.', '.')
    """
    told = [f" in {clock(about['seconds'])}"] if "seconds" in about else []
    if "layers" in about:
        told += [f", {about['layers']} layers, {len(about['seeds'])} seeds"]
    told += [f", on {machine}"] if (machine := hardware(about)) else []
    return "".join([*told, "."])


def together(found: list[Record]) -> tuple[str, str]:
    """Return the time and the disk that the making of several records takes together."""
    timed = [record.about["seconds"] for record in found if "seconds" in record.about]
    untimed = [record.name for record in found if "seconds" not in record.about]
    time = clock(sum(timed)) if timed else ""
    if untimed:
        time = ", ".join(filter(None, [time, f"and {' and '.join(untimed)}, not timed"]))
    return time, weight(sum(record.bytes for record in found))


def lines(steps: dict, found: list[Record]) -> list[tuple[str, str, str, str]]:
    """Return command, what it does, time and disk, a line a step; nothing where none is known."""
    known = {entry["command"]: entry for entry in steps.values()}
    rows = []
    for command, does in STEPS.items():
        time = disk = "not measured"
        if command in known:
            time = clock(known[command]["seconds"])
            disk = weight(known[command]["megabytes"] * 1e6)
        elif command == "make bench":
            time, disk = together([it for it in found if it.command == command])
        elif command == "make reproduce":
            time, disk = together([it for it in found if it.command.startswith("factrank run")])
        rows.append((command, does.replace("`", ""), time, disk))
    return rows


class Steps(SphinxDirective):
    """The table of steps, and the machine that it holds for."""

    def run(self) -> list[nodes.Node]:
        """Return both."""
        folder = Path(self.env.srcdir) / RESULTS
        path = folder / "steps.json"
        for it in (path, *folder.glob("*.json")):
            self.env.note_dependency(str(it))
        steps = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        rows = lines(steps, list(records(folder).values()))
        built = table(("Step", "What it does", "Time", "Adds on disk"), rows)
        machines = sorted({hardware(entry) for entry in steps.values()})
        loads = [entry["load"] for entry in steps.values()]
        said = f"Measured on {'; '.join(machines)}, " if machines else "Steps are not measured yet."
        if machines:
            said += (
                f"with up to {max(loads):.0f} processes asking for a core. The times of bench and "
                "reproduce are those of their records below."
            )
        return [built, nodes.paragraph("", said)]


class Recorded(SphinxDirective):
    """Every record, each with an anchor, its provenance and its files."""

    def run(self) -> list[nodes.Node]:
        """Return a definition list."""
        found = records(Path(self.env.srcdir) / RESULTS)
        listed = nodes.definition_list(classes=["records"])
        for name, record in found.items():
            anchor = f"record-{nodes.make_id(name)}"
            self.env.get_domain("std").note_hyperlink_target(
                f"record:{name}".lower(), self.env.docname, anchor, name
            )
            term = nodes.term("", name, ids=[anchor])
            listed += nodes.definition_list_item("", term, self._definition(record))
        return [listed]

    def _definition(self, record: Record) -> nodes.definition:
        about = record.about
        said = nodes.definition()
        if "question" in about:
            said += nodes.paragraph("", about["question"])
        made = nodes.paragraph("", "Made by ", nodes.literal("", record.command))
        made += nodes.Text(how(about))
        said += made
        judged = about.get("criteria") or about.get("targets")
        if judged:
            met = sum(it["met"] for it in judged)
            what = "criteria" if "criteria" in about else "targets"
            said += nodes.paragraph("", f"{met} of {len(judged)} {what} met.")
        files = nodes.paragraph("", "Files: ")
        for path in reversed(record.files):
            size = weight(path.stat().st_size)
            more = "; " if path != record.files[0] else "."
            files += [download(path, self.env.docname), nodes.Text(f" ({size}){more}")]
        said += files
        return said


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("reproduction-steps", Steps)
    app.add_directive("recorded-results", Recorded)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
