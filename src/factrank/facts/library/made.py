"""The names of tables of products in the library: matrices-2x3x2, polynomials-3x3, group-s3."""

from __future__ import annotations

import re

from factrank.errors import FactrankError
from factrank.facts import products
from factrank.facts.database import Database

LINES = {
    "matrices-2x2x2": "8 products of the entries of two matrices; any matrices-MxNxP up to 4x4x4",
    "polynomials-3x3": "9 products of coefficients of polynomials; any polynomials-MxN",
    "group-quaternion": "64 products of 1, i, j, k; any group-NAME: cyclic-N, klein, s3, dN, ...",
}
KINDS = "matrices-MxNxP, polynomials-MxN, group-NAME"
_SIZES = r"([1-9][0-9]{0,8})"
_MATRICES = re.compile(f"matrices-{_SIZES}x{_SIZES}x{_SIZES}")
_POLYNOMIALS = re.compile(f"polynomials-{_SIZES}x{_SIZES}")


def made(name: str) -> Database | None:
    """The table of that name; None if it is not named like one. [ours]

    Errors: ``FactrankError`` for a size that is too large, and for a group that is not known.

    >>> made("matrices-2x3x4").shape, made("elements")
    ((6, 12, 8), None)
    """
    try:
        if found := _MATRICES.fullmatch(name):
            return products.matrix_product(*map(int, found.groups()))
        if found := _POLYNOMIALS.fullmatch(name):
            return products.polynomial_product(*map(int, found.groups()))
        return products.group_product(name[6:]) if name.startswith("group-") else None
    except FactrankError as error:
        raise FactrankError(f"library:{name}: {str(error).partition(': ')[2]}") from None
