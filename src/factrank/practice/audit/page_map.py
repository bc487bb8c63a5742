"""Where values are missing: a strip a relation, a cell a key. [ours]"""

from __future__ import annotations

from collections.abc import Iterator

from factrank.facts.words import counted
from factrank.practice.audit.report import Report
from factrank.practice.html.markup import Safe, el, label, legend, listed, strip

CELLS = 300  # cells of one strip; more keys share them


def missing_map(found: Report) -> Iterator[Safe]:
    counts = found.audit
    yield el("h2", "Where values are missing", id="map")
    yield el(
        "p",
        f"{counts.missing} of {counts.keys * counts.queries} cells (key, query) have no value. One "
        "strip a relation, the keys from left to right in their order in the file. A relation need "
        "not concern every key.",
    )
    group = -(-counts.keys // CELLS)
    shared = f" ({group} keys a cell)" if group > 1 else ""
    part = [("pale", "some have")] if group > 1 else []
    yield legend(("solid", "has a value"), *part, ("hole", "none"),
                  ("red", f"several values{shared}"))  # fmt: skip
    columns = counts.columns[:60]
    kinds = _kinds(found, len(columns), group)
    yield el(
        "ul",
        *(
            el("li", el("span", label(c.query), class_="name"),
               strip(cells, f"{c.answered} of {counts.keys} keys have a value"),
               el("span", f"{c.missing} missing", class_="told"))
            for c, cells in zip(columns, kinds, strict=True)
        ),
        class_="bars",
    )  # fmt: skip
    for column in [c for c in columns if c.missing]:
        named = column.missing_keys[:100]
        rest = column.missing - len(named)
        yield el(
            "details",
            el(
                "summary",
                label(column.query),
                f": {counted(column.missing, 'key')} without a value",
            ),
            el("p", *listed(map(label, named)), f", and {rest} more" if rest else ""),
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
