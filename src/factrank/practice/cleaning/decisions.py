"""Decisions about a table of facts: a TOML file that a person reviews, one block a decision. [ours]

TOML, because it carries comments (the evidence stands beside each proposal), can be edited by hand
without counting brackets, and is read by Python's standard library.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from factrank.errors import FactrankError
from factrank.facts.strict import show
from factrank.facts.words import label_text

VERSION = 1
SLOTS = ("key", "query", "value")
# rule -> the fields it must have, the fields it may have
RULES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "merge": (("mode", "labels", "into"), ("query",)),
    "keep": (("key", "query", "value"), ()),
    "prefer": (("sources",), ("query",)),
    "newest": ((), ("by", "query")),
    "drop": ((), (*SLOTS, "source")),
}
LISTS = ("labels", "sources")
# a key of a hundred names and more, which no rule has and tomllib takes very long for
NAME = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
DEEP = re.compile(rf"(?:^|[{{,\[])[ \t]*{NAME}(?:[ \t]*\.[ \t]*{NAME}){{99}}", re.MULTILINE)


@dataclass(frozen=True)
class Decision:
    """One block: its number and line in the file, its rule, what the rule is about.

    - ``merge``: the ``labels`` of a ``mode`` (key, query or value; for a value perhaps under one
      ``query`` only) become ``into``;
    - ``keep``: of the pair (``key``, ``query``) only this ``value`` stays;
    - ``prefer``: where a pair has several values, those of the first of the ``sources`` that has
      one stay (perhaps under one ``query`` only);
    - ``newest``: where a pair has several values, the newest stays, ``by`` date (the column
      ``date``, as 2024-05-31) or by line (the last line of the file is the newest);
    - ``drop``: rows with this ``key``, ``query``, ``value`` and ``source``, those that are given.
    """

    number: int
    rule: str
    fields: Mapping[str, Any]
    where: str = ""

    def __str__(self) -> str:
        said = {
            name: ", ".join(map(label_text, x)) if isinstance(x, list) else label_text(x)
            for name, x in self.fields.items()
        }
        under = f" under {said['query']}" if "query" in said else ""
        if self.rule == "merge":
            return f"merge {said['mode']} {said['labels']} into {said['into']}{under}"
        if self.rule == "keep":
            return f"keep {said['key']} {said['query']} {said['value']}"
        if self.rule == "prefer":
            return f"prefer {', then '.join(map(label_text, self.fields['sources']))}{under}"
        if self.rule == "newest":
            return f"newest{' by ' + said['by'] if 'by' in said else ''}{under}"
        return f"drop {', '.join(f'{name} {x}' for name, x in said.items())}"

    def wrong(self, rule: str, found: str) -> NoReturn:
        """Raise the one sentence: place, rule, value found."""
        raise FactrankError(f"{self.where}: expected {rule}, found {found}")


@dataclass(frozen=True)
class Decisions:
    """What a file of decisions says: those to apply, in order, and how many stand there."""

    name: str
    apply: tuple[Decision, ...]
    written: int
    sha256: str = ""


def load(path: str) -> Decisions:
    """The decisions in a file.

    Errors: ``FactrankError``, with the line, for a file that cannot be read or is not TOML, an
    unknown rule or field, a field that is missing or of the wrong kind.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        fault = "no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise FactrankError(f"{path}: expected a file of decisions, found: {fault}") from None
    except ValueError as error:  # not UTF-8, or a path with a null character
        raise FactrankError(f"{path}: expected UTF-8 text, found: {str(error)[:80]}") from None
    return parse(text, path)


