"""The audit with ranks: what a table holds, how large it is, and what its relations cost. [ours]"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from factrank.errors import given
from factrank.facts.database import Database
from factrank.facts.labels import NAMES
from factrank.facts.rows import Rows
from factrank.facts.words import LABELS, PLURAL, counted, label_text, list_text, size_text
from factrank.practice.audit.relation_costs import Agreement, Cost, agreements, costs
from factrank.practice.cleaning.draft import places_text
from factrank.practice.findings.counted import Audit, audit
from factrank.practice.findings.counts import Place
from factrank.rank.effort import told_effort
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.lower.bounds import LowerBound, own_minor, unfolding
from factrank.rank.upper.counts import pair_terms

SHOWN = 5  # cases of one kind told in the text; --json has all


@dataclass(frozen=True)
class Report:
    """An audit, the interval of the rank, what relations cost and which nearly agree."""

    audit: Audit
    database: Database
    interval: RankInterval
    costs: tuple[Cost, ...]
    costs_how: str
    agreements: tuple[Agreement, ...]
    all_compared: bool


def report(
    rows: Rows,
    effort: str = "normal",
    *,
    seconds: float | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda line: None,
    counting: bool = False,
) -> Report:
    """Audit a table of facts and rank it; ``effort``, ``seconds``, ``seed`` as in rank_interval.

    ``counting`` bounds the rank by counts alone, in seconds however large the table.

    >>> from factrank.facts.reading.read import read_rows
    >>> found = report(read_rows("library:example"))
    >>> found.interval.lower, [(c.query, c.least, c.most, c.alone) for c in found.costs]
    (5, [('currency', 2, 2, 2), ('born_in', 1, 1, 2), ('lives_in', 1, 1, 2)])
    """
    given("rows", rows, Rows, "the Rows that read_rows gives")
    counts = audit(rows)
    database = rows.database()
    if counting:
        interval = counted_interval(database)
        found, how = costs(database, interval, most_work=0)
    else:
        interval = told_effort(
            rank_interval(database, effort, seconds=seconds, seed=seed, progress=progress), effort
        )
        found, how = costs(database, interval, seed=seed, progress=progress)
    near, all_compared = agreements(database)
    return Report(counts, database, interval, found, how, near, all_compared)


def counted_interval(database: Database) -> RankInterval:
    """Bounds by counts alone: the values in use if each pair has one (P1), the pairs (U1).

    >>> from factrank import read
    >>> print(counted_interval(read("library:example")))
    4 <= rank <= 6 over R
    """
    counts = database.pair_counts()
    pair = min(counts, key=counts.__getitem__)
    proof, how = unfolding(database, "V"), "P1 V unfolding, one row a value"
    if not database.functional:
        fact = database.facts[0]
        alone = own_minor(database, {fact[2]: fact}, [database.values[fact[2]]])
        proof, how = LowerBound(1, "P1", {"mode": "V", **alone}), "there is a fact"
    least = proof.value
    evidence = ((how, least), *((f"U1 {name} pairs", n) for name, n in counts.items()))
    note = "bounded by counting only, as was asked: factrank rank finds more"
    terms = pair_terms(database, pair)
    names = how, f"U1 {pair} pairs"
    return RankInterval(least, len(terms), "R", evidence, proof, terms, *names, (note,))


def record(found: Report) -> dict[str, Any]:
    """The report as one JSON object, names fixed for programs that read them."""
    counts, interval = found.audit, found.interval
    data = asdict(counts)
    named = {name: _plain(value) for name, value in data.items()}
    named["searches"] = {
        mode: {"labels": s.labels, "complete": s.complete, "how": s.how}
        for mode, s in counts.searches.items()
    }
    named["ceiling"] = counts.ceiling
    named["missing"] = counts.missing
    named["functional"] = not counts.several
    told = ("lower", "upper", "exact", "field", "lower_by", "upper_by")
    named["rank"] = {it: getattr(interval, it) for it in told} | {"notes": list(interval.notes)}
    named["costs"] = [cost._asdict() for cost in found.costs]
    named["costs_how"] = found.costs_how
    named["agreements"] = [pair._asdict() for pair in found.agreements]
    named["agreements_complete"] = found.all_compared
    return named


def _plain(value: Any) -> Any:
    """Named tuples as objects, tuples as lists."""
    if hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value


def lines(found: Report) -> Iterator[str]:
    """The report as lines for a reader."""
    counts, interval = found.audit, found.interval
    yield f"{counts.name}: {counted(counts.facts, 'fact')} in {counted(counts.rows, 'row')}"
    yield f"  {size_text((counts.keys, counts.queries, counts.values))}"
    if counts.skipped:
        yield f"  {counted(counts.skipped, 'bad line')} skipped"
    if counts.sources:
        told = (f"{label_text(name or '(none)')} {n}" for name, n in counts.sources.items())
        more = f"{counted(counts.confirmed, 'fact')} in more than one"
        yield f"  rows by source: {', '.join(told)}; {more}"
    yield str(interval)
    yield from (f"  {note}" for note in interval.notes)
    yield _ceiling(counts)
    yield from _several(counts)
    yield from _repeats(counts)
    yield from _missing(counts)
    yield from _variants(counts)
    yield from _odd(counts)
    yield from _shared(counts)
    yield from _costs(found)
    yield from _measured(counts)
    yield from _agreements(found)


def _some(
    one: str, cases: Sequence[str], limits: Sequence[str] = (), many: str = ""
) -> Iterator[str]:
    """A heading with its count and the first cases; then what was not compared, or not listed.
    ``many``, where it is not told, is ``one`` with its first word in the plural."""
    if cases:
        yield f"{counted(len(cases), one, many or one.replace(' ', 's ', 1))}:"
        yield from (f"  {case}" for case in cases[:SHOWN])
    else:
        yield f"no {one}{', within these limits:' if limits else ''}"
    if len(cases) > SHOWN:
        yield f"  ... {len(cases) - SHOWN} more"
    yield from (f"  {limit}" for limit in limits)


def _ceiling(counts: Audit) -> str:
    if not counts.several:
        return "recall of single answers can reach 1: every pair has one value"
    return (
        f"recall of single answers can reach {counts.ceiling:.4f}: "
        f"{counted(counts.pairs, 'pair')} for {counted(counts.facts, 'fact')}"
    )


def _several(counts: Audit) -> Iterator[str]:
    cases = [
        f"{label_text(s.key)} {label_text(s.query)}: "
        + "; ".join(f"{label_text(value)}{_at(places)}" for value, places in s.values)
        for s in counts.several
    ]
    many = "pairs with several values"
    if counts.sources and cases:
        between = sum(s.between for s in counts.several)
        many += f" ({between} between sources, {len(cases) - between} within one)"
    yield from _some("pair with several values", cases, many=many)


def _at(places: Sequence[Place]) -> str:
    found = places_text(places, 2)
    return f" in {found}" if found else ""


def _repeats(counts: Audit) -> Iterator[str]:
    cases = [
        f"{label_text(r.key)} {label_text(r.query)} {label_text(r.value)}{_at(r.places)}"
        for r in counts.repeats
    ]
    yield from _some("fact given twice by one source", cases)


def _missing(counts: Audit) -> Iterator[str]:
    grid = counts.keys * counts.queries
    yield f"{counts.missing} of {counted(grid, 'cell')} (key, query) without a value"
    holes = sorted((c for c in counts.columns if c.missing), key=lambda c: -c.missing)
    for column in holes[:SHOWN]:
        first = list_text(column.missing_keys[: LABELS - 1])
        if (rest := column.missing - (LABELS - 1)) > 0:
            first += f", ... {rest} more"
        yield f"  {label_text(column.query)} {column.missing}: {first}"
    if len(holes) > SHOWN:
        yield f"  ... {counted(len(holes) - SHOWN, 'more relation')} with missing cells"


def _variants(counts: Audit) -> Iterator[str]:
    cases = [
        f"{NAMES[v.mode]} {label_text(v.near.one)} ~ {label_text(v.near.other)}: {v.near.score}, "
        + ("under different relations" if v.apart else f"{counted(v.same, 'fact')} in common")
        for v in counts.variants
    ]
    yield from _some("pair of labels spelled nearly alike", cases, limits(counts))
    twins = [
        f"{label_text(t.one)} and {label_text(t.other)}: {counted(len(t.same), 'fact')} in common, "
        f"differ on {counted(t.differ, 'relation')}"
        for t in counts.same_keys
    ]
    yield from _some("pair of keys that share rare values", twins)


def limits(counts: Audit) -> list[str]:
    """What was not compared, or not listed, where labels were compared."""
    told = [f"{PLURAL[m]}: {s.how}" for m, s in counts.searches.items() if not s.complete]
    if counts.variants_apart:
        pairs = counted(counts.variants_apart, "pair")
        told.append(
            f"values: {pairs} alike in letters, accents, marks or words not listed: no relation "
            "takes both"
        )
    if counts.across:
        pairs = counted(len(counts.across), "pair")
        first = " ~ ".join(map(label_text, counts.across[0]))
        told.append(
            f"keys and values: {pairs} alike but for case, Unicode or blanks not listed, as {first}"
        )
    return told


def _odd(counts: Audit) -> Iterator[str]:
    cases = [f"{NAMES[odd.mode]} {label_text(odd.label)} {odd.why}" for odd in counts.odd]
    yield from _some("odd label", cases, many="odd labels")


def _shared(counts: Audit) -> Iterator[str]:
    cases = [
        f"{label_text(s.one)} and {label_text(s.other)} share {counted(s.values, 'value')}"
        for s in counts.shared
    ]
    if not counts.shared_values:
        other = any(v.apart for v in counts.variants)
        yield f"no value shared by two relations{' in one form' if other else ''}"
        return
    yield f"{counts.shared_values} of {counted(counts.values, 'value')} shared by relations:"
    yield from (f"  {case}" for case in cases[:SHOWN])
    if len(cases) > SHOWN:
        yield f"  ... {counted(len(cases) - SHOWN, 'more pair')} of relations"
    if not counts.shared_complete:
        yield "  not all pairs were counted: too many relations share values"


def _costs(found: Report) -> Iterator[str]:
    yield "rank that goes if a relation is dropped (its rank alone; terms that serve only it):"
    for cost in found.costs[:SHOWN]:
        span = f"{cost.least}" if cost.least == cost.most else f"{cost.least} to {cost.most}"
        yield f"  {label_text(cost.query)} {span} ({cost.alone}; {cost.own})"
    if len(found.costs) > SHOWN:
        yield f"  ... {len(found.costs) - SHOWN} more"


def _measured(counts: Audit) -> Iterator[str]:
    names = [label_text(column.query) for column in counts.columns if column.measured]
    if names:
        relations = counted(len(names), "relation")
        yield f"{relations} of numbers, nearly every one different: their rank is a count"
        yield f"  {', '.join(names[:LABELS])}{', ...' if len(names) > LABELS else ''}"


def _agreements(found: Report) -> Iterator[str]:
    cases = [
        f"{label_text(a.one)} and {label_text(a.two)}: difference of rank {a.apart}, saves "
        f"{a.saved}; same on {counted(a.same, 'key')}, not on {a.other}"
        for a in found.agreements
    ]
    left = [] if found.all_compared else ["not all pairs were compared: too many relations"]
    yield from _some("pair of relations that nearly agree", cases, left)
