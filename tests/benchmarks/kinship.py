"""Alyawarra kinship, read from an installed pykeen: for the benchmark, never a file of ours."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.reading.read import parse

FILES = ("train.txt", "valid.txt", "test.txt")


def alyawarra() -> Database:
    """10686 facts (person, term, person): at most one of 25 terms for two of 104 persons. [cited]

    Kemp et al., AAAI 2006, after observations of W. Denham. pykeen itself is not imported (it would
    bring torch): its three files of lines ``person<tab>term<tab>person`` are pooled.

    Errors: ``FactrankError`` where pykeen is not installed (``pip install --no-deps pykeen``).
    """
    spec = find_spec("pykeen")
    for home in (spec and spec.submodule_search_locations) or ():
        folder = Path(home) / "datasets" / "kinships"
        if all((folder / name).is_file() for name in FILES):
            data = b"\n".join((folder / name).read_bytes() for name in FILES)
            return parse(data, "kinships.tsv", header=False)
    raise FactrankError(
        "kinship: expected the package pykeen with its data set kinships, found none "
        "(pip install --no-deps pykeen)"
    )
