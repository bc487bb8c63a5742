"""From a page in another language to what is there in English only: pages, proofs, works cited.

The English book is built first. What it knows of its own anchors is lent to the second build; links
that leave that build lead up into the English pages, and say so. On paper they are words.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from posixpath import dirname, join, normpath
from types import MethodType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from companion.entrance.tongue import catalogue, say, speaking


def lend(app: Sphinx, env: BuildEnvironment) -> None:
    """Add what the English environment knows to `env`, once its own pages are read and numbered."""
    with Path(app.config.abroad).open("rb") as file:
        english = pickle.load(file)
    app.abroad = english
    mine, theirs = env.domaindata["std"], english.domaindata["std"]
    for kind in ("labels", "anonlabels"):
        mine[kind] = theirs[kind] | mine[kind]
    for name in ("citations", "bibliographies"):
        env.domaindata["cite"][name] = english.domaindata["cite"][name]
    env.proof_list = english.proof_list | getattr(env, "proof_list", {})
    env.toc_fignumbers = english.toc_fignumbers | env.toc_fignumbers
    own = app.builder.get_target_uri

    def target(builder: object, page: str, typ: str | None = None) -> str:
        if page in env.all_docs or page not in english.all_docs:
            return own(page, typ)
        return f"../{page}" if app.builder.name == "latex" else f"../{own(page, typ)}"

    app.builder.get_target_uri = MethodType(target, app.builder)


def page_abroad(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.Element
) -> nodes.reference | None:
    """Resolve a link to a page that this build does not have."""
    if node["reftype"] != "doc":
        return None
    page = node["reftarget"]
    page = page[1:] if page.startswith("/") else normpath(join(dirname(node["refdoc"]), page))
    if page not in app.abroad.all_docs:
        return None
    title = shown.astext()
    if not node["refexplicit"]:
        title = app.abroad.titles[page].astext()
        title = (catalogue(app.config.language) or {}).get(title, title)
    return make_refnode(app.builder, node["refdoc"], page, "", nodes.inline("", title))


def leaves(page: str, link: str) -> bool:
    """Return whether a link on a page leads out of this build.

    >>> leaves("book/core/a", "../../../notebooks/01.html"), leaves("book/core/a", "../intro.html")
    (True, False)
    """
    return normpath(join(dirname(page), link)).startswith("..")


def declare(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Say beside each link that leaves that it leads to English."""
    with speaking(app.config.language):
        told = say(" (in English)")
    for node in list(doctree.findall(nodes.reference)):
        link = node.get("refuri", "")
        printed = app.builder.name == "latex"
        if (
            not link
            or ":" in link
            or not (link.startswith("../") if printed else leaves(page, link))
        ):
            continue
        if "origin" not in node["classes"]:  # that is a sign, not a sentence to follow
            node["classes"].append("abroad")
            node += nodes.inline("", told, classes=["abroad-told"])
        if printed:
            node.parent.replace(node, node.children)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it; ``abroad`` names the English environment."""
    app.add_config_value("abroad", "", "env")
    app.connect("env-check-consistency", lend)
    app.connect("missing-reference", page_abroad)
    app.connect("doctree-resolved", declare)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
