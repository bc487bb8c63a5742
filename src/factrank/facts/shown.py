"""How an object shows itself in a notebook: a small table, all text of it escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


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
