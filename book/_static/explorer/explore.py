"""What the explorer page asks of the rooms: facts as text in, everything it draws as JSON out.

Runs in the reader's browser and, in the tests, in any Python: standard library and factrank only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import lcm

from factrank.errors import FactrankError
from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.reading.parse import parse_rows
from factrank.rank.algebra.exact import rank as exact_rank
from factrank.rank.algebra.terms import Term, Vector
from factrank.rank.explain import explain, term_text
from factrank.rank.interval import rank_interval

MOST_FACTS = 300


def ternary(vector: Vector) -> bool:
    """Return whether the entries are -1, 0 and 1 times one number.

    >>> ternary({0: 2, 3: -2}), ternary({0: 1, 1: 2})
    (True, False)
    """
    return len({abs(x) for x in vector.values()}) <= 1


def compiled_width(shape: tuple[int, int, int], terms: Sequence[Term]) -> int:
    """Total value-output width of heads that store the terms without training (A4, A4b). [ours]

    A term whose keys or queries carry -1, 0, 1 up to scale takes one head of width 1; r others
    together take at most r + min(r, |K|, |V|).

    >>> compiled_width((2, 2, 2), [Term({0: 1, 1: -1}, {0: 1, 1: 2}, {0: 1})])
    1
    >>> compiled_width((2, 2, 2), [Term({0: 1, 1: 2}, {0: 1, 1: 2}, {0: 1})])
    2
    """
    others = sum(not ternary(term.a) and not ternary(term.b) for term in terms)
    return len(terms) + min(others, shape[0], shape[2])


def cells(term: Term) -> dict[str, object]:
    """Return a term's entries as integers over one denominator.

    >>> cells(Term({0: 1}, {1: 1}, {0: 1, 2: -1}))
    {'over': 1, 'at': [[0, 1, 0, 1], [0, 1, 2, -1]]}
    """
    at = [
        (k, q, v, x * y * z)
        for k, x in term.a.items()
        for q, y in term.b.items()
        for v, z in term.c.items()
    ]
    over = lcm(*(number.denominator for *_, number in at))
    return {"over": over, "at": [[k, q, v, int(number * over)] for k, q, v, number in at]}


def seen(text: str) -> tuple[Database, tuple[str, ...]]:
    """Return the facts of a table, if few enough to draw, and how it was read if in doubt."""
    rows = parse_rows(text, "table")
    database = rows.database()
    if len(database) > MOST_FACTS:
        raise FactrankError(
            f"table: found {len(database)} facts, expected at most {MOST_FACTS} to draw; "
            "the command `factrank rank` takes a million"
        )
    return database, rows.told


def pictured(database: Database, effort: str, seconds: float | None) -> dict[str, object]:
    """Return what the page shows of a database."""
    interval = rank_interval(database, effort, seconds=seconds)
    return {
        "keys": database.keys,
        "queries": database.queries,
        "values": database.values,
        "facts": database.facts,
        "sentence": str(interval).replace("<=", "≤"),
        "exact": interval.exact,
        "lower": interval.lower,
        "upper": interval.upper,
        "evidence": interval.evidence,
        "by": [interval.lower_by, interval.upper_by],
        "notes": interval.notes,
        "explained": explain(database, interval),
        "width": compiled_width(database.shape, interval.terms),
        # What every layer needs without a residual path (A2), and tanh heads reach (A4b).
        "least": exact_rank(database.unfolding("V")),
        "terms": [{"text": term_text(database, it)} | cells(it) for it in interval.terms],
    }


def answer(request: str) -> str:
    """Return the JSON answer to a JSON request: a preset's rows, or a table seen.

    >>> json.loads(answer('{"preset": "example"}'))["rows"][0]
    ['Astrid', 'born_in', 'Singapore']
    >>> json.loads(answer('{"text": "key,query,value"}'))
    {'error': 'table:1: found no fact, expected at least one'}
    """
    asked = json.loads(request)
    try:
        if "preset" in asked:
            return json.dumps({"rows": [*library.load(asked["preset"]).triples()]})
        database, told = seen(asked["text"])
        if "seen" in asked:
            return json.dumps({"rows": [*database.triples()], "told": " ".join(told)})
        found = pictured(database, asked.get("effort", "quick"), asked.get("seconds"))
        return json.dumps(found)
    except FactrankError as error:
        return json.dumps({"error": str(error)})
