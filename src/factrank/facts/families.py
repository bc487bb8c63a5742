"""Structured and random databases made by rule; a seed is always an argument."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

from factrank.errors import FactrankError
from factrank.facts.database import Database, Fact

MOST_RECORDS = 10**6


# ---- by rule --------------------------------------------------------------------------------


def modular_addition(m: int) -> Database:
    """Addition modulo m as facts: f_q(k) = (k + q) mod m for k, q = 0, ..., m - 1. [ours]

    ``m >= 1``; shape (m, m, m), m^2 facts; the queries are called ``+0``, ``+1``, ... Errors:
    ``FactrankError`` for m below 1.

    >>> list(modular_addition(2).triples())
    [('0', '+0', '0'), ('0', '+1', '1'), ('1', '+0', '1'), ('1', '+1', '0')]
    """
    _at_least("m", m, 1)
    numbers = tuple(map(str, range(m)))
    facts = tuple((k, q, (k + q) % m) for k in range(m) for q in range(m))
    return Database(numbers, tuple(f"+{q}" for q in range(m)), numbers, facts)


def full_grid(n_values: int, n_queries: int) -> Database:
    """All records: one key for each choice of a value in each column, f_q(k) = k_q. [ours]

    ``n_values, n_queries >= 1``; shape (n_values^n_queries, n_queries, n_values). Errors:
    ``FactrankError`` for a size below 1 or over a million records.

    >>> full_grid(2, 3).shape
    (8, 3, 2)
    """
    _at_least("n_values", n_values, 1)
    _at_least("n_queries", n_queries, 1)
    # n_values = 1 is one record whatever n_queries is; else 2^20 is already over the limit
    count = n_values ** min(n_queries, 20)
    if count > MOST_RECORDS:
        raise FactrankError(
            f"full grid: expected at most {MOST_RECORDS} records, found {n_values}^{n_queries}"
        )
    records = list(itertools.product(range(n_values), repeat=n_queries))
    keys = tuple("k" + ".".join(map(str, record)) for record in records)
    facts = tuple((k, q, v) for k, record in enumerate(records) for q, v in enumerate(record))
    return Database(keys, _names("q", n_queries), _names("v", n_values), facts)


_COUPLES = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))  # (husband, wife)
_CHILDREN = {0: (4, 7), 1: (6, 9), 3: (10, 11)}  # couple: (son, daughter)
_TREES = (
    # Christopher = Penelope | Andrew = Christine
    # Arthur = Margaret, James = Victoria, Charles = Jennifer | Colin, Charlotte
    "Christopher Penelope Andrew Christine Arthur Margaret James Victoria "
    "Charles Jennifer Colin Charlotte",
    "Roberto Maria Pierro Francesca Emilio Gina Marco Lucia Tomaso Angela Alfonso Sophia",
)


def family_trees() -> Database:
    """Hinton's two family trees (1986): 24 people, 12 relations, 112 facts. [cited]

    The English and the Italian tree have the same shape. A fact (Colin, father, James) says that
    James is Colin's father; uncles and aunts by marriage count, so eight (person, relation) pairs
    have two answers and the database is not functional. Made by rule from marriages and children.

    >>> trees = family_trees()
    >>> len(trees), trees.shape, trees.functional
    (112, (24, 12, 24), False)
    """
    relations = "father mother husband wife son daughter uncle aunt brother sister nephew niece"
    triples = []
    for tree in _TREES:
        names = tree.split()
        triples += [(names[a], relation, names[b]) for a, relation, b in _kinship()]
    order = {relation: n for n, relation in enumerate(relations.split())}
    people = " ".join(_TREES).split()
    index = {name: n for n, name in enumerate(people)}
    facts = tuple((index[a], order[relation], index[b]) for a, relation, b in triples)
    return Database(tuple(people), tuple(order), tuple(people), facts)


def _kinship() -> Iterator[tuple[int, str, int]]:
    """(person, relation, relative) in one tree; men have even numbers, women odd ones."""
    spouse = {a: b for couple in _COUPLES for a, b in (couple, couple[::-1])}
    parents = {child: _COUPLES[c] for c, children in _CHILDREN.items() for child in children}
    for husband, wife in _COUPLES:
        yield wife, "husband", husband
        yield husband, "wife", wife
    for child, couple in parents.items():
        for parent in couple:
            yield child, _by_sex(parent, "father", "mother"), parent
            yield parent, _by_sex(child, "son", "daughter"), child
            for sibling in _siblings(parent, parents):
                for relative in (sibling, spouse[sibling]):
                    yield child, _by_sex(relative, "uncle", "aunt"), relative
                    yield relative, _by_sex(child, "nephew", "niece"), child
        for sibling in _siblings(child, parents):
            yield child, _by_sex(sibling, "brother", "sister"), sibling


def _siblings(person: int, parents: dict[int, tuple[int, int]]) -> list[int]:
    if person not in parents:
        return []
    return [other for other in parents if other != person and parents[other] == parents[person]]


def _by_sex(person: int, man: str, woman: str) -> str:
    return woman if person % 2 else man


# ---- at random ------------------------------------------------------------------------------


def random_functional(
    n_keys: int, n_queries: int, n_values: int, density: float, seed: int
) -> Database:
    """Each (k, q) has a value with probability ``density``, drawn uniformly from n_values. [ours]

    The relations share their values. Shape (n_keys, n_queries, n_values), all labels kept, used or
    not. Errors: ``FactrankError`` for a size below 1 or a density outside [0, 1].

    >>> random_functional(3, 2, 2, 1.0, seed=0).functional
    True
    """
    rng = _start(n_keys, n_queries, n_values, density, seed)
    facts = tuple(
        (k, q, rng.randrange(n_values))
        for k in range(n_keys)
        for q in range(n_queries)
        if rng.random() < density
    )
    return _database(n_keys, n_queries, n_values, facts)


def total_functions(n_keys: int, n_queries: int, n_values: int, seed: int) -> Database:
    """Random relations defined on every key: ``random_functional`` at density 1. [ours]

    >>> len(total_functions(3, 2, 2, seed=0))
    6
    """
    return random_functional(n_keys, n_queries, n_values, 1.0, seed)


def random_facts(n_keys: int, n_queries: int, n_values: int, density: float, seed: int) -> Database:
    """Each cell (k, q, v) is a fact with probability ``density``: several values allowed. [ours]

    Shape, labels and errors as in ``random_functional``.

    >>> random_facts(3, 2, 2, 1.0, seed=0).functional
    False
    """
    rng = _start(n_keys, n_queries, n_values, density, seed)
    cells = itertools.product(range(n_keys), range(n_queries), range(n_values))
    facts = tuple(cell for cell in cells if rng.random() < density)
    return _database(n_keys, n_queries, n_values, facts)


def disjoint_ranges(
    n_keys: int, n_queries: int, range_size: int, density: float, seed: int
) -> Database:
    """Relations that share no value: relation q draws from its own range_size values. [ours]

    Shape (n_keys, n_queries, n_queries * range_size); rank = number of used values (C1). Errors as
    in ``random_functional``.

    >>> db = disjoint_ranges(4, 2, 3, 1.0, seed=0)
    >>> db.shape, db.pair_counts()["QV"] == len(db.used("V"))
    ((4, 2, 6), True)
    """
    _at_least("range_size", range_size, 1)
    rng = _start(n_keys, n_queries, range_size, density, seed)
    facts = tuple(
        (k, q, q * range_size + rng.randrange(range_size))
        for k in range(n_keys)
        for q in range(n_queries)
        if rng.random() < density
    )
    return _database(n_keys, n_queries, n_queries * range_size, facts)


def shared_range(n_keys: int, n_queries: int, n_values: int, seed: int) -> Database:
    """Relations defined on every key, each onto the same n_values values. [ours]

    Shape (n_keys, n_queries, n_values), n_keys >= n_values. Errors: ``FactrankError`` otherwise.

    >>> shared_range(5, 3, 4, seed=0).pair_counts()["QV"]
    12
    """
    rng = _start(n_keys, n_queries, n_values, 1.0, seed)
    if n_keys < n_values:
        raise FactrankError(f"n_keys: expected at least n_values = {n_values} keys, found {n_keys}")
    facts = []
    for q in range(n_queries):
        row = [*range(n_values), *(rng.randrange(n_values) for _ in range(n_keys - n_values))]
        rng.shuffle(row)
        facts += [(k, q, v) for k, v in enumerate(row)]
    return _database(n_keys, n_queries, n_values, tuple(facts))


def permuted_relations(n_keys: int, n_queries: int, seed: int) -> Database:
    """Relations that are permutations of one another: n_queries random bijections. [ours]

    Shape (n_keys, n_queries, n_keys). Errors: ``FactrankError`` for a size below 1.

    >>> permuted_relations(4, 2, seed=0).pair_counts()
    {'KQ': 8, 'QV': 8, 'KV': 8}
    """
    return shared_range(n_keys, n_queries, n_keys, seed)


def duplicated_relations(database: Database, copies: int) -> Database:
    """Every relation given ``copies`` times under names of its own: the rank stays. [ours]

    Shape (|K|, copies * |Q|, |V|); relation ``r`` becomes ``r (copy 1)``, ``r (copy 2)``, ...
    Errors: ``FactrankError`` for copies below 1.

    >>> duplicated_relations(modular_addition(2), 2).queries
    ('+0 (copy 1)', '+1 (copy 1)', '+0 (copy 2)', '+1 (copy 2)')
    """
    _at_least("copies", copies, 1)
    width = len(database.queries)
    queries = tuple(f"{q} (copy {n + 1})" for n in range(copies) for q in database.queries)
    facts = tuple((k, n * width + q, v) for n in range(copies) for k, q, v in database.facts)
    return Database(database.keys, queries, database.values, facts)


# ---- shared ---------------------------------------------------------------------------------


def _start(n_keys: int, n_queries: int, n_values: int, density: float, seed: int) -> random.Random:
    for name, size in (("n_keys", n_keys), ("n_queries", n_queries), ("n_values", n_values)):
        _at_least(name, size, 1)
    if not 0 <= density <= 1:
        raise FactrankError(f"density: expected a number from 0 to 1, found {density!r}")
    return random.Random(seed)


def _at_least(name: str, number: int, least: int) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or number < least:
        raise FactrankError(
            f"{name}: expected a whole number of at least {least}, found {number!r}"
        )


def _names(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{n}" for n in range(count))


def _database(n_keys: int, n_queries: int, n_values: int, facts: tuple[Fact, ...]) -> Database:
    return Database(_names("k", n_keys), _names("q", n_queries), _names("v", n_values), facts)
