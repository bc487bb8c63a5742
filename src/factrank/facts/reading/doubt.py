"""Headers that could be those of facts, by words that no format has: question and answer, say. How
such a table was read is told in one sentence, with how to read it otherwise. [ours]"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from factrank.facts.labels import printable
from factrank.facts.likeness import fold
from factrank.facts.reading.cells import delimiter_of, first_line, records_of
from factrank.facts.reading.headers import LOOSE, perhaps_named
from factrank.facts.reading.layout import WIDE, told_triples
from factrank.facts.reading.options import Faults, Reading, cut
from factrank.facts.reading.plain import rows_of_text
from factrank.facts.reading.tables import SLOTS
from factrank.facts.rows import Rows

_WORDS = """
question 質問 問い
answer 回答 答え
query predicate pred relation rel
property prop attribute attr indicator variable metric measure field slot feature aspect prompt
value val response content filler completion data opinion
"""
# each of the first three lines alone makes a table doubtful, and so do one of each of the last
ASKED, SAID, TOLD, MEANT, HELD = (frozenset(it.split()) for it in _WORDS.strip().splitlines())
TELLING = ASKED | SAID | TOLD
TRIPLES = "--format triples"
HEADER = 2**16  # characters that a first line may have, to be looked at


def could_be_facts(names: Sequence[str]) -> bool:
    """True for the columns of a table of which each line may well be one fact.

    >>> could_be_facts(["city", "query", "answer", "source"]), could_be_facts(["city", "river"])
    (True, False)
    >>> could_be_facts(["country", "year", "indicator", "value"]), could_be_facts(["key", "value"])
    (True, False)
    """
    words = {fold(name) for name in names}
    return len(names) > 2 and bool(TELLING & words or (MEANT & words and HELD & words))


def asked_and_said(names: Sequence[str]) -> tuple[int, int, int] | None:
    """Key, query and value of three columns of which one is the question and one the answer.

    >>> asked_and_said(["Answer", "city", "Question"]), asked_and_said(["city", "query", "answer"])
    ((1, 2, 0), None)
    """
    words = [fold(name) for name in names]
    asked, said = ([n for n, word in enumerate(words) if word in it] for it in (ASKED, SAID))
    if len(words) != 3 or len(asked) != 1 or len(said) != 1:
        return None
    key = 3 - asked[0] - said[0]
    if words[key] in MEANT | {*LOOSE.split()} or perhaps_named(names):
        return None  # the third could be what is asked, of a text
    return key, asked[0], said[0]


def rows_of_table(data: bytes | str, name: str, asked: Reading) -> Rows:
    """The facts of a table, and what could be read otherwise.

    >>> rows = rows_of_table("city,question,answer\\nOslo,country,Norway\\n", "f", Reading())
    >>> rows.queries, rows.told[0][:65]
    (('country',), "f: read as triples, key 'city', query 'question', value 'answer' ")
    """
    if asked.format or asked.header is False or asked.key or asked.columns:
        return rows_of_text(data, name, asked)
    names = _names(_head(data), name, asked)
    return _by_answer(data, names, name, asked) or _told(rows_of_text(data, name, asked), names)


def _head(data: bytes | str) -> str:
    head = data[:HEADER]
    text = head if isinstance(head, str) else head.decode("utf-8", "replace")
    return text.removeprefix("\ufeff")


def _names(head: str, name: str, asked: Reading) -> list[str]:
    """The cells of the first line."""
    apart = Faults(name, Reading(skip_bad=True))  # they are told when they are read
    delimiter = asked.delimiter or delimiter_of(head, name)
    return next(records_of(head, delimiter, apart), (1, []))[1]


def _by_answer(data: bytes | str, names: list[str], name: str, asked: Reading) -> Rows | None:
    places = asked_and_said(names)
    cells = [cell.strip() for cell in names]
    if places is None or len({cell.casefold() for cell in cells}) < 3 or not all(cells):
        return None
    columns = [cells[n] for n in places]
    rows = rows_of_text(data, name, replace(asked, format="triples", columns=columns))
    if names[places[1]] in rows.queries:  # the first line is a fact as the others are
        return None
    other = WIDE if asked.header else f"{WIDE}, --no-header reads the first line as a fact"
    return _and(rows, [told_triples(name, names, places, other)])


def _told(rows: Rows, names: Sequence[str]) -> Rows:
    wide = rows.queries == tuple(names[1:])
    if not wide or not could_be_facts(names) or any(TRIPLES in it for it in rows.told):
        return rows
    relations = ", ".join(repr(cut(name.strip(), 30)) for name in names[1:])
    told = [
        f"{rows.name}: read one row a key, the first line as a header, relations "
        f"{cut(relations, 200)} (--format triples --columns KEY,QUERY,VALUE if each line is a "
        "fact, --format wide if not)"
    ]
    return _and(rows, told)


def records_told(rows: Rows, data: bytes | str, asked: Reading) -> Rows:
    """The same of JSON Lines that were read as records.

    >>> text = '{"city": "Oslo", "question": "country", "answer": "Norway"}'
    >>> records_told(rows_of_text(text, "f.jsonl", Reading("jsonl")), text, Reading()).told
    ("f.jsonl: read as records, key 'city', relations 'question', 'answer' (the names
        'key', 'query', 'value' make each object a fact, --key city says that it is none)",)
    """
    if asked.key or asked.columns:
        return rows
    try:
        first = json.loads(first_line(_head(data)))
    except (ValueError, RecursionError):  # a line that is skipped, or a very long one
        return rows
    names = list(first) if isinstance(first, dict) else []
    if rows.queries[: len(names) - 1] != tuple(names[1:]) or not could_be_facts(names):
        return rows
    key, *rest = (cut(name, 30) for name in names)
    relations = ", ".join(map(repr, rest))
    told = [
        f"{rows.name}: read as records, key {key!r}, relations {cut(relations, 200)} (the names "
        f"{', '.join(map(repr, SLOTS))} make each object a fact, --key {key} says that it is none)"
    ]
    return _and(rows, told)


def _and(rows: Rows, told: list[str]) -> Rows:
    return replace(rows, told=(*rows.told, *map(printable, told)))
