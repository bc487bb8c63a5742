"""`make reproduce`: run the full tier of every experiment afresh and compare with the record.

Configurations and seeds must be the same row by row, outcomes in the mean of each cell within the
interval of ``results.compare``. Stopped midway, it goes on from there; a finished one starts anew.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys

from tools.house import BUILD, NOTEBOOKS, ROOT, surroundings

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
    """What differs between the record and the new run, and a line on their sources."""
    from factrank.errors import FactrankError
    from factrank.experiments.results import compare, load

    try:
        record, again = load(name, NOTEBOOKS / "results"), load(name, AFRESH)
    except FactrankError as error:
        return [str(error)]
    if record.about["source"] != again.about["source"]:
        print(f"{name}: the code changed since the record (that alone is no fault)")
    return compare(record, again)


def main(arguments: list[str] | None = None) -> int:
    """Run and compare; return 1 if something differs."""
    from factrank.experiments.catalogue import CATALOGUE

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", default=list(CATALOGUE))
    parser.add_argument("--workers", type=int, default=2)
    wanted = parser.parse_args(arguments)
    failed = 0
    for name in wanted.name:
        rerun(name, wanted.workers)
        faults = verdict(name)
        failed += bool(faults)
        print(
            f"{name}: {'DIFFERS from' if faults else 'reproduces'} the record", *faults, sep="\n  "
        )
        if not faults:
            for path in AFRESH.glob(f"{name}.sqlite*"):
                path.unlink()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
