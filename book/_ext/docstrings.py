r"""Read the package's docstrings as the plain text they are.

A docstring writes ``|K|``, ``2*m`` and ``D_(V)`` as a reader of the source expects.
reStructuredText takes the bars for a substitution, the star for emphasis, the underscore for a link
and a paragraph whose lines hang under a key word for a mistake. So marks are escaped here, and such
a paragraph keeps its lines.
"""

from __future__ import annotations

import re
from itertools import groupby

from sphinx.application import Sphinx

# What stands between backquotes is left alone.
PLAIN_OR_QUOTED = re.compile(r"(`+.*?`+(?:_*))|([|*]|_(?=\W|$))")
# Lists, fields, directives and napoleon's sections mean something by their indentation.
MARKUP = re.compile(r"\s*([-*+] |\d+[.)] |:|\.\. |[A-Z]\w+( \w+)?:$)")


def escape(line: str) -> str:
    r"""Return the line with those marks escaped, quoted text untouched.

    >>> escape("the tensor, |K| x |Q|, of ``a*b`` and D_(V)")
    'the tensor, \\|K\\| x \\|Q\\|, of ``a*b`` and D\\_(V)'
    """
    return PLAIN_OR_QUOTED.sub(lambda hit: hit[1] or f"\\{hit[2]}", line)


def paragraph(lines: list[str]) -> list[str]:
    r"""Return a paragraph so that it is shown as it stands; a doctest stays what it is.

    >>> paragraph(["P1  one", "P2  two,", "    and more"])
    ['| P1  one', '| P2  two,', '|     and more']
    """
    if lines[0].lstrip().startswith(">>>"):
        return lines
    indents = [len(line) - len(line.lstrip()) for line in lines]
    hangs = max(indents) > indents[0] and not MARKUP.match(lines[0])
    escaped = [escape(line) for line in lines]
    if not hangs:
        return escaped
    margin = " " * min(indents)
    return [f"{margin}| {line[len(margin) :]}" for line in escaped]


def plain(lines: list[str]) -> list[str]:
    """Return a whole docstring, paragraph by paragraph."""
    found: list[str] = []
    formula: int | None = None  # the indentation of the directive whose formula we are in
    for blank, group in groupby(lines, key=lambda line: not line.strip()):
        block = list(group)
        indent = min((len(it) - len(it.lstrip()) for it in block if it.strip()), default=0)
        if not blank and formula is not None and indent <= formula:
            formula = None
        if block[0].strip() == ".. math::":
            formula = indent
        found += block if blank or formula is not None else paragraph(block)
    return found


def _process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list) -> None:
    lines[:] = plain(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect before napoleon, which turns sections into fields."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
