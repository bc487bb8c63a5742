"""`make reproduce`: run the full tier of every experiment afresh and compare with the record.

Configurations and seeds must be the same row by row, outcomes in the mean of each cell within the
interval of ``results.compare``. A source or a verdict that changed is told. Stopped midway, it goes
on from there; a finished one starts anew. With ``--adopt`` the new run becomes the record, whatever
the comparison says; chapters that read it are then to be recorded again.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tools.house import BUILD, NOTEBOOKS, ROOT, surroundings

if TYPE_CHECKING:
    from companion.engine.results import Results

AFRESH = BUILD / "reproduce"


def rerun(name: str, workers: int) -> None:
    """The full tier once more, into a store and a folder of its own."""
    store = AFRESH / f"{name}.sqlite"
    command = [sys.executable, "-m", "factrank", "run", name, "--tier", "full"]
    command += [
        "--workers",
        str(workers),
        "--store",
        str(store),
        "--export",
        str(AFRESH),
        "--force",
    ]
    print(shlex.join(["factrank", *command[3:]]), flush=True)
    status = subprocess.run(command, cwd=ROOT, env=surroundings()).returncode
    if status not in (0, 1):  # 1: a criterion is missed, which the record may say too
        raise SystemExit(f"{name}: the run ended with status {status}; run again to go on")


def verdict(name: str) -> list[str]:
    """What differs between the record and the new run; lines on their sources and verdicts."""
    from companion.engine.results import compare, left_out, load
    from factrank.errors import FactrankError

    try:
        record, again = load(name, NOTEBOOKS / "results"), load(name, AFRESH)
    except FactrankError as error:
        return [str(error)]
    if record.about["source"] != again.about["source"]:
        print(f"{name}: the code changed since the record (that alone is no fault)")
    for line in judged(record, again):
        print(f"{name}: {line}")
    faults = compare(record, again)
    if len(record.frame) == len(again.frame) and (out := int(left_out(record, again).sum())):
        here = len(record.frame) - out
        print(f"{name}: {here} of {here + out} rows are compared; the others' facts are not here")
    return faults


def judged(record: Results, again: Results) -> list[str]:
    """The criteria of which the new run says otherwise than the record, or something else."""
    before, after = (
        {one["criterion"]: one for one in run.about.get("criteria", ())} for run in (record, again)
    )
    lines = []
    for criterion in dict.fromkeys([*before, *after]):
        old, new = before.get(criterion), after.get(criterion)
        if old != new:
            was, now = (
                f"{'met' if one['met'] else 'missed'} ({one['found']})" if one else "not there"
                for one in (old, new)
            )
            lines.append(f"{criterion}: was {was}, now {now}")
    return lines


def adopt(name: str) -> None:
    """Let the new run be the record, unless facts that the record is about were not here."""
    from companion.engine.results import left_out, load

    again = load(name, AFRESH)
    if out := int(left_out(again, again).sum()):
        raise SystemExit(f"{name}: expected every row to have an outcome, found {out} without one")
    for kind in ("csv", "json"):
        part = NOTEBOOKS / "results" / f"{name}.{kind}.part"
        shutil.copyfile(AFRESH / f"{name}.{kind}", part)
        part.replace(part.with_suffix(""))
    print(f"{name}: the new run is the record now; record the chapters that read it again")


def made_by(name: str) -> str:
    """Whether a record was made by the code that stands here, by the digest of its source."""
    from companion.engine.catalogue import experiment
    from companion.engine.results import load

    recorded = load(name, NOTEBOOKS / "results").about["source"]
    same = recorded == experiment(name).source
    return f"{name}: made by {'this code' if same else 'other code'}"


def main(arguments: list[str] | None = None) -> int:
    """Run and compare; return 1 if something differs."""
    from companion.engine.catalogue import CATALOGUE

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", default=list(CATALOGUE))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--adopt", action="store_true", help="let the new run be the record")
    parser.add_argument("--list", action="store_true", help="say which records this code made")
    wanted = parser.parse_args(arguments)
    if wanted.list:
        print(*map(made_by, wanted.name), sep="\n")
        return 0
    failed = 0
    for name in wanted.name:
        rerun(name, wanted.workers)
        faults = verdict(name)
        failed += bool(faults)
        print(
            f"{name}: {'DIFFERS from' if faults else 'reproduces'} the record", *faults, sep="\n  "
        )
        if wanted.adopt:
            adopt(name)
        if wanted.adopt or not faults:
            for path in AFRESH.glob(f"{name}.sqlite*"):
                path.unlink()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
