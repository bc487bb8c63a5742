r"""Read the package's docstrings as the plain text they are.

A docstring writes ``|K|``, ``2*m`` and ``D_(V)`` as a reader of the source expects;
reStructuredText takes the bars for a substitution, the star for emphasis, the underscore for a link.
"""

from __future__ import annotations

import re

from sphinx.application import Sphinx

# What stands between backquotes is left alone.
PLAIN_OR_QUOTED = re.compile(r"(`+.*?`+(?:_*))|([|*]|_(?=\W|$))")


def escape(lines: list[str]) -> list[str]:
    r"""Return the lines with those marks escaped, doctests and quoted text untouched.

    >>> escape(["the tensor, |K| x |Q|, of ``a*b`` and D_(V)", ">>> 2*3"])
    ['the tensor, \\|K\\| x \\|Q\\|, of ``a*b`` and D\\_(V)', '>>> 2*3']
    """
    escaped, in_doctest = [], False
    for line in lines:
        in_doctest = line.lstrip().startswith(">>>") or (in_doctest and bool(line.strip()))
        if not in_doctest:
            line = PLAIN_OR_QUOTED.sub(lambda hit: hit[1] or f"\\{hit[2]}", line)
        escaped.append(line)
    return escaped


def _process(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list) -> None:
    lines[:] = escape(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect before napoleon, which turns sections into fields."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
