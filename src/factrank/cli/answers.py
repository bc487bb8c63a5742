"""What the command prints: the interval as one JSON record or as lines for a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.interval import RankInterval


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
    sizes = [
        _count(size, name)
        for size, name in zip(database.shape, ("key", "query", "value"), strict=True)
    ]
    lines = [
        f"{found}   ({_count(len(database), 'fact')}: {' x '.join(sizes)})",
        f"  at least {found.lower}: {found.lower_by}",
        f"  at most {found.upper}: {found.upper_by}",
    ]
    if found.upper_rational > found.upper:
        lines += [f"  over Q at most {found.upper_rational}: the terms found are rational"]
    lines += [f"  {note}" for note in found.notes]
    return "\n".join(lines)


def _count(number: int, name: str) -> str:
    if number == 1:
        return f"1 {name}"
    return f"{number} {'queries' if name == 'query' else name + 's'}"
