"""Labels that are nearly equal: spelling variants, proposed for a person to judge. [ours]"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import NamedTuple

from factrank.facts.forms import Form, dates, forms, quantities
from factrank.facts.labels import fold

LEAST = 88  # likeness from which two labels are proposed
EVERY = 2000  # up to so many labels every pair is compared
WORK = 1_000_000  # candidates looked at beyond that
SHORT = 4  # words shorter than this are names of their own, not slips of each other
SAME, WORDS, LETTERS = "case, accents, blanks or marks", "order of words", "letters"
NUMBER, DATE = "form of a number", "form of a date"
_DIGITS = re.compile(r"\d+")


class Near(NamedTuple):
    """Two labels that may be one: ``score`` is 100 if they are equal once folded, or one number or
    date in two forms; 98 if a form can be read in two ways."""

    one: str
    other: str
    score: int
    differ_in: str


@dataclass(frozen=True)
class Search:
    """The pairs found, and whether every pair was compared."""

    pairs: tuple[Near, ...]
    labels: int
    complete: bool
    how: str


def ratio(a: str, b: str) -> float:
    """Likeness in percent: 200 * longest common subsequence / (len a + len b).

    rapidfuzz's ``fuzz.ratio`` where it is installed, the same number in plain Python elsewhere.

    >>> round(ratio("ringgit", "ringit"), 1)
    92.3
    """
    try:
        from rapidfuzz import fuzz
    except ImportError:
        return plain_ratio(a, b)
    return float(fuzz.ratio(a, b))


def plain_ratio(a: str, b: str) -> float:
    """``ratio`` without rapidfuzz."""
    row = [0] * (len(b) + 1)
    for x in a:
        left = corner = 0
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], corner + 1 if x == y else max(row[j], left)
            left = row[j]
    return 200.0 * row[-1] / ((len(a) + len(b)) or 1)


def near_labels(labels: Sequence[str], least: int = LEAST, every: int = EVERY) -> Search:
    """The pairs of labels that are spelled nearly alike, the likest first. [ours]

    Two are proposed if they are one number or one date in two forms (``forms``). Others are folded
    first (case, accents, punctuation, blanks), and proposed if they are equal then, or made of the
    same words, or alike to at least ``least`` percent (``ratio``) in words of four letters or more;
    labels with different numbers are never proposed. Up to ``every`` labels all pairs are compared
    (with rapidfuzz); beyond that only pairs that are one in another form, one letter apart or have
    the same words, which sorting into groups finds without comparing all.

    >>> found = near_labels(["Cote d'Ivoire", "Côte d’Ivoire", "Kuwait", "Kuweit", "group 1",
    ...     "group 2", "Kuwait City"])
    >>> [(pair.one, pair.other, pair.score) for pair in found.pairs]
    [("Cote d'Ivoire", 'Côte d’Ivoire', 100)]
    """
    folded = [fold(label) for label in labels]
    shapes = [forms(label) for label in labels]
    complete = len(labels) <= every and _installed()
    pairs = _alike(folded, least) if complete else _neighbours(folded)
    found, seen, looked = [], set(), 0
    for i, j in chain(_in_other_forms(shapes), pairs):
        pair = (i, j) if i < j else (j, i)
        if pair in seen or i == j:
            continue
        seen.add(pair)
        looked += 1
        if looked > WORK:
            break
        if near := _judge(labels, folded, shapes, pair, least):
            found.append(near)
    how = "every pair of labels was compared"
    if not complete:
        how = (
            "labels in another form (case, Unicode, blanks, numbers, dates), one letter apart or "
            "made of the same words were compared, not every pair"
        )
    if looked > WORK:
        how, complete = f"{how}; stopped after {WORK} comparisons", False
    found.sort(key=lambda near: (-near.score, near.one, near.other))
    return Search(tuple(found), len(labels), complete, how)


def _installed() -> bool:
    try:
        import rapidfuzz  # noqa: F401
    except ImportError:
        return False
    return True


def _judge(
    labels: Sequence[str],
    folded: Sequence[str],
    shapes: Sequence[frozenset[Form]],
    pair: tuple[int, int],
    least: int,
) -> Near | None:
    a, b = (folded[i] for i in pair)
    names = labels[pair[0]], labels[pair[1]]
    one_form = shapes[pair[0]] & shapes[pair[1]]
    for kind, read, differ_in in (("number", quantities, NUMBER), ("date", dates, DATE)):
        if any(form[0] == kind for form in one_form):
            certain = all(len(read(name)) == 1 for name in names)
            return Near(*names, 100 if certain else 98, differ_in)
    if one_form:
        return Near(*names, 100, SAME)
    if not a or not b or any(all(map(read, names)) for read in (quantities, dates)):
        return None  # nothing but marks; two numbers or dates that are not one
    if a == b:
        return Near(*names, 100, SAME)
    one, other = Counter(a.split()), Counter(b.split())
    if one == other:
        return Near(*names, 99, WORDS)
    if a.replace(" ", "") == b.replace(" ", ""):
        return Near(*names, 99, SAME)
    apart = [*(one - other), *(other - one)]
    if _DIGITS.findall(a) != _DIGITS.findall(b) or max(map(len, apart)) < SHORT:
        return None
    likeness = ratio(a, b)
    return Near(*names, int(likeness), LETTERS) if likeness >= least else None


def _in_other_forms(shapes: Sequence[frozenset[Form]]) -> Iterator[tuple[int, int]]:
    """All pairs of labels that share a form; a label's text alone, or its number, may be one."""
    return _grouped((form, i) for i, found in enumerate(shapes) for form in found)


def _alike(folded: Sequence[str], least: int) -> Iterator[tuple[int, int]]:
    """All pairs of at least that likeness, and those of the same words."""
    from rapidfuzz import fuzz, process

    yield from _grouped((" ".join(sorted(a.split())), i) for i, a in enumerate(folded))
    yield from _grouped((a.replace(" ", ""), i) for i, a in enumerate(folded))
    for i, a in enumerate(folded):
        rest = folded[i + 1 :]
        for _, _, j in process.extract(a, rest, scorer=fuzz.ratio, score_cutoff=least, limit=None):
            yield i, i + 1 + j


def _neighbours(folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs one letter apart, or of the same words: those that share a group.

    Two words one letter apart become equal when one letter is left out of each. Digits are never
    left out: labels that differ in a number are different labels.
    """
    yield from _grouped((" ".join(sorted(a.split())), i) for i, a in enumerate(folded))
    yield from _grouped(
        (part, i) for i, a in enumerate(folded) for part in _less_a_letter(a.replace(" ", ""))
    )


def _less_a_letter(word: str) -> Iterator[str]:
    yield word
    if len(word) >= SHORT:
        yield from (word[:n] + word[n + 1 :] for n, c in enumerate(word) if not c.isdigit())


def _grouped(members: Iterable[tuple[object, int]]) -> Iterator[tuple[int, int]]:
    groups: dict[object, int | list[int]] = {}
    for key, i in members:
        old = groups.setdefault(key, i)
        if isinstance(old, list):
            old.append(i)
        elif old != i:
            groups[key] = [old, i]
    for group in groups.values():
        if isinstance(group, list):
            yield from combinations(dict.fromkeys(group), 2)
