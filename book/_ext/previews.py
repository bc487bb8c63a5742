"""The picture to come, at the head of a chapter: a figure's image, smaller, as a link to its place.

    ```{preview} fig-slices
    What it will show, in a sentence.
    ```

The figure is drawn by a cell further down on the page. On paper nothing is shown twice.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.writers.html5 import HTML5Translator

LOG = logging.getLogger(__name__)


class preview(nodes.General, nodes.Element):
    """A picture to come: its figure's name, and the sentence."""


class PreviewDirective(SphinxDirective):
    """``{preview} NAME``, with a sentence."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the place that is filled when all figures are known."""
        node = preview("", figure=self.arguments[0])
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Fill(SphinxPostTransform):
    """Put the image in, on the web; elsewhere take the place away."""

    default_priority = 6  # once outputs are chosen, before references are resolved

    def run(self, **kwargs: object) -> None:
        """Go through the previews of one page."""
        for node in list(self.document.findall(preview)):
            image = self._image(node["figure"])
            if self.app.builder.format != "html":
                node.parent.remove(node)
            elif image is None:
                said = "preview: expected a figure of this page, found %r"
                LOG.warning(said, node["figure"], location=node)
            else:
                page = self.env.docname
                link = make_refnode(self.app.builder, page, page, node["figure"], [image])
                node.insert(0, link)

    def _image(self, name: str) -> nodes.image | None:
        """Return a copy of a figure's image that takes the room it is given."""
        drawn = (it for it in self.document.findall(nodes.figure) if name in it["ids"])
        image = next((it for figure in drawn for it in figure.findall(nodes.image)), None)
        if image is None:
            return None
        shown = image.deepcopy()
        for size in ("width", "height", "scale"):
            shown.attributes.pop(size, None)
        return shown


def visit_preview(self: HTML5Translator, node: preview) -> None:
    """Open the figure."""
    self.body.append('<figure class="preview">\n')


def depart_preview(self: HTML5Translator, node: preview) -> None:
    """Close it."""
    self.body.append("</figure>\n")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it."""
    app.add_node(preview, html=(visit_preview, depart_preview))
    app.add_directive("preview", PreviewDirective)
    app.add_post_transform(Fill)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
