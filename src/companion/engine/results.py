"""Recorded tables: NAME.csv with one row a trained layer, NAME.json with where it comes from."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from companion.engine.catalogue import CATALOGUE
from companion.engine.sweeps import MEASURED, OUTCOMES, Experiment, Judgement, among
from factrank.errors import FactrankError
from factrank.files import write_files

PACKAGES = ("factrank", "numpy", "pandas", "python-flint", "torch")
FLOOR, ERRORS = 0.05, 5.0


@dataclass(frozen=True)
class Results:
    """A recorded experiment: the table, and ``about``, its provenance."""

    frame: pd.DataFrame
    about: Mapping[str, Any]


def export(
    experiment: Experiment, tier: str, frame: pd.DataFrame, verdicts: Sequence[Judgement],
    folder: str | Path, *, command: str, runs: Sequence[Mapping[str, Any]] = (), force: bool = True,
) -> tuple[Path, Path]:  # fmt: skip
    """Write NAME.csv and NAME.json into a folder, both or none, and return their paths.

    The JSON names the grid, the seeds, the versions, the hardware, the seconds and workers of
    each run that went into it, the digests of source and table, the command, and the verdicts.
    """
    folder = Path(folder)
    given = {"experiment", "tier", *(name for item in experiment.expand(tier) for name in item)}
    text = frame.to_csv(index=False, lineterminator="\n")
    about = {
        "experiment": experiment.name,
        "question": CATALOGUE.get(experiment.name, ""),
        "tier": tier,
        "command": command,
        "layers": len(frame),
        "seeds": sorted({int(seed) for seed in frame["seed"]}),
        "grid": grid(frame, experiment),
        "outcomes": list(experiment.outcomes),
        "measured": list(experiment.measured),
        "derived": [name for name in frame.columns if name not in given],
        "criteria": [vars(verdict) for verdict in verdicts],
        "source": experiment.source,
        "table": hashlib.sha256(text.encode()).hexdigest(),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "hardware": hardware(),
        "runs": list(runs),
        "seconds": round(sum(float(run["seconds"]) for run in runs), 1),
        "processor_seconds": round(sum(float(run.get("processor", 0)) for run in runs), 1),
    }
    paths = places(experiment.name, folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FactrankError(f"{folder}: expected a folder to write to, found: {error}") from None
    told = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
    write_files({str(paths[0]): [text], str(paths[1]): [told]}, force=force)
    return paths


def places(name: str, folder: str | Path) -> tuple[Path, Path]:
    """Where the table of an experiment and its provenance stand in a folder."""
    return Path(folder) / f"{name}.csv", Path(folder) / f"{name}.json"


def load(name: str, folder: str | Path = "notebooks/results") -> Results:
    """The record of an experiment.

    Errors: ``FactrankError`` if a file is missing or the table is not the one that was recorded.
    """
    table, about = places(name, folder)
    try:
        content = table.read_bytes()
        found = json.loads(about.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FactrankError(f"{about}: expected a recorded experiment, found: {error}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != found.get("table"):
        raise FactrankError(
            f"{table}: expected the table with digest {str(found.get('table'))[:12]}, "
            f"found {digest[:12]}"
        )
    return Results(pd.read_csv(table), found)


def compare(record: Results, again: Results) -> list[str]:
    """How a second run differs from the record; empty if it reproduces it.

    Configurations and seeds must be the same row by row, and what follows from them; what either
    run says to be measured, ranks that a better search closes among them, is not part of it.
    Trained numbers differ between processors, so of each outcome only the mean over the seeds of
    a cell is compared: it may differ by 0.05, or by 5 standard errors of the difference where these
    are more. Rows without any outcome, of what was not here to be run, are left out (``left_out``).
    """
    if list(record.frame.columns) != list(again.frame.columns):
        return [f"columns: expected those of the record, found {list(again.frame.columns)}"]
    if len(record.frame) != len(again.frame):
        return [f"rows: expected {len(record.frame)}, found {len(again.frame)}"]
    both_ran = ~left_out(record, again)
    if not both_ran.any():
        return ["rows: expected some that both ran, found none"]
    record, again = (replace(one, frame=one.frame[both_ran]) for one in (record, again))
    measured = _measured(record, again)
    ours, theirs = (_given(one.frame, measured) for one in (record, again))
    same = ((ours == theirs) | (ours.isna() & theirs.isna())).all(axis=1)
    if not same.all():
        return [
            f"row {row + 2}: expected the configuration and seed of the record, found others"
            for row in same.index[~same][:20]
        ]
    faults = []
    both = cells(record, again)
    for outcome in record.about.get("outcomes", OUTCOMES):
        before, after = (one[outcome].agg(["mean", "std", "size"]) for one in both)
        error = ((before["std"] ** 2 + after["std"] ** 2) / before["size"]).pow(0.5).fillna(0)
        allowed = (ERRORS * error).clip(lower=FLOOR)
        places = [where if isinstance(where, tuple) else (where,) for where in before.index]
        for where, old, new, most in zip(
            places, before["mean"], after["mean"], allowed, strict=True
        ):
            if abs(old - new) > most:
                faults.append(
                    f"{outcome} of {dict(zip(before.index.names, where, strict=True))}: "
                    f"expected a mean within {most:.3f} of {old:.3f}, found {new:.3f}"
                )
    return faults


def left_out(record: Results, again: Results) -> pd.Series:
    """Which rows have no outcome in one of two tables of one length, nor anything else measured
    (but steps, which are given too): what they ask of was not there."""
    names = [*record.about.get("outcomes", OUTCOMES)]
    names += [it for it in record.about.get("measured", ()) if it in record.frame and it != "steps"]
    one, other = (run.frame.reindex(columns=names) for run in (record, again))
    return one.isna().all(axis=1) | other.isna().all(axis=1)


def cells(record: Results, again: Results) -> list[Any]:
    """Both tables by cell: rows of one configuration that differ in their seed alone.

    What follows from a seed, such as how many facts it drew, would cut a cell into its seeds.
    """
    measured = _measured(record, again)
    derived = again.about.get("derived", record.about.get("derived", ("facts", "bits")))
    found = []
    for frame in (record.frame, again.frame):
        given = _given(frame, measured)
        cell = [name for name in given if name != "seed" and name not in derived]
        found.append(
            frame.assign(**{name: given[name] for name in cell}).groupby(cell, dropna=False)
        )
    return found


def grid(frame: pd.DataFrame, experiment: Experiment) -> dict[str, list[object]]:
    """The different values of every column that was given, not measured."""
    given = _given(frame, (*experiment.outcomes, *experiment.measured))
    return {
        name: [None if value != value else value for value in given[name].drop_duplicates()]
        for name in given
        if name not in ("seed", "facts", "bits", "experiment", "tier")
    }


def hardware() -> dict[str, object]:
    """Processor, cores and system, without the machine's name."""
    model = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.system()}


def _measured(*runs: Results) -> list[str]:
    """What one of the runs at least says to be measured."""
    return [
        name
        for one in runs
        for name in (*one.about.get("outcomes", OUTCOMES), *one.about.get("measured", MEASURED))
    ]


def _given(frame: pd.DataFrame, measured: Sequence[str]) -> pd.DataFrame:
    """The table without what is measured; of ``width where method`` the other rows stay."""
    for name in measured:
        column, _, where = name.partition(" where ")
        if where and where in frame:
            frame = frame.assign(**{column: frame[column].where(frame[where].isna())})
    return frame[[name for name in frame.columns if not among(name, measured)]]
