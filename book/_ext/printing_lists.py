"""The long lists at the end of the printed book: the works cited, and the Python interface."""

from __future__ import annotations

import re
from collections import Counter
from string import ascii_lowercase

from docutils import nodes
from printing_pages import height, need, raw
from sphinx import addnodes
from sphinxcontrib.bibtex.nodes import raw_latex

CITED = re.compile(r"\\hyperlink\{cite\.(.+)\}\{")
#: What a named tuple says of each of its fields, which stand above among the parameters.
ALIAS = "Alias for field number"
#: So many points of an entry are kept on one page.
ENTRY = 90.0


def works(document: nodes.document) -> None:
    """List the works where their section is, each under the words by which the text cites it.

    LaTeX would list them after the last page, under other names.
    """
    cited = _cited(document)
    entries = list(document.findall(nodes.citation))
    spoken = {}
    for entry in entries:
        found = cited.get(f"{entry['docname']}:{entry['ids'][0]}", [])
        texts = [[it.deepcopy() for it in between] for between, _ in found]
        label = [nodes.Text(entry[0].astext())]
        spoken[entry] = max(texts, key=lambda it: len(_said(it)), default=label)
    shared = Counter(_said(text) for text in spoken.values())
    used: Counter[str] = Counter()
    for entry in entries:
        name = _said(spoken[entry])
        if shared[name] > 1:
            letter = ascii_lowercase[used[name]]
            used[name] += 1
            spoken[entry].append(nodes.Text(letter))
            for _, end in cited.get(f"{entry['docname']}:{entry['ids'][0]}", []):
                end.parent.insert(end.parent.index(end), nodes.Text(letter))
        _place(entry, spoken[entry])


def _said(text: list[nodes.Node]) -> str:
    return "".join(it.astext() for it in text)


def _cited(document: nodes.document) -> dict[str, list[tuple[list[nodes.Node], nodes.Node]]]:
    """Return for each work its citations: the words, and the node that ends them."""
    found: dict[str, list[tuple[list[nodes.Node], nodes.Node]]] = {}
    for start in document.findall(raw_latex):
        if hit := CITED.fullmatch(start.rawsource):
            after = start.parent[start.parent.index(start) + 1 :]
            place = next(n for n, it in enumerate(after) if isinstance(it, raw_latex))
            found.setdefault(hit[1], []).append((after[:place], after[place]))
    return found


def _place(entry: nodes.citation, name: list[nodes.Node]) -> None:
    """Turn one entry into an item of the list before it, or begin that list."""
    target = raw(f"\\hypertarget{{cite.{entry['docname']}:{entry['ids'][0]}}}{{}}")
    term = nodes.term("", "", target, nodes.Text("["), *name, nodes.Text("]"))
    item = nodes.definition_list_item("", term, nodes.definition("", *entry.children[1:]))
    place = entry.parent.index(entry)
    former = entry.parent[place - 1] if place else None
    if isinstance(former, nodes.definition_list) and "works" in former["classes"]:
        former += item
        entry.parent.remove(entry)
    else:
        entry.replace_self(nodes.definition_list("", item, classes=["works"]))


def interface(document: nodes.document) -> None:
    """Say parameters in one paragraph, and leave out the fields that repeat them."""
    for content in list(document.findall(addnodes.desc_content)):
        if content.astext().startswith(ALIAS):
            described = content.parent
            place = described.parent.index(described)
            if place and isinstance(described.parent[place - 1], addnodes.index):
                described.parent.remove(described.parent[place - 1])
            described.parent.remove(described)
    for fields in list(document.findall(nodes.field_list)):
        if any(isinstance(it, addnodes.desc_content) for it in _ancestors(fields)):
            fields.replace_self([line for field in fields for line in _line(field)])
    for described in list(document.findall(addnodes.desc)):
        place = described.parent.index(described)
        before = described.parent[place - 1] if place else described
        # The index counts the page of its mark, so the mark goes over with what it marks.
        indexed = isinstance(before, addnodes.index)
        need(before if indexed else described, min(height(described), ENTRY))


def _ancestors(node: nodes.Node) -> list[nodes.Element]:
    found = []
    while node := node.parent:
        found.append(node)
    return found


def _line(field: nodes.field) -> list[nodes.Element]:
    """Return a field as one paragraph, or as it was if it says more than a list of words."""
    name, body = field
    listed = isinstance(body[0], nodes.bullet_list) if len(body) else False
    items = [item for part in body for item in part] if listed else [body]
    if any(len(it) != 1 or not isinstance(it[0], nodes.paragraph) for it in items):
        return [nodes.field_list("", field)]
    said = nodes.paragraph("", "", nodes.emphasis("", f"{name.astext()}: "))
    for number, item in enumerate(items):
        said += [nodes.Text("; ")] * bool(number) + list(item[0].children)
    said += nodes.Text(".")
    return [raw("{\\raggedright"), said, raw("\\par}")]
