"""ask with a file of questions: answers to a file, whole or not at all."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

from factrank.cli.watch import watched
from factrank.facts.labels import printable
from factrank.facts.reading.questions import questions_in
from factrank.facts.words import counted
from factrank.files import check_new, replacing

if TYPE_CHECKING:
    from factrank.layer.model import Answer

COLUMNS = ("key", "query", "answer", "probability", "note")


def ask_all(layer: str, source: str, to: str, *, force: bool, as_json: bool) -> str:
    """Answer every question of a file; what is told of it in the end.

    All questions are read before the first is answered, so that a fault costs no work.
    """
    from factrank.layer.file import load
    from factrank.layer.model import Requests, answered

    check_new(to, force=force, inputs=[layer, source])
    named = load(layer)
    lines = array("q")

    def pairs() -> Iterator[tuple[str, str]]:
        for line, key, query in questions_in(source):
            lines.append(line)
            yield key, query

    questions = Requests.of(named, pairs())
    silent = 0
    with (
        replacing(to, force=force, inputs=[layer, source]) as file,
        watched("questions answered") as tell,
    ):
        write = _json_writer(file) if as_json else _csv_writer(file)
        for n, answer in enumerate(answered(named, questions), 1):
            write(answer)
            silent += not answer.values
            tell(n, len(questions))
    unknown, total = len(questions.unknown), len(questions)
    if as_json:
        told = {"questions": total, "answered": total - silent, "no_answer": silent - unknown}
        return json.dumps({"answers": to, **told, "unknown": unknown})
    text = f"{counted(total, 'question', form=',')}: {total - silent:,} answered, "
    text += f"{silent - unknown:,} without an answer"
    if unknown:
        first = min(questions.unknown)
        sentence = printable(questions.unknown[first][2])
        text += f", {unknown:,} that the layer does not know"
        text += f"\n  first in line {lines[first]}: {sentence}"
    return f"{text}\n  written to {to}"


def _csv_writer(file: IO[str]) -> Callable[[Answer], None]:
    """A row for each answer: of a pair with several facts several, of one without answer one."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)

    def write(it: Answer) -> None:
        for value, p in it.values or [("", None)]:
            shown = "" if p is None else f"{p:.6g}"
            writer.writerow((it.key, it.query, value, shown, it.note))

    return write


def _json_writer(file: IO[str]) -> Callable[[Answer], None]:
    """A line for each question."""

    def write(it: Answer) -> None:
        one = len(it.values) == 1
        record = {
            "key": it.key,
            "query": it.query,
            "answer": it.values[0][0] if one else None,
            "answers": [value for value, _ in it.values],
            "probabilities": [p for _, p in it.values],
            "note": it.note,
        }
        file.write(json.dumps(record) + "\n")

    return write
