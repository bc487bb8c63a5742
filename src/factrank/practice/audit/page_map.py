"""Where values are missing: a strip a relation, a cell a key. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

from factrank.practice.audit.report import Report
from factrank.practice.html.markup import Safe, el, filled, label, legend, listed, strip
from factrank.practice.html.tongue import many, say

CELLS = 300  # cells of one strip; more keys share them


def missing_map(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield el("h2", say("Where values are missing"), id="map")
    yield el(
        "p",
        say(
            "{n} of {all} cells (key, query) have no value. One strip a relation, the keys from "
            "left to right in their order in the file. A relation need not concern every key.",
            n=counts.missing,
            all=counts.keys * counts.queries,
        ),
    )
    group = -(-counts.keys // CELLS)
    part = [("pale", say("some have"))] if group > 1 else []
    red = say("several values")
    if group > 1:
        red = say("several values ({n} keys a cell)", n=group)
    yield legend(("solid", say("has a value")), *part, ("hole", say("none")), ("red", red))
    columns = counts.columns[:60]
    kinds = _kinds(found, len(columns), group)
    yield el(
        "ul",
        *(
            el("li", el("span", label(c.query), class_="name"),
               strip(cells, say("{n} of {all} keys have a value", n=c.answered, all=counts.keys)),
               el("span", say("{n} missing", n=c.missing), class_="told"))
            for c, cells in zip(columns, kinds, strict=True)
        ),
        class_="bars",
    )  # fmt: skip
    for column in [c for c in columns if c.missing]:
        named = column.missing_keys[:100]
        rest = column.missing - len(named)
        without = many(column.missing, "{n} key without a value", "{n} keys without a value")
        yield el(
            "details",
            el("summary", filled("{relation}: {told}", relation=label(column.query), told=without)),
            el("p", *listed(map(label, named)), say(", and {n} more", n=rest) if rest else ""),
        )


def _kinds(found: Report, relations: int, group: int) -> list[str]:
    """For each relation the kind of each cell: f filled, h half, - hole, s several."""
    cells = -(-found.audit.keys // group)
    full: list[list[int]] = [[0] * cells for _ in range(relations)]
    several: list[list[bool]] = [[False] * cells for _ in range(relations)]
    seen: set[tuple[int, int]] = set()
    for k, q, _ in found.database.facts:
        if q >= relations:
            continue
        if (k, q) in seen:
            several[q][k // group] = True
        else:
            seen.add((k, q))
            full[q][k // group] += 1
    sizes = [min(group, found.audit.keys - n * group) for n in range(cells)]
    return [
        "".join(
            "s" if many else "f" if n == size else "h" if n else "-"
            for n, size, many in zip(full[q], sizes, several[q], strict=True)
        )
        for q in range(relations)
    ]
