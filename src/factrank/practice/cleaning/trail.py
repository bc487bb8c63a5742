"""The audit trail: what changed, by which rule, from which line; and the way back. [ours]

JSON Lines: a first object about the whole, then one object a change, in the order of the changes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from factrank.errors import FactrankError
from factrank.facts.reading.read import parse_rows
from factrank.facts.rows import Rows
from factrank.facts.strict import show
from factrank.facts.words import counted
from factrank.practice.cleaning.decisions import SLOTS, Decisions
from factrank.practice.cleaning.normalize import Clean, digest, rows_digest

FORMAT = "factrank trail 1"
HEAD = {
    "format": str, "facts": str, "rows": int, "sha256_rows": str, "notes": list,
    "sha256_clean": str, "decisions": list,
}  # fmt: skip
CHANGE = {"row": int, "line": int, "decision": int, "rule": str, "before": list}


def table_text(
    facts: Iterable[tuple[Sequence[str], Sequence[str]]], notes: Sequence[str], path: str
) -> str:
    """The facts as a table of triples with notes; tabs if the path ends in .tsv.

    Errors: ``FactrankError`` for what no such table can hold, so that it would read otherwise.

    >>> print(table_text([(("a", "r", "x,y"), ("s",))], ["source"], "out.csv"), end="")
    key,query,value,source
    a,r,"x,y",s
    """
    out = io.StringIO()
    rows = [[*SLOTS, *notes], *([*labels, *noted] for labels, noted in facts)]
    # Python before 3.13 leaves a carriage return bare, which would end the row; and where quotes
    # stand in some cells only, a tab-parted line that ends in one says that they mean nothing
    bare = any("\r" in text or "\n" in text for row in rows for text in row)
    writer = csv.writer(
        out,
        delimiter="\t" if path.lower().endswith(".tsv") else ",",
        lineterminator="\n",
        quoting=csv.QUOTE_ALL if bare else csv.QUOTE_MINIMAL,
    )
    writer.writerows(rows)
    text = out.getvalue()
    try:
        back = parse_rows(text.encode("utf-8", "surrogatepass"), path, format="triples")
    except FactrankError as error:
        _no_table(path, str(error).splitlines()[0])
    for row, it in zip(rows[1:], back, strict=False):
        if row != [it.key, it.query, it.value, *it.notes.values()]:
            _no_table(path, f"{show(row)} would be another row")
    if len(back) != len(rows) - 1:
        _no_table(path, f"{counted(len(rows) - 1, 'row')} would be {len(back)}")
    return text


def _no_table(path: str, found: str) -> NoReturn:
    raise FactrankError(f"{path}: expected facts that a table can hold, found: {found}")


def trail_lines(rows: Rows, decisions: Decisions, clean: Clean, text: str) -> Iterator[str]:
    """The trail of a clean table whose file holds ``text``."""
    head = {
        "format": FORMAT,
        "facts": rows.name,
        "rows": len(rows),
        "sha256_rows": rows_digest(rows),
        "notes": list(clean.notes),
        "sha256_clean": _sha256(text),
        "decisions": [
            {"number": it.number, "rule": it.rule, **it.fields} for it in decisions.apply
        ],
    }
    yield json.dumps(head, ensure_ascii=False) + "\n"
    for change in clean.changes:
        record = dict(vars(change))
        if change.after is None and clean.notes:  # what is left out keeps its notes here
            record["notes"] = [texts[change.row] for texts in rows.notes.values()]
        yield json.dumps(record, ensure_ascii=False) + "\n"


def summary(rows: Rows, decisions: Decisions, clean: Clean, out: str, trail: str) -> dict[str, Any]:
    """What was done, as one JSON object."""
    return {
        "clean": out,
        "trail": trail,
        "rows": len(rows),
        "facts": len(clean.facts),
        "decisions": [
            dict(zip(("number", "decision", "relabelled", "left_out"),
                     (it.number, str(it), *clean.counts(it.number)), strict=True))
            for it in decisions.apply
        ],
        "not_applied": decisions.written - len(decisions.apply),
        "repeats_left_out": clean.counts(0)[1],
        "several_before": clean.several[0],
        "several_after": clean.several[1],
        "keys_without_fact": clean.empty[0],
        "queries_without_fact": clean.empty[1],
    }  # fmt: skip


def told(done: dict[str, Any]) -> Iterator[str]:
    """A summary as lines for a reader."""
    yield f"{done['clean']}: {counted(done['facts'], 'fact')} from {counted(done['rows'], 'row')}"
    for it in done["decisions"]:
        what = f"relabelled {it['relabelled']}, left out {it['left_out']}"
        yield f"  decision {it['number']}: {what}: {it['decision']}"
    if done["not_applied"]:
        yield f"  {counted(done['not_applied'], 'decision')} not applied (apply = false)"
    if done["repeats_left_out"]:
        yield f"  left out {done['repeats_left_out']}: they repeat a fact"
    for number, one, many in (
        (done["keys_without_fact"], "key", "keys"),
        (done["queries_without_fact"], "query", "queries"),
    ):
        if number:
            yield f"  {counted(number, one, many)} without a fact: not in this table"
    before, after = done["several_before"], done["several_after"]
    yield f"  pairs with several values: {before} before, {after} after"
    yield f"trail: {done['trail']}"


def undo(clean: str, trail: str, path: str) -> tuple[str, int]:
    """The text of the table before its decisions, to be written to ``path``; its rows. [ours]

    Every change is taken back in reverse order, and the rows that result must have the digest that
    the trail noted. Errors: ``FactrankError`` for a trail that is broken or belongs to another
    table, and for a clean table that was changed since.
    """
    data, lines = _bytes(clean, "a clean table"), _bytes(trail, "an audit trail")
    head, changes = _parse(lines, trail)
    if hashlib.sha256(data).hexdigest() != head["sha256_clean"]:
        raise FactrankError(
            f"{clean}: expected the table that {trail} was written for, found a file that is "
            "another or was changed since"
        )
    kept = parse_rows(data, clean, format="triples")
    gone = {change["row"] for _, change in changes if change["after"] is None}
    if head["rows"] - len(gone) != len(kept):  # before as many are written down
        found = show(head["rows"] - len(gone))
        raise FactrankError(f"{trail}: expected {counted(len(kept), 'row')} to stay, found {found}")
    stay = [i for i in range(head["rows"]) if i not in gone]
    said: dict[int, list[str]] = {}
    for i, row in zip(stay, kept, strict=True):
        said[i] = [row.key, row.query, row.value, *row.notes.values()]
    for line, change in reversed(changes):
        _take_back(said, change, f"{trail}:{line}")
    result = [said[i] for i in sorted(said)]
    if digest(iter(result), head["notes"]) != head["sha256_rows"]:
        raise FactrankError(
            f"{trail}: expected changes that lead back to {show(head['facts'])}, found others"
        )
    return table_text([(row[:3], row[3:]) for row in result], head["notes"], path), len(result)


def _take_back(said: dict[int, list[str]], change: dict[str, Any], where: str) -> None:
    i, before, after = change["row"], change["before"], change["after"]
    found = said.get(i)
    if after is None and found is None:
        said[i] = [*before, *change.get("notes", ())]
    elif after is not None and found is not None and found[:3] == after:
        said[i] = [*before, *found[3:]]
    else:
        raise FactrankError(
            f"{where}: expected the row as the change left it, {show(after)}, found {show(found)}"
        )


def _parse(data: bytes, name: str) -> tuple[dict[str, Any], list[tuple[int, dict[str, Any]]]]:
    records: list[tuple[int, dict[str, Any]]] = []
    for line, text in enumerate(data.split(b"\n"), 1):
        if not text.strip():
            continue
        try:
            record = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise FactrankError(f"{name}:{line}: expected JSON, found: {str(error)[:80]}") from None
        _fields(record, CHANGE if records else HEAD, f"{name}:{line}")
        records.append((line, record))
    if not records or records[0][1]["format"] != FORMAT:
        found = show(records[0][1]["format"]) if records else "no line"
        raise FactrankError(f"{name}: expected an audit trail, {FORMAT!r}, found {found}")
    rows = records[0][1]["rows"]
    for line, change in records[1:]:
        if not 0 <= change["row"] < rows:
            raise FactrankError(
                f"{name}:{line}: expected a row below {show(rows)}, found {show(change['row'])}"
            )
    return records[0][1], records[1:]


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name twice in one object")
    return names


def _fields(record: Any, kinds: dict[str, type], where: str) -> None:
    if not isinstance(record, dict):
        raise FactrankError(f"{where}: expected an object, found {show(record)}")
    for name, kind in kinds.items():
        if not isinstance(record.get(name), kind) or isinstance(record.get(name), bool):
            found = show(record[name]) if name in record else "none"
            raise FactrankError(f"{where}: expected {name} as {kind.__name__}, found {found}")
    for name in ("before", "after", "notes"):
        texts = record.get(name, [])
        if not (isinstance(texts, list) and all(isinstance(text, str) for text in texts)) and (
            name != "after" or texts is not None
        ):
            raise FactrankError(f"{where}: expected a list of texts, found {show(texts)}")
    if kinds is CHANGE and ("after" not in record or len(record["before"]) != 3):
        raise FactrankError(f"{where}: expected before and after of a fact, found {show(record)}")


def _bytes(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        fault = "no such file"
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", None) or str(error)
    raise FactrankError(f"{path}: expected {what}, found: {fault}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
