"""Words for labels, lists and counts: short, and never ambiguous inside a sum; ``shown`` is how an
object shows itself in a notebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from factrank.facts.labels import NAMES, printable

LABELS, LINES, CHARACTERS = 6, 12, 40  # what is shown of a long list, a long table, a long label
PLURAL = {"K": "keys", "Q": "queries", "V": "values"}
PLAIN = re.compile(r"(?!x$)[^\W\d][\w.:'/&-]*")  # reads well inside a sum and beside a cross


def label_text(label: str) -> str:
    """The label, in quotes where it could be taken for a number, a sign or two words; what a
    terminal would obey is written out.

    >>> print(label_text("Astrid"), label_text("New York"), label_text("x"), label_text("2"))
    Astrid "New York" "x" "2"
    """
    if len(label) > CHARACTERS:
        label = label[: CHARACTERS - 3] + "..."
    return label if PLAIN.fullmatch(label) else printable(json.dumps(label, ensure_ascii=False))


def list_text(labels: Sequence[str]) -> str:
    """The labels with commas, a long list cut.

    >>> list_text(["a", "b", "c", "d", "e", "f", "g", "h"])
    'a, b, c, d, e, ... 3 more'
    """
    shown = labels if len(labels) <= LABELS else labels[: LABELS - 1]
    text = ", ".join(map(label_text, shown))
    return text if len(shown) == len(labels) else f"{text}, ... {len(labels) - len(shown)} more"


def named(labels: Sequence[str], mode: str) -> str:
    """The labels after the name of their mode.

    >>> named(["a"], "K"), named(["r", "s"], "Q"), named([], "V")
    ('key a', 'queries r, s', 'no values')
    """
    if not labels:
        return f"no {PLURAL[mode]}"
    return f"{NAMES[mode] if len(labels) == 1 else PLURAL[mode]} {list_text(labels)}"


def counted(number: int, one: str, many: str = "", form: str = "") -> str:
    """A number with its noun.

    >>> counted(1, "fact"), counted(2, "query", "queries"), counted(3000, "step", form=",")
    ('1 fact', '2 queries', '3,000 steps')
    """
    return f"{number:{form}} {one if number == 1 else many or one + 's'}"


def size_text(sizes: Sequence[int]) -> str:
    """The sizes of the three modes.

    >>> size_text((5, 1, 4))
    '5 keys x 1 query x 4 values'
    """
    return " x ".join(counted(n, NAMES[m], PLURAL[m]) for n, m in zip(sizes, PLURAL, strict=True))


def table(lines: Iterable[str], total: int, numbered: bool = True) -> Iterator[str]:
    """The lines of a list, numbered and indented, a long list cut with a count of the rest."""
    shown = total if total <= LINES else LINES - 2
    for n, line in zip(range(shown), lines, strict=False):
        yield f"  {n + 1:>3}.  {line}" if numbered else f"  {line}"
    if shown < total:
        yield f"  ...   and {total - shown} more"


def shown(title: str, head: Sequence[str], rows: Iterable[Sequence[object]], rest: str = "") -> str:
    """A table in HTML under its title; ``rest`` says what it leaves out.

    >>> shown("2 > 1", ["a"], [["<b>"]])
    '<table><caption>2 &gt; 1</caption><tr><th>a</th></tr><tr><td>&lt;b&gt;</td></tr></table>'
    """

    def line(cells: Iterable[object], kind: str) -> str:
        return f"<tr>{''.join(f'<{kind}>{escape(str(it))}</{kind}>' for it in cells)}</tr>"

    below = f"<p>{escape(rest)}</p>" if rest else ""
    body = line(head, "th") + "".join(line(row, "td") for row in rows)
    return f"<table><caption>{escape(title)}</caption>{body}</table>{below}"
