"""The directive ``{interface} ROOM``: every public name of one room, module by module.

The modules are found, not listed, so that a new one cannot be forgotten on the page.
"""

from __future__ import annotations

import importlib
import pkgutil

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def modules(name: str, without: str = "") -> list[str]:
    """Return the package or module `name` and its public submodules, in alphabetical order, without
    those of a room that has a page of its own."""
    package = importlib.import_module(name)
    below = pkgutil.walk_packages(getattr(package, "__path__", ()), f"{name}.")
    public = [found.name for found in below if "._" not in found.name]
    return [name, *(it for it in public if not (without and f"{it}.".startswith(f"{without}.")))]


class Interface(SphinxDirective):
    """Open one section a module, with autodoc's words for its members."""

    required_arguments = 1
    option_spec = {"without": directives.unchanged}  # noqa: RUF012 (as docutils reads it)

    def run(self) -> list[nodes.Node]:
        """Return the sections."""
        found: list[nodes.Node] = []
        for name in modules(self.arguments[0], self.options.get("without", "")):
            section = nodes.section(ids=[nodes.make_id(name)], names=[name])
            section += nodes.title("", "", nodes.literal("", name))
            asked = ["```{eval-rst}", f".. automodule:: {name}", "   :members:", "```"]
            self.state.nested_parse(StringList(asked, name), self.content_offset, section)
            found.append(section)
        return found


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("interface", Interface)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
