"""The command heads: how wide others' heads are, and how much of it they use."""

from __future__ import annotations

import json
from typing import Annotated

from factrank.cli.edge import command, say
from factrank.cli.options import AsJson, Force, Html, Lang, check_page, language_of, write_page
from factrank.cli.typed import argument, option
from factrank.errors import FactrankError
from factrank.packages import needed


@command(epilog="Example: factrank heads model.safetensors --html heads.html")
def heads(
    file: Annotated[
        str,
        argument(
            "FILE",
            help="A checkpoint: safetensors, or a file of torch, of which nothing is run. Its "
            "attention may be laid out as GPT-2's, Llama's, BERT's, DeepSeek's, OPT's, ViT's, "
            "DistilBERT's, torch's MultiheadAttention, or W_Q, W_K, W_V, W_O. A config.json beside "
            "it is read too.",
        ),
    ],
    n_heads: Annotated[
        int | None,
        option("--heads", min=1, metavar="N", help="Where nothing else tells.", show_default=False),
    ] = None,
    html: Html = None,
    lang: Lang = None,
    force: Force = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, option("--csv", help="Print a row a head as CSV.")] = False,
) -> None:
    """How wide are the heads of a model that others trained, and how much of it do they use?"""
    if as_json and as_csv:
        raise FactrankError("heads: expected --json or --csv, found both")
    needed("heads", "layer")
    language = language_of(lang, html)
    check_page(html, [file], force)
    from factrank.practice.heads.page import page
    from factrank.practice.heads.report import heads
    from factrank.practice.heads.words import lines, record, spreadsheet

    found = heads(file, n_heads)
    write_page(html, lambda: page(found, language), [file], force)
    say(json.dumps(record(found)) if as_json else spreadsheet(found) if as_csv
        else "\n".join(lines(found)))  # fmt: skip
