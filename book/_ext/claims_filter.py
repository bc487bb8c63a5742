"""What the ledger's filter goes by: a class on each row for its status, origins and chapters.

The page is a whole table without any script. ``claims_static/claims.js`` reads the classes, and
beside them the list of choices with their names, and builds the filter.
"""

from __future__ import annotations

import json

from claims_ledger import PROVENANCES, STATUSES, Row, marked
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


class Filterable(nodes.row):
    """A row of the ledger's tables, for docutils a row like any other."""

    tagname = "row"

    def note(self, row: Row) -> None:
        """Note what the filter goes by; the chapter of a label is known once all are read."""
        self["label"] = row.label
        self["chapters"] = [check.split("#")[0] for check in row.check if "#" in check]
        self["classes"] += [marked("status", row.status)]
        self["classes"] += [marked("from", it) for it in row.provenance]


def title(env: BuildEnvironment, page: str) -> str:
    """Return a chapter's number and title."""
    number = env.toc_secnumbers.get(page, {}).get("", ())
    return " ".join([".".join(map(str, number)), env.titles[page].astext()]).strip()


def add_filter(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Mark each row with its chapters, and leave the choices for the script."""
    rows = list(tree.findall(Filterable))
    if not rows:
        return
    found = set()
    for row in rows:
        chapters = {f"notebooks/{name}" for name in row["chapters"]}
        if row["label"]:
            chapters.add(app.env.proof_list[row["label"]]["docname"])
        row["classes"] += sorted(f"chapter--{it.rpartition('/')[2]}" for it in chapters)
        found |= chapters
    choices = {
        "status": [[marked("status", it), it] for it in STATUSES],
        "from": [[marked("from", it), it] for it in PROVENANCES],
        "chapter": [
            [f"chapter--{it.rpartition('/')[2]}", title(app.env, it)] for it in sorted(found)
        ],
    }
    text = json.dumps(choices, ensure_ascii=False).replace("</", "<\\/")
    script = f'<script type="application/json" id="claims-choices">{text}</script>'
    tree += nodes.raw("", script, format="html")
