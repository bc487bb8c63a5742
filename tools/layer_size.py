"""`python -m tools.layer_size`: the thresholds of the recorded experiments, into the package."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tools.house import NOTEBOOKS, ROOT

if TYPE_CHECKING:
    from factrank.practice.plan.thresholds import Line, Table

PATH = ROOT / "src/factrank/practice/plan/layer_size.json"


def text() -> str:
    """What the file must say: each line of the records with its threshold, and where it is from."""
    from companion.engine.results import load
    from companion.studies import layer_size_judge, table_sizes_judge

    sizes, tables = (load(name, NOTEBOOKS / "results") for name in ("layer-size", "table-sizes"))
    found = layer_size_judge.lines(sizes.frame)
    parts = {
        "records": [sizes.about["table"], tables.about["table"]],
        "lines": [it._asdict() for it in found if it.regime == "F"],
        "tables": [
            *(as_table(it)._asdict() for it in found if it.regime == "T"),
            *(it._asdict() for it in table_sizes_judge.lines(tables.frame)),
        ],
    }
    rows = (
        f'"{name}": [\n' + ",\n".join(map(json.dumps, part)) + "\n]" for name, part in parts.items()
    )
    return "{\n" + ",\n".join(rows) + "\n}\n"


def as_table(line: Line) -> Table:
    """A line of layer-size with the sizes of a table, which are means over its seeds."""
    from companion.studies.databases import database
    from companion.studies.layer_size import SEEDS
    from factrank.practice.plan.sizes import sizes_of
    from factrank.practice.plan.thresholds import Table

    which = line.family, line.keys, line.queries, line.range_size
    found = [sizes_of(database(*which, seed)) for seed in range(SEEDS["full"])]
    means = [round(sum(column) / len(found), 1) for column in zip(*found, strict=True)]
    return Table(line.family, *means, line.fails, line.works)


def main() -> int:
    PATH.write_text(text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
