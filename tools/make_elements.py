"""Make src/factrank/facts/library/elements.csv from the table of the mendeleev package.

Needs `pip install mendeleev==1.3.0` (MIT licence; not a dependency of factrank), in any
environment: python tools/make_elements.py
"""

from __future__ import annotations

import csv
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/factrank/facts/library/elements.csv"
ROOM = 298.15  # kelvin


def row_of(element, series: dict[int, str], phases: list) -> dict[str, str]:
    """One line of the table: the name, then one typed label a relation, empty where unknown."""
    labels = {
        "period": element.period,
        "group": None if element.group_id is None else int(element.group_id),
        "block": element.block,
        "series": series[element.series_id],
        "phase": phase(phases),
        "lattice": element.lattice_structure,
        "stability": "radioactive" if element.is_radioactive else "stable",
        # the table's spelling is "litophile"
        "goldschmidt": (element.goldschmidt_class or "").replace("litophile", "lithophile"),
        "geochemical": element.geochemical_class,
        # elements known since antiquity have no year there
        "century": None if element.discovery_year is None else century(element.discovery_year),
    }
    cells = {column: f"{column} {x}" if x else "" for column, x in labels.items()}
    return {"element": element.name, **cells}


def century(year: float) -> int:
    return (int(year) + 99) // 100


def phase(transitions: list) -> str | None:
    """Solid, liquid or gas at 25 degrees C; the most stable form known, None if it is not said."""
    for form in transitions:
        if form.is_transition:  # the point where one form passes into another, not melting
            continue
        melts, boils = form.melting_point, form.boiling_point
        if form.is_sublimation_point:
            return "solid" if boils > ROOM else "gas"
        if boils is not None and boils < ROOM:
            return "gas"
        if melts is not None and melts > ROOM:
            return "solid"
        if melts is not None and boils is not None:
            return "liquid"
    return None


def main() -> None:
    from mendeleev.fetch import fetch_table  # here: the tests import the rules without it

    def table(name: str) -> list:
        frame = fetch_table(name).astype(object)
        return list(frame.where(frame.notna(), None).itertuples())

    series = {row.id: row.name for row in table("series")}
    phases: dict[int, list] = {}
    for row in table("phasetransitions"):
        phases.setdefault(row.atomic_number, []).append(row)
    elements = sorted(table("elements"), key=lambda e: e.atomic_number)
    rows = [row_of(e, series, phases.get(e.atomic_number, [])) for e in elements]
    with TARGET.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
