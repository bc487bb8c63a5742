"""`python -m tools.layer_size`: what the package says of recorded experiments, from the records."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from tools.house import NOTEBOOKS, ROOT

if TYPE_CHECKING:
    from factrank.practice.plan.thresholds import Line, Table

PATH = ROOT / "src/factrank/practice/plan/layer_size.json"
SPLITS = ROOT / "src/factrank/practice/heads/head_budget.json"


def text() -> str:
    """What the file must say: each line of the records with its threshold, and where it is from."""
    from companion.engine.results import load
    from companion.studies import layer_size, table_sizes

    sizes, tables = (load(name, NOTEBOOKS / "results") for name in ("layer-size", "table-sizes"))
    found = layer_size.lines(sizes.frame)
    parts = {
        "records": [sizes.about["table"], tables.about["table"]],
        "lines": [it._asdict() for it in found if it.regime == "F"],
        "tables": [
            *(as_table(it)._asdict() for it in found if it.regime == "T"),
            *(it._asdict() for it in table_sizes.lines(tables.frame)),
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
    from factrank.practice.plan.thresholds import Table, sizes_of

    which = line.family, line.keys, line.queries, line.range_size
    found = [sizes_of(database(*which, seed)) for seed in range(SEEDS["full"])]
    means = [round(sum(column) / len(found), 1) for column in zip(*found, strict=True)]
    return Table(line.family, *means, line.fails, line.works)


def splits() -> str:
    """What the second file must say: how far head-budget's splits go, and by how many points of
    recall they beat the even split with d_head_qk 2: mean, least and most of the lines, and the
    mean of their mirror images."""
    from companion.engine.results import load
    from companion.studies.head_budget import LINE

    rows = load("head-budget", NOTEBOOKS / "results").frame.query("part == 'split'")
    wide, thin = [], []
    for _, line in rows.groupby(LINE):
        mean = 100 * line.groupby("d_head_qk")["recalled"].mean()
        total = mean.index.min() + mean.index.max()
        wide.append(mean[2] - mean[total // 2])
        thin.append(mean[total - 2] - mean[total // 2])
    most = rows.max(numeric_only=True)
    told = {"lines": len(wide), "mean": sum(wide) / len(wide), "low": min(wide), "high": max(wide)}
    told |= {"mirror": sum(thin) / len(thin), "heads_up_to": int(most["n_heads"])}
    told |= {"total_up_to": int((rows["d_head_qk"] + rows["d_head_vo"]).max())}
    told |= {name: int(most[name]) for name in ("keys", "queries")}
    return json.dumps({name: round(it, 2) for name, it in told.items()}) + "\n"


def main() -> int:
    PATH.write_text(text(), encoding="utf-8")
    SPLITS.write_text(splits(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
