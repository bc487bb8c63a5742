"""What the explorer page asks of the rooms: facts as text in, everything it draws as JSON out.

Runs in the reader's browser, where the book is built and in the tests: standard library, flint and
factrank only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import lcm
from pathlib import Path
from tempfile import TemporaryDirectory

from factrank.errors import FactrankError
from factrank.facts import library
from factrank.facts.database import Database
from factrank.facts.reading.read import parse_rows
from factrank.facts.rows import Rows, rows_of
from factrank.rank.algebra.exact import rank as exact_rank
from factrank.rank.algebra.terms import Term, Vector
from factrank.rank.certificate import certificate, write
from factrank.rank.explain import explain, plainest, term_text
from factrank.rank.interval import RankInterval, rank_interval
from factrank.rank.verify.checker import load, verify
from factrank.rank.words.statements import statement

MOST_FACTS = 300
PRESETS = ("example", "modular-addition-3", "modular-addition-7", "family-trees")

Answer = dict[str, object]
Tell = Callable[[str], object]


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


def cells(term: Term) -> Answer:
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


def checked(database: Database, interval: RankInterval) -> tuple[str, str]:
    """Return the certificate as the command writes it, and what the checker says of that text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "certificate.json"
        write(path, certificate(database, interval))
        return path.read_text(encoding="utf-8"), verify(database, load(path)).message


def proved(database: Database, interval: RankInterval) -> Answer:
    """Return what is said of an interval, however large the database."""
    text, said = checked(database, interval)
    return {
        "size": [len(database), *database.shape],
        "sentence": str(interval).replace("<=", "≤"),
        "exact": interval.exact,
        "lower": interval.lower,
        "upper": interval.upper,
        "evidence": interval.evidence,
        "by": [interval.lower_by, interval.upper_by],
        "notes": interval.notes,
        "explained": explain(database, interval),
        "certificate": text,
        "checked": said.replace("<=", "≤"),
    }


def drawn(database: Database, interval: RankInterval) -> Answer:
    """Return what is drawn of a database and its terms."""
    return {
        "rows": [*database.triples()],
        "keys": database.keys,
        "queries": database.queries,
        "values": database.values,
        "facts": database.facts,
        "width": compiled_width(database.shape, interval.terms),
        # What every layer needs without a residual path (A2), and tanh heads reach (A4b).
        "least": exact_rank(database.unfolding("V")),
        "terms": [
            {"text": term_text(database, it), "words": statement(database, it)} | cells(it)
            for it in interval.terms
        ],
    }


def pictured(rows: Rows, effort: str, seconds: float | None, tell: Tell) -> Answer:
    """Return all that the page shows of a table that is small enough to draw."""
    database = rows.database()
    if len(database) > MOST_FACTS:
        raise FactrankError(
            f"{rows.name}: found {len(database)} facts, expected at most {MOST_FACTS} to draw; "
            "the command `factrank rank` takes a million"
        )
    interval = rank_interval(database, effort, seconds=seconds, progress=tell)
    interval = plainest(database, interval)
    return {"told": " ".join(rows.told)} | proved(database, interval) | drawn(database, interval)


def audited(name: str, data: bytes, tell: Tell) -> Answer:
    """Return what `factrank audit --effort quick` says of a file; a small one is drawn too."""
    from factrank.practice.audit.report import lines, report

    rows = parse_rows(data, name)
    found = report(rows, "quick", progress=tell)
    interval = plainest(found.database, found.interval)
    answered = {"told": " ".join(rows.told), "lines": [*lines(found)]}
    answered |= proved(found.database, interval)
    if len(found.database) <= MOST_FACTS:
        answered |= drawn(found.database, interval)
    return answered


def preset(name: str) -> Answer:
    """Return the picture of one of the library's databases, labels in the order of its rows."""
    database = Database.from_triples(library.load(name).triples())
    return pictured(rows_of(database, name), "quick", None, lambda line: None)


def answer(request: str, tell: Tell = lambda line: None, data: bytes = b"") -> str:
    """Return the JSON answer to a JSON request: a table as text, a file's bytes, or a preset.

    >>> json.loads(answer('{"preset": "example"}'))["terms"][2]["words"]
    'Astrid, lives_in: Malaysia; take back Singapore'
    >>> json.loads(answer('{"text": "key,query,value"}'))
    {'error': 'table:1: found no fact, expected at least one'}
    """
    asked = json.loads(request)
    try:
        if "preset" in asked:
            return json.dumps(preset(asked["preset"]))
        if "file" in asked:
            return json.dumps(audited(asked["file"], bytes(data), tell))
        rows = parse_rows(asked["text"], "table")
        found = pictured(rows, asked.get("effort", "quick"), asked.get("seconds"), tell)
        return json.dumps(found)
    except FactrankError as error:
        return json.dumps({"error": str(error)})
