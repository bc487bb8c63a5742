"""Chapter 16, noise, gaps and contradictions."""

from __future__ import annotations

from companion.exercises import exercise, require
from companion.exercises._kinds import FACTS, NUMBER, known_rank, require_functional, several
from factrank.facts.database import Database
from factrank.facts.words import counted


@exercise(several(NUMBER, 3, "three numbers (lowest rank, highest rank, ceiling)"), 5, "easy")
def three_limits(answer: tuple[float, float, float]) -> str:
    """Rank 16, noise at five of 121 pairs: lowest and highest rank; 24 contradictions: ceiling.

    >>> three_limits((16, 21, 0.8))
    Not yet: lowest: noise can make a table tidier, too.
    """
    low, high, ceiling = answer
    require(low != 16, "lowest: noise can make a table tidier, too.")
    told = "is a fact taken away and one put in, at one pair (k, q): what rank has the change?"
    require((low, high) != (6, 26), f"lowest and highest: a changed fact {told}")
    require(low == 11, f"lowest: {low:g} does not follow. A changed fact {told}")
    require(high == 21, f"highest: {high:g} does not follow. A changed fact {told}")
    require(ceiling <= 1, "ceiling: recall is a share of the facts: it is at most 1.")
    require(abs(ceiling - 97 / 121) > 5e-4, "ceiling: a pair with two values still has one right.")
    require(abs(ceiling - 1) > 5e-4, "ceiling: one answer cannot give both values of a pair.")
    share = f"ceiling: {ceiling:.4g} is not pairs / facts"
    require(abs(ceiling - 121 / 145) < 5e-4, f"{share}: how many facts are there now?")
    return "each changed fact moves the rank by one at most; 121 answers for 145 facts."


@exercise(several(FACTS, 2, "two databases (clean, noisy), each a list of facts"), 10, "medium")
def lower_without_loss(answer: tuple[Database, Database]) -> str:
    """One noisy fact that lowers the rank, and no value is lost.

    >>> lower_without_loss(([("a", "r", "x")], [("a", "r", "y")]))
    Not yet: noise gives a r another value of its relation, and clean r never says y.
    """
    clean, noisy = answer
    for db in answer:
        require_functional(db)
    before, after = (dict(((k, q), v) for k, q, v in db.triples()) for db in answer)
    told = "noise leaves every pair (key, query) one value, and puts in no new pair"
    require(before.keys() == after.keys(), f"the pairs are not the same: {told}.")
    changed = [pair for pair in sorted(before) if before[pair] != after[pair]]
    require(len(changed) == 1, f"{counted(len(changed), 'fact')} changed, and one is asked.")
    key, query = changed[0]
    said = {v for (_, q), v in before.items() if q == query}
    other = f"noise gives {key} {query} another value of its relation"
    require(
        after[changed[0]] in said, f"{other}, and clean {query} never says {after[changed[0]]}."
    )
    lost = sorted(set(before.values()) - set(after.values()))
    require(not lost, f"the value {lost[0] if lost else ''} is lost: nobody doubts that case.")
    ranks = known_rank(clean, "the clean one"), known_rank(noisy, "the noisy one")
    told = "the rank is {} before the change and {} after it".format(*ranks)
    require(ranks[1] < ranks[0], f"{told}.")
    return f"{told}, and every value is still there."
