"""The interval in words: the terms one by one, the lower bound step by step, and what is open.

Of decompositions of one length the one is told that is read most easily.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from factrank.errors import given
from factrank.facts.database import MODES, Database
from factrank.facts.words import LABELS, counted, label_text, named, size_text, table
from factrank.rank.algebra.terms import Term, Vector, carry, sums_to
from factrank.rank.interval import RankInterval, of_this
from factrank.rank.upper.counts import PAIRS, hub_terms, pair_terms, slice_terms
from factrank.rank.upper.tree import tree_terms
from factrank.rank.words.proofs import tell, value_of
from factrank.rank.words.statements import statement, tidied


def explain(database: Database, interval: RankInterval) -> str:
    """Why ``lower <= rank(D) <= upper``, for a reader who has not seen a tensor before. [ours]

    ``interval`` is what ``rank_interval(database)`` returned. Of decompositions with as many terms
    the plainest is told (``plainest``), each term as a formula and as a sentence. Long sums and
    long lists are cut, and say by how much; the certificate holds all of them.

    >>> from factrank.rank.interval import rank_interval
    >>> db = Database.from_triples([("Ann", "likes", "tea"), ("Bob", "likes", "tea")])
    >>> print(explain(db, rank_interval(db)).splitlines()[4].strip())
    1.  (Ann + Bob) x likes x tea
    """
    given("database", database, Database)
    given("interval", interval, RankInterval)
    of_this(database, interval)
    interval = plainest(database, interval)
    parts = [_opening(database, interval), _upper(database, interval), _lower(interval)]
    if not interval.exact:
        parts.append(_gap(database, interval))
    return "\n\n".join("\n".join(part) for part in parts)


def _opening(database: Database, interval: RankInterval) -> list[str]:
    facts = f"{counted(len(database), 'fact')}: {size_text(database.shape)}"
    lines = [f"{interval}, the real numbers ({facts})."]
    if not database.functional:
        lines += [
            "The database is set-valued: some (key, query) has several values. All below holds for",
            "it, but the bound that needs one value each (U3) was left out.",
        ]
    lines += [f"Note: {note}." for note in interval.notes if not note.startswith("set-valued")]
    return lines


def _upper(database: Database, interval: RankInterval) -> list[str]:
    by = f" ({interval.upper_by})" if interval.upper_by else ""
    lines, most = [], f"At most {interval.upper}{by}"
    if interval.upper_proof is not None:
        parts, pairs = interval.upper_proof["parts"], interval.upper_proof.get("pairs", [])
        means = ["theorems that give exact real ranks"] * bool(parts)
        means += ["terms with square roots, two by two"] * bool(pairs)
        lines = [f"{most}, by {', and '.join(means)}:"]
        lines += [f"  {part_text(part)}" for part in parts]
        if rest := len(interval.upper_proof["terms"]):
            others = "rational" if pairs else "the other facts"
            lines.append(f"  {others}: {counted(rest, 'term')}")
        roots = sorted({pair["root"] for pair in pairs})
        for root in roots:
            two = 2 * sum(pair["root"] == root for pair in pairs)
            lines.append(f"  with the square root of {root}: {two} terms")
        lines.append("A sum that short has irrational entries and is not written out.")
        most = f"With rational numbers at most {interval.upper_rational}"
    return [
        *lines,
        f"{most}: the tensor is the sum of these terms, each a combination",
        "of keys x of queries x of values. They give 1 on every fact and 0 everywhere else:",
        *table((_told(database, term) for term in interval.terms), len(interval.terms)),
    ]


def _told(database: Database, term: Term) -> str:
    return f"{term_text(database, term)}\n{'':8}{statement(database, term)}"


def part_text(part: Mapping[str, Any]) -> str:
    """One part of the facts and its exact rank.

    >>> part_text({"keys": {"a": "a"}, "queries": {"r": "r"}, "values": {"x": "x"},
    ...            "proof": {"theorem": "P8", "value": 7}})
    '1 key x 1 query x 1 value, with key a: exactly 7 (P8)'
    """
    size = size_text([len(part[name]) for name in ("keys", "queries", "values")])
    first = named(list(part["keys"])[:1], "K")
    return f"{size}, with {first}: exactly {part['proof']['value']} ({part['proof']['theorem']})"


def term_text(database: Database, term: Term) -> str:
    """One simple tensor in labels, with its signs; a long combination is cut.

    >>> from factrank.rank.algebra.terms import Term
    >>> db = Database.from_triples([("a", "r", "y"), ("b", "r", "z")])
    >>> term_text(db, Term({0: 1, 1: 1}, {0: 1}, {0: -1, 1: Fraction(1, 2)}))
    '(a + b) x r x (1/2 z - y)'
    """
    pairs = zip(MODES, term, strict=True)
    return " x ".join(_combination(database.labels(mode), vector) for mode, vector in pairs)


def _combination(labels: Sequence[str], vector: Vector) -> str:
    entries = [(labels[i], Fraction(x)) for i, x in sorted(vector.items()) if x]
    entries.sort(key=lambda entry: entry[1] < 0)  # what is added before what is taken away
    shown = entries if len(entries) <= LABELS else entries[: LABELS - 1]
    text = ""
    for label, x in shown:
        sign = (" - " if text else "-") if x < 0 else (" + " if text else "")
        text += f"{sign}{'' if abs(x) == 1 else f'{abs(x)} '}{label_text(label)}"
    if len(shown) < len(entries):
        text += f" ... {len(entries) - len(shown)} more"
    return text if len(entries) == 1 and entries[0][1] == 1 else f"({text})"


def _lower(interval: RankInterval) -> list[str]:
    by = f" ({interval.lower_by})" if interval.lower_by else ""
    return [f"At least {interval.lower}{by}:", *tell(interval.proof.document())]


def _gap(database: Database, interval: RankInterval) -> list[str]:
    lines = [
        f"Not settled: fewer than {interval.lower} terms are impossible, fewer than "
        f"{interval.upper} were not found.",
    ]
    if interval.upper_proof is not None:
        return [*lines, f"The gap is {interval.upper - interval.lower} wide."]
    proof = interval.proof.document()
    blocks = proof["blocks"] if proof["theorem"] == "P4" else []
    used = _terms_per_block(database, interval.terms, blocks)
    if not used:
        return [*lines, f"The gap is {interval.upper - interval.lower} wide."]
    least = [value_of(block["proof"]) for block in blocks]
    still = [n for n in range(len(blocks)) if used[n] > least[n]]
    told = (f"block {n + 1}: at least {least[n]}, at most {used[n]}" for n in still)
    where = f"The gap is {interval.upper - interval.lower} wide and lies in"
    return [*lines, f"{where}:", *table(told, len(still), numbered=False)]


def _terms_per_block(
    database: Database, terms: Iterable[Term], blocks: Sequence[Mapping[str, Any]]
) -> list[int]:
    """How many terms each block takes; empty where some term belongs to no single block."""
    sides = [
        (labels, {label: n for n, block in enumerate(blocks) for label in block[name]})
        for name, labels in zip(
            ("keys", "queries", "values"), map(database.labels, MODES), strict=True
        )
    ]
    used = [0] * len(blocks)
    for term in terms:
        pairs = zip(term, sides, strict=True)
        found = {home.get(labels[i], -1) for vector, (labels, home) in pairs for i in vector}
        if len(found) != 1 or -1 in found:
            return []
        used[found.pop()] += 1
    return used


MOST_FACTS = 2000  # nobody reads the terms of a larger table one by one


def plainest(database: Database, interval: RankInterval) -> RankInterval:
    """The same interval, as many terms: fewest negative entries, most facts stated first. [ours]

    Block by block, the terms of ``interval`` are compared with those of U1 to U4 that are as many:
    fewest negative entries win, then fewest entries. Terms that state equally many facts stand in
    the order of the facts. Every choice is added up before it is taken, and ``upper_by`` then names
    it. Databases of more than 2000 facts keep the terms they have.

    >>> from factrank.facts import library
    >>> from factrank.rank.interval import rank_interval
    >>> db = library.load("example")
    >>> [len(x.terms) for x in (rank_interval(db), plainest(db, rank_interval(db)))]
    [5, 5]
    >>> plainest(db, rank_interval(db)).terms[2]
    Term(a={0: 1}, b={1: 1}, c={0: -1, 1: 1})
    """
    if len(database) > MOST_FACTS:
        return interval
    terms: list[Term] = []
    names = []
    for block, own in _by_block(database, interval.terms):
        name, chosen = _best(database, block, own)
        names.append(name)
        terms += chosen
    ordered = tuple(sorted(map(tidied, terms), key=_facts_stated(database)))
    if not sums_to(ordered, database):  # what was handed in does not
        return interval
    by = next(iter(names)) if len({*names}) == 1 else f"sum over {len(names)} blocks"
    kept = interval.upper_proof is not None or not any(names)
    return replace(interval, terms=ordered, upper_by=interval.upper_by if kept else by)


def _by_block(
    database: Database, terms: tuple[Term, ...]
) -> list[tuple[Database, tuple[Term, ...]]]:
    """The blocks, each with its terms; all facts as one where some term belongs to no block."""
    blocks = database.blocks()
    groups: list[list[Term]] = [[] for _ in blocks]
    homes = [
        {label: n for n, block in enumerate(blocks) for label in block.labels(m)} for m in MODES
    ]
    for term in terms:
        sides = zip(MODES, homes, term, strict=True)
        found = {home.get(database.labels(m)[i], -1) for m, home, vector in sides for i in vector}
        if len(found) != 1 or -1 in found:
            return [(database, terms)]
        groups[found.pop()].append(term)
    return [(block, tuple(own)) for block, own in zip(blocks, groups, strict=True)]


def _best(whole: Database, block: Database, own: tuple[Term, ...]) -> tuple[str, tuple[Term, ...]]:
    """The name and terms of the best choice; no name for the terms that were there."""
    chosen, least = ("", own), _cost(own)
    for name, terms in _others(block):
        if len(terms) == len(own) and _cost(terms) < least and sums_to(terms, block):
            chosen, least = (name, carry(terms, block, whole)), _cost(terms)
    return chosen


def _others(block: Database) -> Iterator[tuple[str, tuple[Term, ...]]]:
    yield "U4 relations", tree_terms(block, "Q")
    yield "U4 keys", tree_terms(block, "K")
    if block.functional:
        yield "U3 hub", hub_terms(block)
    else:
        yield "U4 values", tree_terms(block, "V")
    for name, mode in (("value", "V"), ("key", "K"), ("query", "Q")):
        yield f"U2 {name} slices", slice_terms(block, mode)
    for pair in PAIRS:
        yield f"U1 {pair} pairs", pair_terms(block, pair)


def _cost(terms: Sequence[Term]) -> tuple[int, int]:
    """The negative entries of the tensors, and all their entries."""
    negative = entries = 0
    for term in terms:
        size, balance = 1, 1
        for vector in term:
            plus, minus = (sum(x * sign > 0 for x in vector.values()) for sign in (1, -1))
            size, balance = size * (plus + minus), balance * (plus - minus)
        negative, entries = negative + (size - balance) // 2, entries + size
    return negative, entries


def _facts_stated(database: Database) -> Callable[[Term], tuple[int, tuple[int, int, int]]]:
    """A key to sort terms by: most facts at positive entries first, then the first such fact."""
    of_key: dict[int, list[tuple[int, int, int]]] = {}
    for fact in database.facts:
        of_key.setdefault(fact[0], []).append(fact)
    last = database.shape

    def order(term: Term) -> tuple[int, tuple[int, int, int]]:
        a, b, c = term
        stated = [
            (k, q, v)
            for k in sorted(a)
            for _, q, v in of_key.get(k, ())
            if a[k] * b.get(q, 0) * c.get(v, 0) > 0
        ]
        return -len(stated), stated[0] if stated else last

    return order
