"""Commands of the experiments room: experiments, run."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from factrank.cli.edge import NO, Exit, command, passing, say
from factrank.cli.options import AsJson, Force, Scheduler, Workers
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed

if TYPE_CHECKING:
    from companion.engine.sweeps import Progress


@command(epilog="Example: factrank experiments")
def experiments(as_json: AsJson = False) -> None:
    """List the experiments, one line each."""
    from companion.engine.catalogue import CATALOGUE

    if as_json:
        say(json.dumps(CATALOGUE))
    else:
        width = max(map(len, CATALOGUE))
        say("\n".join(f"{name:{width}}  {question}" for name, question in CATALOGUE.items()))


@command(epilog="Example: factrank run rank-threshold --tier quick")
def run(
    name: Annotated[str, argument("NAME", help="See factrank experiments.")],
    tier: Annotated[
        Literal["quick", "full"],
        option("--tier", help="quick: seconds; full: what the book records."),
    ] = "quick",
    workers: Workers = 2,
    scheduler: Scheduler = None,
    store: Annotated[
        str | None,
        option(
            "--store",
            metavar="FILE",
            help="Where finished layers are kept  [default: build/experiments/NAME-TIER.sqlite]",
        ),
    ] = None,
    export: Annotated[
        str | None, option("--export", metavar="FOLDER", help="Write NAME.csv and NAME.json.")
    ] = None,
    force: Force = False,
) -> None:
    """Train what is missing of an experiment, then hold it against its criteria. Status 1 if one
    is missed. Stopped at any moment, it goes on from there when it is run again."""
    from companion.engine import catalogue

    needed("run", "sweep" if scheduler is not None else "experiments")
    found = catalogue.experiment(name)
    from companion.engine import sweeps
    from companion.engine.store import Store
    from factrank.practice.pool import chosen

    place = Path(store or f"build/experiments/{name}-{tier}.sqlite")
    if export is not None:  # before the work, not after it
        from companion.engine.results import places
        from factrank.files import check_new

        if Path(export).exists() and not Path(export).is_dir():
            raise FactrankError(f"{export}: expected a folder to write to, found a file")
        for path in places(name, export):
            if path.resolve() == place.resolve():
                raise FactrankError(f"{place}: expected a store beside the record, found one path")
            if path.parent.is_dir():
                check_new(path, force=force, inputs=[str(place)])
    with Store(place, found.source) as kept:
        started, before = time.perf_counter(), len(kept)
        with chosen(workers, scheduler) as pool, passing() as show:
            bar = _Bar(show)
            try:
                frame = sweeps.run(found, tier, kept, pool, in_flight=2 * workers, progress=bar)
            finally:
                seconds = round(time.perf_counter() - started, 1)
                if len(kept) > before:
                    how = {"scheduler": "dask"} if scheduler is not None else {"workers": workers}
                    took = {"seconds": seconds, "processor": round(bar.processor, 1)}
                    kept.note({"layers": len(kept) - before, **took, **how})
        try:
            verdicts = found.judge(frame)
        except (KeyError, TypeError) as error:
            raise FactrankError(
                f"{place}: expected rows that {name} can judge, found: "
                f"{type(error).__name__}: {error}"
            ) from None
        if export is not None:
            from companion.engine.results import export as write

            command = shlex.join(["factrank", "run", name, "--tier", tier])
            runs = kept.runs()
            write(found, tier, frame, verdicts, export, command=command, runs=runs, force=force)
    say("\n".join(f"{'met   ' if v.met else 'MISSED'}  {v.criterion}: {v.found}" for v in verdicts))
    if not all(verdict.met for verdict in verdicts):
        raise Exit(NO)


class _Bar:
    """A bar on a terminal, nothing elsewhere; it remembers the processor's seconds."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self.processor = 0.0
        self._show = show

    def __call__(self, progress: Progress) -> None:
        self.processor = progress.processor
        self._show(str(progress))
