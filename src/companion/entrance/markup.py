"""The words in a page's own markup: what stands between tags, and the names of its parts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape, unescape

#: What a reader may type or copy stays as it is; then texts and names with two letters in a row.
_WORDS = re.compile(
    r"<(?P<kept>textarea|code)\b.*?</(?P=kept)>"
    r"|(?<=>)(?P<text>[^<>]*[A-Za-z]{2}[^<>]*)(?=<)"
    r'|(?<=aria-label=")(?P<name>[^"]+)',
    re.DOTALL,
)


def spoken(markup: str) -> Iterator[str]:
    """The words of some markup, in order.

    >>> [*spoken('<p aria-label="One">In <code>it</code> two,\\n three.</p><td>4</td>')]
    ['One', 'In', 'two, three.']
    """
    for it in _WORDS.finditer(markup):
        if words := it["text"] or it["name"]:
            yield unescape(" ".join(words.split()))


def retold(markup: str, say: Callable[[str], str]) -> str:
    """The same markup with other words.

    >>> retold('<p>one <b>two</b></p>', str.upper)
    '<p>ONE <b>TWO</b></p>'
    """

    def told(it: re.Match[str]) -> str:
        words = it["text"] or it["name"]
        if not words:
            return it[0]
        bare = words.strip()
        before, _, after = words.partition(bare)
        return f"{before}{escape(say(unescape(' '.join(bare.split()))))}{after}"

    return _WORDS.sub(told, markup)