def parse(text: str, name: str = "decisions") -> Decisions:
    """The decisions written in a text; faults call it ``name``.

    >>> found = parse('[[decision]]\\nrule = "drop"\\nvalue = "n/a"\\n')
    >>> [str(decision) for decision in found.apply]
    ['drop value n/a']
    >>> parse('[[decision]]\\nrule = "guess"\\n')
    Traceback (most recent call last):
    ...
    factrank.errors.FactrankError: decisions:1: decision 1: expected a rule among merge, keep, \
prefer, newest, drop, found 'guess'
    """
    if deep := DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise FactrankError(f"{name}:{line}: expected TOML, found a key of very many names")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line = str(error), ""
        if place := re.search(r"\s*\(at line (\d+), column \d+\)$", reason):
            reason, line = reason[: place.start()], f":{place[1]}"
        raise FactrankError(f"{name}{line}: expected TOML, found: {reason}") from None
    except ValueError:  # Python reads no decimal number of so many digits
        raise FactrankError(f"{name}: expected TOML, found a number of very many digits") from None
    except RecursionError:
        raise FactrankError(f"{name}: expected TOML, found brackets nested too deeply") from None
    for key in data:
        if key not in ("version", "facts", "sha256", "decision"):
            raise FactrankError(
                f"{name}: expected version, facts, sha256 and [[decision]] blocks, "
                f"found {show(key)}"
            )
    version = data.get("version", VERSION)
    if type(version) is not int or version != VERSION:  # true is not 1
        raise FactrankError(f"{name}: expected version {VERSION}, found {show(version)}")
    sha256 = data.get("sha256", "")
    if not isinstance(sha256, str):
        raise FactrankError(f"{name}: expected sha256 as a text, found {show(sha256)}")
    blocks = data.get("decision", [])
    if not isinstance(blocks, list) or not blocks:
        raise FactrankError(f"{name}: expected at least one [[decision]] block, found none")
    starts = [
        n for n, line in enumerate(text.split("\n"), 1) if re.match(r"\s*\[\[decision]]", line)
    ]
    lines = [f":{n}" for n in starts] if len(starts) == len(blocks) else [""] * len(blocks)
    decisions = [
        _decision(block, number, f"{name}{line}: decision {number}")
        for number, (block, line) in enumerate(zip(blocks, lines, strict=True), 1)
    ]
    wanted = tuple(decision for decision, apply in decisions if apply)
    return Decisions(name, wanted, len(blocks), sha256)


def _decision(block: Any, number: int, where: str) -> tuple[Decision, bool]:
    decision = Decision(number, "", {}, where)
    if not isinstance(block, dict):
        decision.wrong("a block of fields", show(block))
    fields = dict(block)
    rule, apply = fields.pop("rule", None), fields.pop("apply", True)
    if not isinstance(rule, str) or rule not in RULES:
        found = "none" if rule is None else show(rule)
        decision.wrong(f"a rule among {', '.join(RULES)}", found)
    if not isinstance(apply, bool):
        decision.wrong("apply = true or apply = false", show(apply))
    must, may = RULES[rule]
    for name in must:
        if name not in fields:
            decision.wrong(f"the field {name!r} for the rule {rule}", "none")
    for name, value in fields.items():
        if name not in (*must, *may):
            decision.wrong(f"for the rule {rule} the fields {', '.join((*must, *may))}", show(name))
        _check(decision, name, value)
    decision = Decision(number, rule, fields, where)
    if rule == "drop" and not fields:
        decision.wrong("at least one of key, query, value, source for the rule drop", "none")
    if rule == "merge" and "query" in fields and fields["mode"] != "value":
        decision.wrong('query only beside mode = "value"', f"mode = {show(fields['mode'])}")
    if rule == "merge" and not set(fields["labels"]) - {fields["into"]}:
        decision.wrong("a label other than that to merge into", show(fields["labels"]))
    return decision, apply


def _check(decision: Decision, name: str, value: Any) -> None:
    if name in LISTS:
        texts = value if isinstance(value, list) and value else [None]
        if not all(isinstance(text, str) for text in texts) or len(set(texts)) < len(texts):
            decision.wrong(f"{name} as a list of different texts", show(value))
    elif not isinstance(value, str) or (name != "source" and not value.strip()):
        decision.wrong(f"{name} as a text that is not empty", show(value))
    elif "\0" in value:
        decision.wrong(f"{name} without a NUL character", show(value))
    elif name == "mode" and value not in SLOTS:
        decision.wrong(f"mode as one of {', '.join(SLOTS)}", show(value))
    elif name == "by" and value not in ("date", "line"):
        decision.wrong("by as one of date, line", show(value))
