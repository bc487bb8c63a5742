"""What each part of `make bench` leaves behind: its record, its rows, which targets are met."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from tools.machine import machine, versions

RESULTS = Path("notebooks/results")
Target = tuple[str, float, bool]  # what is wanted, what was found, whether that will do


def write(
    name: str,
    *,
    packages: Iterable[str] = (),
    targets: Sequence[Target] | None = None,
    command: str = "make bench",
    **told: object,
) -> None:
    """Write NAME.json: the command, the machine, the versions, then what is told, and targets."""
    record = {
        "command": command,
        "machine": machine(),
        "versions": versions() | {it: version(it) for it in packages},
        **told,
    }
    if targets is not None:
        record["targets"] = [{"target": t, "found": f, "met": met} for t, f, met in targets]
    text = json.dumps(record, indent=1) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")


def write_rows(name: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Write NAME.csv: a column for each name that some row has."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (RESULTS / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def judged(targets: Sequence[Target]) -> int:
    """Print each target and what was found; return 1 if one is missed."""
    for target, found, met in targets:
        print(f"{'met' if met else 'MISSED':8}{target}: {found}")
    return 0 if all(met for _, _, met in targets) else 1
