"""What recall prints beside its totals: relation by relation, the rank, the time of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from factrank.cli.layer_answers import finite
from factrank.facts.matrix import SparseMatrix
from factrank.facts.words import CHARACTERS, counted, label_text
from factrank.rank.algebra.exact import rank as exact_rank
from factrank.rank.effort import effort_notes

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.layer.survey import Relation
    from factrank.rank.interval import RankInterval

SHOWN = 20  # relations shown; where there are more, those recalled least


def ranks_alone(database: Database) -> dict[str, int]:
    """The rank of each relation's matrix: exact, and more than it may cost beside the others."""
    _, Q, V = database.shape
    rows: list[dict[int, dict[int, int]]] = [{} for _ in range(Q)]
    for k, q, v in database.facts:  # read once, not once a relation
        rows[q].setdefault(k, {})[v] = 1
    shapes = ((len(it), V) for it in rows)  # keys without a fact add nothing to a rank
    matrices = (
        SparseMatrix(shape, tuple(it.values())) for shape, it in zip(shapes, rows, strict=True)
    )
    return {query: exact_rank(it) for query, it in zip(database.queries, matrices, strict=True)}


def details_record(
    relations: Sequence[Relation], ranks: dict[str, int], interval: RankInterval, seconds: float
) -> dict[str, object]:
    """What recall adds for a program; ``seconds_per_answer`` was measured just now."""
    return {
        "rank": {"lower": interval.lower, "upper": interval.upper, "field": interval.field},
        "relations": [
            asdict(it)
            | {
                "margin": finite(it.margin),
                "ceiling": it.pairs / it.facts if it.facts else None,
                "rank": ranks.get(it.query, 0),
            }
            for it in relations
        ],
        "seconds_per_answer": seconds,
    }


def details(
    relations: Sequence[Relation], ranks: dict[str, int], interval: RankInterval, seconds: float,
    tau: float,
) -> str:  # fmt: skip
    """What recall adds for a person."""
    order = sorted(relations, key=lambda it: it.recalled / it.facts if it.facts else 2)
    shown = order[:SHOWN] if len(order) > SHOWN else relations
    names = [label_text(it.query) for it in shown]
    wide = min(CHARACTERS, max(map(len, names)))
    lines = [
        f"  {interval}",
        *(f"  {note}" for note in effort_notes(interval)),
        f"  {'relation':{wide}}  facts  recalled  held at {tau:g}  ceiling  artifacts  rank alone",
    ]
    for name, it in zip(names, shown, strict=True):
        shares = (_share(n, it.facts) for n in (it.recalled, it.held, it.pairs))
        recalled, held, ceiling = shares
        artifacts = "-" if it.artifacts is None else it.artifacts
        lines.append(
            f"  {name:{wide}}  {it.facts:5}  {recalled:>8}  {held:>{len(f'held at {tau:g}')}}  "
            f"{ceiling:>7}  {artifacts:>9}  {ranks.get(it.query, 0):10}"
        )
    if len(order) > SHOWN:
        lines.append(
            f"  and {counted(len(order) - SHOWN, 'relation')} recalled no less (--json has all)"
        )
    return "\n".join([*lines, f"  an answer asked alone took {1000 * seconds:.3g} ms"])


def _share(number: int, of: int) -> str:
    return f"{number / of:.1%}" if of else "-"
