"""`make record`: execute the masters afresh; write the .py twins and the recorded .ipynb.

One direction only: a master is read, never written, and no earlier output is kept. The seconds go
to notebooks/results/execution.json with the machine and the versions they were measured on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools import machine, twins
from tools.house import STATISTICS, masters, surroundings

WORKERS = 2
CELL_TIMEOUT = 600


def record(master: Path) -> tuple[str, float, str]:
    """Execute one master and write its twins; return its name, its seconds and what went wrong."""
    notebook = twins.skeleton(master)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name=notebook.metadata.kernelspec.name,
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(master.parent)}},
    )
    started = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as error:
        return master.stem, time.perf_counter() - started, str(error)
    seconds = time.perf_counter() - started
    notebook.metadata.pop("language_info", None)
    recorded = master.with_suffix(".ipynb")
    nbformat.write(notebook, recorded)
    master.with_suffix(".py").write_text(twins.percent(master), encoding="utf-8")
    return master.stem, seconds, "\n".join(twins.faults(recorded))


def note(seconds: dict[str, float]) -> None:
    """Merge the measured seconds into the statistics; forget notebooks that are gone."""
    old = json.loads(STATISTICS.read_text()) if STATISTICS.exists() else {}
    here = {"machine": machine.machine(), "versions": machine.versions()}
    new = {
        master.stem: {"seconds": round(seconds[master.stem], 1), **here}
        if master.stem in seconds
        else old.get(master.stem)
        for master in masters()
    }
    STATISTICS.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: entry for name, entry in new.items() if entry}
    STATISTICS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def chosen(name: str) -> list[Path]:
    """Return the masters to record: all, or the one called `name`."""
    known = {master.stem: master for master in masters()}
    if not name:
        return list(known.values())
    stem = Path(name).stem
    if stem not in known:
        print(f"there is no notebook {stem!r}; there are: {', '.join(known)}.", file=sys.stderr)
        raise SystemExit(2)
    return [known[stem]]


def main(arguments: list[str] | None = None) -> int:
    """Record the chosen notebooks two at a time; return 1 if one went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", nargs="?", default="")
    todo = chosen(parser.parse_args(arguments).notebook)
    os.environ.update(surroundings())
    seconds, wrong = {}, []
    with ProcessPoolExecutor(max_workers=WORKERS) as pool:
        for name, spent, fault in pool.map(record, todo):
            print(f"{name}  {'WENT WRONG' if fault else 'recorded'}  {spent:.1f} s", flush=True)
            if fault:
                wrong.append(name)
                print(fault, file=sys.stderr)
            else:
                seconds[name] = spent
    note(seconds)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
