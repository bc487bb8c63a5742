"""Commands of the rank room: rank, verify (of layers too), explain; and the library's list."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Annotated

from factrank.cli.edge import INTERRUPTED, NO, Exit, command, say, watched
from factrank.cli.options import (
    AsJson,
    Effort,
    Facts,
    Force,
    Reading,
    Seconds,
    Seed,
    check_files,
    database_of,
    files_of,
    interval_of,
    reads,
)
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.interval import RankInterval


@command(epilog="Example: factrank rank facts.csv --json")
@reads
def rank(
    facts: Facts,
    as_json: AsJson = False,
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
    effort: Effort = "normal",
    seconds: Seconds = None,
    seed: Seed = 0,
    force: Force = False,
    *,
    reading: Reading,
) -> None:
    """The rank of the database's 0/1 tensor, as a proved interval over the real numbers."""
    check_files(to, sms, force=force, inputs=files_of(facts))
    database = database_of(facts, reading)
    if sms is not None:
        from factrank.facts.reading.sms import sms_lines
        from factrank.files import replacing

        with replacing(sms, force=force, inputs=files_of(facts)) as file:
            file.writelines(sms_lines(database))
    started = time.perf_counter()
    found = interval_of(database, effort, seconds, seed)
    took = time.perf_counter() - started
    if to is not None:
        from factrank.rank.certificate import certificate, write

        write(to, certificate(database, found), force=force, inputs=files_of(facts))
    say(json.dumps(record(database, found, took)) if as_json else report(database, found))
    if found.interrupted:
        raise Exit(INTERRUPTED)


@command(epilog="Example: factrank verify facts.csv proof.json")
@reads
def verify(
    facts: Facts,
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
    reading: Reading,
) -> None:
    """Check a certificate, or a layer, against the facts: multiply and compare, no search.

    Of a layer: exact to what bound, or how many facts it recalls. Status 1 if wrong."""
    if is_layer(proof):
        needed("verify", "layer", ["numpy", "safetensors"])
        from factrank.layer.verify import verify as verify_layer

        database = database_of(facts, reading)
        with watched("keys compared") as tell:
            found = verify_layer(database, proof, everywhere, tell)
        valid, message = found.valid, f"{'verified: ' if found.valid else ''}{found.message}"
    else:
        from factrank.rank.verify.checker import load, verify

        if everywhere is not None:
            rule = "a layer with --all-pairs or --facts-only"
            raise FactrankError(f"{proof}: expected {rule}, found a certificate")
        certificate = load(proof)
        verdict = verify(database_of(facts, reading), certificate)
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
@reads
def explain(
    facts: Facts,
    effort: Effort = "normal",
    seconds: Seconds = None,
    seed: Seed = 0,
    *,
    reading: Reading,
) -> None:
    """The decomposition and the lower bound in words."""
    from factrank.rank.explain import explain

    database = database_of(facts, reading)
    found = interval_of(database, effort, seconds, seed)
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
    keys, queries, values = database.shape
    return {
        "facts": len(database),
        "keys": keys,
        "queries": queries,
        "values": values,
        "functional": database.functional,
        "lower": found.lower,
        "upper": found.upper,
        "exact": found.exact,
        "field": found.field,
        "lower_by": found.lower_by,
        "upper_by": found.upper_by,
        "upper_rational": found.upper_rational,
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
