"""Commands of the rank room: rank, verify (of layers too), explain; and the library's list."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated

from factrank.cli import options
from factrank.cli.edge import INTERRUPTED, NO, Exit, command, say
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.interval import RankInterval


@command(epilog="Example: factrank rank facts.csv --json")
@options.reads
def rank(
    facts: options.Facts,
    as_json: options.AsJson = False,
    to: Annotated[
        str | None, option("--certificate", metavar="OUT.json", help="Write the proof.")
    ] = None,
    sms: Annotated[
        str | None,
        option(
            "--write-sms",
            metavar="OUT.sms",
            help="Write the tensor as numbers: three sizes and M, lines k q v 1, zeros.",
        ),
    ] = None,
    effort: options.Effort = options.Work.normal,
    seconds: options.Seconds = None,
    seed: options.Seed = 0,
    force: options.Force = False,
    *,
    reading: options.Reading,
) -> None:
    """The rank of the database's 0/1 tensor, as a proved interval over the real numbers."""
    for path in (to, sms):
        options.check_new(path, options.files_of(facts), force)
    database = options.database_of(facts, reading)
    if sms is not None:
        from factrank.facts.reading.sms import sms_lines
        from factrank.files import replacing

        with replacing(sms, force=force, inputs=options.files_of(facts)) as file:
            file.writelines(sms_lines(database))
    started = time.perf_counter()
    found = options.interval_of(database, effort, seconds, seed)
    took = time.perf_counter() - started
    if to is not None:
        from factrank.rank.certificate import certificate, write

        write(to, certificate(database, found), force=force, inputs=options.files_of(facts))
    say(json.dumps(record(database, found, took)) if as_json else report(database, found))
    if found.interrupted:
        raise Exit(INTERRUPTED)


@command(epilog="Example: factrank verify facts.csv proof.json")
@options.reads
def verify(
    facts: options.Facts,
    proof: Annotated[
        str, argument("CERTIFICATE|LAYER", help="What rank --certificate, compile or edit wrote.")
    ],
    everywhere: Annotated[
        bool | None,
        option(
            "--all-pairs/--facts-only",
            help="Of a layer, look at every pair, or only at those that have a fact. Not told, at "
            "every pair up to a hundred million logits, or if the layer says that it is exact.",
        ),
    ] = None,
    *,
    reading: options.Reading,
) -> None:
    """Check a certificate, or a layer, against the facts: multiply and compare, no search.

    Of a layer: exact to what bound, or how many facts it recalls. Status 1 if wrong."""
    if is_layer(proof):
        needed("verify", "layer", ["numpy", "safetensors"])
        from factrank.cli.options import watched
        from factrank.layer.verify import verify as verify_layer

        database = options.database_of(facts, reading)
        with watched("keys compared") as tell:
            found = verify_layer(database, proof, everywhere, tell)
        valid, message = found.valid, f"{'verified: ' if found.valid else ''}{found.message}"
    else:
        from factrank.rank.verify.checker import load, verify

        if everywhere is not None:
            rule = "a layer with --all-pairs or --facts-only"
            raise FactrankError(f"{proof}: expected {rule}, found a certificate")
        certificate = load(proof)
        verdict = verify(options.database_of(facts, reading), certificate)
        valid, message = verdict.valid, verdict.message
    say(message if valid else f"not verified: {message}")
    if not valid:
        raise Exit(NO)


def is_layer(path: str) -> bool:
    """Whether a file begins as safetensors do: the length of a header, then the header.

    A text that begins with spaces is none: read as a number they are more than any header has.
    """
    try:
        with open(path, "rb") as file:
            start = file.read(9)
        return start[8:] == b"{" and start[7] == 0
    except OSError:
        return False  # whoever reads it as a certificate says why it cannot be read


@command(epilog="Example: factrank explain library:example")
@options.reads
def explain(
    facts: options.Facts,
    effort: options.Effort = options.Work.normal,
    seconds: options.Seconds = None,
    seed: options.Seed = 0,
    *,
    reading: options.Reading,
) -> None:
    """The decomposition and the lower bound in words."""
    from factrank.rank.explain import explain

    database = options.database_of(facts, reading)
    found = options.interval_of(database, effort, seconds, seed)
    say(explain(database, found))
    if found.interrupted:
        raise Exit(INTERRUPTED)


@command(epilog="Example: factrank library")
def library() -> None:
    """List the databases that can be named as library:NAME."""
    from factrank.facts.library import names

    width = max(map(len, names()))
    say("\n".join(f"{name:{width}}  {line}" for name, line in names().items()))


# ---- what is printed -------------------------------------------------------------------------


def record(database: Database, found: RankInterval, seconds: float) -> dict[str, object]:
    """The interval and the sizes, names fixed for programs that read them."""
    names = ("lower", "upper", "exact", "field", "lower_by", "upper_by", "upper_rational")
    return {
        "facts": len(database),
        **dict(zip(("keys", "queries", "values"), database.shape, strict=True)),
        "functional": database.functional,
        **{name: getattr(found, name) for name in names},
        "notes": list(found.notes),
        "seconds": round(seconds, 6),
    }


def report(database: Database, found: RankInterval) -> str:
    """The interval, what proves each side, and what a reader must know."""
    from factrank.facts.words import counted, size_text

    lines = [
        f"{found}   ({counted(len(database), 'fact')}: {size_text(database.shape)})",
        f"  at least {found.lower}: {found.lower_by}",
        f"  at most {found.upper}: {found.upper_by}",
    ]
    if found.upper_rational > found.upper:
        lines += [f"  over Q at most {found.upper_rational}: the terms found are rational"]
    lines += [f"  {note}" for note in found.notes]
    return "\n".join(lines)
