"""Chapter 2, rank as size."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, TERMS, WHOLE, known_rank, several
from factrank.facts.database import Database
from factrank.facts.words import counted
from factrank.rank.algebra.terms import Term, expand

# Ann and Cem never moved, Bob did: the smallest rule with an exception.
MOVED = Database.from_triples([
    ("Ann", "born_in", "Rome"), ("Ann", "lives_in", "Rome"),
    ("Bob", "born_in", "Rome"), ("Bob", "lives_in", "Paris"),
    ("Cem", "born_in", "Paris"), ("Cem", "lives_in", "Paris"),
])  # fmt: skip


@exercise(several(WHOLE, 2, "two whole numbers (facts, terms)"), 5, "medium")
def facts_and_terms(answer: tuple[int, int]) -> str:
    """Facts and rank: twenty people in five towns, three of whom moved to the next town.

    >>> facts_and_terms((20, 8))
    Not yet: there are not 20 facts: each of the 20 people has two.
    """
    facts, terms = answer
    require(facts == 40, f"there are not {facts} facts: each of the 20 people has two.")
    require(terms != facts, "one term a fact is always enough; say a rule with exceptions.")
    require(terms != 10, "10 counts the pairs of query and value, all with plus signs.")
    require(terms < 40, f"{terms} terms are more than there are facts.")
    require(terms <= 8, f"{terms} terms will do, and so will fewer.")
    require(terms == 8, f"with {terms} terms, a town or someone who moved has no term.")
    return "five towns and three exceptions; and the key unfolding has rank 8."


@exercise(TERMS, 7, "medium")
def rule_and_exception(answer: list[Term]) -> str:
    """Three terms whose sum is MOVED."""
    total = expand(answer)
    for k, q, v in sorted({*total, *MOVED.facts}):
        fact = f"{MOVED.keys[k]} {MOVED.queries[q]} {MOVED.values[v]}" if inside(k, q, v) else ""
        require(fact, f"a term reaches the cell {(k, q, v)}, and D has the shape {MOVED.shape}.")
        found, wanted = total.get((k, q, v), 0), int((k, q, v) in MOVED.facts)
        require(found == wanted, f"at {fact} the terms sum to {found}, and D is {wanted}.")
    require(len(answer) <= 3, f"the sum is D, with {len(answer)} terms; three are enough.")
    return "a rule for two towns, and Bob lives not in Rome but in Paris."


def inside(k: int, q: int, v: int) -> bool:
    """Say whether a cell lies in MOVED's tensor."""
    return all(0 <= i < n for i, n in zip((k, q, v), MOVED.shape, strict=True))


@exercise(FACTS, 8, "hard")
def one_fact_less(answer: Database) -> str:
    """A database whose rank goes up when its last fact is taken away.

    >>> one_fact_less([("a", "r", "x")])
    Not yet: without a r x the rank is 0, with it 1: it does not go up.
    """
    *rest, last = answer.triples()
    before = known_rank(answer)
    after = known_rank(Database.from_triples(rest), "what is left")
    told = f"without {' '.join(last)} the rank is {after}, with it {before}"
    require(after > before, f"{told}: it does not go up.")
    return f"{told}, and {counted(len(answer), 'fact')} are less to say than {len(rest)}."
