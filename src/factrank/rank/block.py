"""The bounds of one database or block: the cheap ones first, the dear ones on request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from factrank.facts.database import MODES, Database
from factrank.rank.algebra.terms import Term
from factrank.rank.closed.shapes import RealUpper, structures
from factrank.rank.effort import Effort, Run
from factrank.rank.lower import bounds as lower
from factrank.rank.lower.bounds import LowerBound
from factrank.rank.lower.cases import best_by_cases
from factrank.rank.lower.incremental import grow
from factrank.rank.lower.koszul import best_koszul
from factrank.rank.lower.ordered import ordered
from factrank.rank.lower.searched import search as search_lower
from factrank.rank.lower.spanning import best_spanning
from factrank.rank.lower.turns import best_in_turn
from factrank.rank.part import Part
from factrank.rank.upper import counts as upper
from factrank.rank.upper.basis import best_basis_terms
from factrank.rank.upper.conjugate import with_roots
from factrank.rank.upper.mod2 import lifted_terms
from factrank.rank.upper.parts import part_terms
from factrank.rank.upper.rounding import FITTED_NUMBERS, least_fitted, rounded
from factrank.rank.upper.tree import spanning_tree
from factrank.rank.upper.walk import shortened, ternary

SEARCHED_FACTS = 400  # substitutions are searched up to here: their cost is cubic in the facts
COMPARED_FACTS = 5_000  # beyond this, bounds that cannot be the best are not computed
COMPARED_KEYS = 100_000  # comparing more keys than this costs more than all other cheap bounds
APART_FACTS = 5_000  # of more facts, only modes whose slices alone cost little more than the best
APART_COST = 1.5  # times the best: comparing slices seldom wins a third
APART_SHARES = 8  # of the time left, one for each mode compared
APART = {
    "Q": ("U4 relations", "U2 query slices"),
    "V": ("U4 values", "U2 value slices"),
    "K": ("U4 keys", "U2 key slices"),
}
GROWN_FACTS = 100  # below this, searching substitutions finds more than growing one
BASIS_FACTS = 1_000  # set-valued databases: beyond, U4 wins what U5 would, mostly sooner
SPANNED_LABELS = 30  # beyond this there are too many minors to combine
STEPS_PER_TRY = 2_000  # steps of a walk that cost about as much as one substitution tried
SETS_STEPS = 400  # steps of such a walk for each fact of a set-valued database, at normal effort
ORDERED_FACTS = 1_000  # from here on P6 in order is a cheap bound, in the order it starts from
ORDER_FACTS = 100_000  # read to try orders of relations, for each substitution tried elsewhere
LIFTED_MOVES = 5  # moves modulo 2 for one over the integers
WALKED_LABELS = 800  # flips pack vectors into integers; beyond this they are too long

Step = Callable[[Part, Run, int], Part]


def cheap(database: Database, run: Run) -> Part:
    """P1, P5 and, of a thousand functional facts, P6 in order below, U1-U4 above, then C4, C6 to C8
    and P8; stops as soon as the sides meet.

    No two slices may be equal (``reduction.distinct``). Keys are compared with keys (U4) up to
    100 000 of them, and of more than 5 000 facts only if they are fewer than the best upper bound:
    the evidence shows what was tried.

    >>> from factrank.rank.effort import effort_of
    >>> print(cheap(Database.from_triples([("a", "r", "x")]), Run(effort_of("quick"))))
    1 <= rank <= 1
    """
    flats = _unfoldings(database)
    lower_by = max(flats, key=lambda name: flats[name].value)
    flat = flats[lower_by]
    terms = upper.slice_terms(database)
    evidence = tuple((name, bound.value) for name, bound in flats.items())
    part = Part(
        database,
        flat,
        flat,
        terms,
        lower_by,
        "U2 value slices",
        (*evidence, ("U2 value slices", len(terms))),
    )
    for step in _cheap_steps(part, flats["P1 K unfolding"], flats["P1 V unfolding"], run):
        if part.closed:
            return part
        part = step(part)
    for found in structures(database) if not part.closed else ():
        part = part.with_structure(found)
        if part.closed:
            break
    return part


def _unfoldings(database: Database) -> dict[str, LowerBound]:
    """P1 in each mode; at scale without a mode that has too few labels to be the best."""
    flats: dict[str, LowerBound] = {}
    for mode in "KVQ":
        most = max((bound.value for bound in flats.values()), default=0)
        if mode != "Q" or len(database) <= COMPARED_FACTS or len(database.queries) >= most:
            flats[mode] = lower.unfolding(database, mode)
    return {f"P1 {mode} unfolding": flats[mode] for mode in MODES if mode in flats}


def _cheap_steps(
    first: Part, keys: LowerBound, values: LowerBound, run: Run
) -> Iterator[Callable[[Part], Part]]:
    database = first.database
    yield lambda part: part.with_lower("P5 mixed", lower.mixed(database, keys, values))
    if database.functional:
        if len(database) >= ORDERED_FACTS:
            yield lambda part: part.with_lower("P6 in first order", ordered(database, keys))
        yield lambda part: part.with_plan("U3 hub", upper.hubs(database))
        for mode in "QK":
            yield lambda part, mode=mode: _trees(part, mode)  # type: ignore[misc]  # has a default
        return
    for mode in "KQ":
        yield lambda part, mode=mode: _alone(part, mode)  # type: ignore[misc]  # has a default
    for plan in upper.pairs(database):
        yield lambda part, plan=plan: part.with_plan(  # type: ignore[misc]  # so has it
            f"U1 {plan.pair} pairs", plan
        )
    for mode in "QVK":
        yield lambda part, mode=mode: _apart(part, mode, run)  # type: ignore[misc]  # so has it


def _lost(part: Part, mode: str) -> bool:
    """Whether slices of a mode, no two of them equal and each a term at least, are too many for a
    better upper bound; asked of many facts only, so that few have every bound in the evidence."""
    many = len(part.database) > COMPARED_FACTS
    return many and len(part.database.used(mode)) >= part.upper


def _alone(part: Part, mode: str) -> Part:
    """U2 of keys or queries, where it can win."""
    if _lost(part, mode):
        return part
    return part.with_upper(APART[mode][1], upper.slice_terms(part.database, mode))


def _trees(part: Part, mode: str) -> Part:
    """U4 of a functional database, where it can win."""
    if _lost(part, mode) or (mode == "K" and part.database.shape[0] > COMPARED_KEYS):
        return part
    return part.with_plan(APART[mode][0], spanning_tree(part.database, mode))


def _apart(part: Part, mode: str, run: Run) -> Part:
    """U4 of a set-valued database, where it can win: no two slices left are equal, so each costs
    a term; and of many facts no slices are compared that cost far more than what is known."""
    database = part.database
    name, alone = APART[mode]
    if len(database.used(mode)) >= part.upper:
        return part
    if len(database) > APART_FACTS and dict(part.evidence)[alone] > APART_COST * part.upper:
        return part
    with run.slice(APART_SHARES):
        return part.with_plan(name, spanning_tree(database, mode, stop=run.stop))


def search(part: Part, run: Run, share: int = 1) -> Part:
    """The dear bounds on an open part, with the part's share of the budget.

    The time left is split evenly over the steps to come. An interrupt ends the search and keeps
    what was found.
    """
    steps = _steps(part.database, run.effort)
    for n, step in enumerate(steps):
        if part.closed or run.stop():
            return part
        try:
            with run.slice(len(steps) - n):
                part = step(part, run, share)
        except KeyboardInterrupt:
            run.interrupted = True
    return part


def _steps(database: Database, effort: Effort) -> list[Step]:
    """The dear bounds whose cost fits the size: what does not run takes no part of the time."""
    facts, labels = len(database), sum(database.shape)
    few = facts <= SEARCHED_FACTS
    steps = (
        (_parts, effort.tries and database.functional and facts >= GROWN_FACTS),
        (_ordered, effort.tries and database.functional and facts >= GROWN_FACTS),
        (_grown, effort.tries and facts >= GROWN_FACTS),
        (_koszul, effort.tries and few),
        (_substitutions, effort.tries and few),
        (_in_turn, effort.tries and labels <= SPANNED_LABELS),
        (_spanning, effort.tries and labels <= SPANNED_LABELS),
        (_by_cases, effort.tries and labels <= SPANNED_LABELS),
        (_basis, effort.solves and (database.functional or facts <= BASIS_FACTS)),
        (_lifted, effort.moves and few),
        (_flips, effort.moves and labels <= WALKED_LABELS),
        (_rounded, effort.fits and labels <= FITTED_NUMBERS),
    )
    return [step for step, fits in steps if fits]


def _parts(part: Part, run: Run, share: int) -> Part:
    terms = part_terms(part.database, stop=run.stop)
    return part.with_upper("U4 parts of relations", terms)


def _ordered(part: Part, run: Run, share: int) -> Part:
    work = ORDER_FACTS * run.effort.tries // share
    found = ordered(part.database, work=work, seed=run.seed, goal=part.upper, stop=run.stop)
    return part.with_lower("P6 in order", found)


def _grown(part: Part, run: Run, share: int) -> Part:
    database = part.database
    start = part.best if part.best.theorem == "P5" else lower.mixed(database)
    steps = STEPS_PER_TRY * run.effort.tries // share
    if not database.functional:  # a row leads to several columns of a query, and walks are longer
        steps = max(steps, SETS_STEPS * len(database) * run.effort.tries // 2_000)
    steps = max(steps, 20_000)
    return part.with_lower("P6 grown", grow(database, start, steps, part.upper, run.stop))


def _koszul(part: Part, run: Run, share: int) -> Part:
    tries = 1 + run.effort.tries // (1_000 * share)
    return part.with_lower(
        "P7 Koszul", best_koszul(part.database, part.upper, tries, run.seed, run.stop)
    )


def _substitutions(part: Part, run: Run, share: int) -> Part:
    tries = max(run.effort.tries // share, 50)
    bound = search_lower(part.database, part.upper, tries, run.seed, run.stop)
    return part.with_lower(f"{bound.theorem} search", bound)


def _spanning(part: Part, run: Run, share: int) -> Part:
    bound = best_spanning(part.database, part.best.value + 1, run.seed, run.stop)
    return part.with_lower("P9 spanning", bound)


def _in_turn(part: Part, run: Run, share: int) -> Part:
    tries = max(run.effort.tries // share, 50)
    bound = best_in_turn(part.database, part.best.value + 1, tries, run.seed, run.stop)
    return part.with_lower("P10 in turn", bound)


def _by_cases(part: Part, run: Run, share: int) -> Part:
    bound = best_by_cases(part.database, part.best.value + 1, run.seed, run.stop)
    return part.with_lower("P11 by cases", bound)


def _basis(part: Part, run: Run, share: int) -> Part:
    solves = max(run.effort.solves // share, 50)
    return part.with_upper(
        "U5 basis search", best_basis_terms(part.database, solves, run.seed, run.stop)
    )


def _lifted(part: Part, run: Run, share: int) -> Part:
    """Flips modulo 2, lifted; they cost so little that they may take more moves than ``_flips``."""
    moves = max(LIFTED_MOVES * run.effort.moves // share, 2_000_000)
    walks = lifted_terms(
        part.database, moves, run.seed, below=len(part.terms), goal=part.best.value, stop=run.stop
    )
    return part.with_upper("U6 flips mod 2", _last(walks, part.terms, run))


def _flips(part: Part, run: Run, share: int) -> Part:
    moves = max(run.effort.moves // share, 20_000)
    start = part.terms if ternary(part.terms) else upper.pair_terms(part.database, "KQ")
    walk = shortened(
        start, part.database.shape, moves, run.seed, goal=part.best.value, stop=run.stop
    )
    return part.with_upper("U6 flips", _last(walk, part.terms, run))


def _last(walk: Iterator[tuple[Term, ...]], terms: tuple[Term, ...], run: Run) -> tuple[Term, ...]:
    """The last terms of a walk, its best; of one that is interrupted, the best so far."""
    try:
        for found in walk:
            terms = found
    except KeyboardInterrupt:
        run.interrupted = True
    return terms


def _rounded(part: Part, run: Run, share: int) -> Part:
    """U7 at the least rank where fits converge, then at larger ones until one becomes exact.

    Once at each rank, after the fits to fractions, also with square roots.
    """
    fits, width = -(-run.effort.fits // share), sum(part.database.shape)
    most = min(len(part.terms) - 1, FITTED_NUMBERS // width)
    if most < part.best.value:
        return part
    least = least_fitted(part.database, part.best.value, most, run.seed)
    each = max(fits // 3, 1)
    for n in range(fits):
        rank = least + n // each
        if rank > most or run.stop():
            break
        found = rounded(part.database, rank, run.seed + n % each, run.stop)
        if found.terms is not None:
            return part.with_upper("U7 rounded fit", found.terms)
        if found.converged and n % each == each - 1 and part.real is None:
            real = with_roots(part.database, rank, run.seed, run.stop)
            part = part.with_real("U7 fit with roots", RealUpper((), *real) if real else None)
            if part.closed:
                break
    return part
