"""How a table is laid out: by names in any order and many languages, by its lines, by what is told;
what could be read otherwise is said in one sentence."""

from __future__ import annotations

import json
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factrank import FactrankError
from factrank.facts.reading.headers import named
from factrank.facts.reading.read import parse, parse_rows

FACTS = [("Ann", "likes", "tea"), ("Bob", "likes", "tea"), ("Ann", "has", "a cat")]


def table(header, facts=FACTS, between=","):
    return "".join(between.join(row) + "\n" for row in [header, *facts])


def triples(rows):
    return [row[:3] for row in rows]


def sentence(data, **options):
    with pytest.raises(FactrankError) as caught:
        parse_rows(data, "f.csv", **options)
    return str(caught.value)


# ---- names decide -----------------------------------------------------------------------------

WORDS = """
key,query,value subject,predicate,object subject,relation,object head,relation,tail s,p,o h,r,t
entity,attribute,value item,property,value source,relation,target subj,rel,obj e1,rel,e2
subject_id,predicate_id,object_id headEntity,relation,tailEntity
rdf:subject,rdf:predicate,rdf:object ?s,?p,?o #subject,predicate,object SUBJECT,PREDICATE,OBJECT
\ufeff主語,述語,目的語 主语,谓语,宾语 头实体,关系,尾实体 주어,서술어,목적어
Subjekt,Prädikat,Objekt Entität,Attribut,Wert
sujet,prédicat,objet sujeto,predicado,objeto soggetto,predicato,oggetto sujeito,predicado,objeto
Özne,Yüklem,Nesne Субъект,Предикат,Объект subjekti,predikaatti,objekti
υποκείμενο,κατηγόρημα,αντικείμενο
"""
HEADERS = WORDS.split()


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_names_decide_in_any_order_and_nothing_is_asked(header, order):
    def placed(row):
        return [row[n] for n in order]

    rows = parse_rows(table(placed(header.split(",")), map(placed, FACTS)))
    assert (triples(rows), rows.told) == (FACTS, ())
    assert rows == parse_rows(
        table(placed(header.split(",")), map(placed, FACTS)), format="triples"
    )


@pytest.mark.parametrize("between", [",", ";", "\t", " ; ", "|"])
def test_bom_quotes_capitals_and_blanks_round_names(between):
    names = [f'"{name}"' if ";" not in between[1:] else name for name in (" Subject", "PREDICATE ",
             "Object\u00a0")]  # fmt: skip
    text = "\ufeff" + table(names, between=between)
    options = {"delimiter": "|"} if between == "|" else {}
    rows = parse_rows(text.encode(), **options)
    assert [tuple(map(str.strip, fact)) for fact in triples(rows)] == FACTS and rows.told == ()


@pytest.mark.parametrize("header", ["id", "", "Unnamed: 0", "source", "query", "value"])
def test_a_column_beside_a_fact_is_a_note_wherever_it_stands(header):
    facts = [(str(n), *fact) for n, fact in enumerate(FACTS)]
    rows = parse_rows(table([header, "subject", "predicate", "object"], facts))
    assert triples(rows) == FACTS and bool(rows.told) == (header == "query")
    ((name, texts),) = rows.notes.items()
    assert texts == ["0", "1", "2"] and name not in ("", "key", "query", "value")
    named_so = "column 1" if header in ("", "query", "value") else header.lower()
    assert name == named_so


def test_values_are_read_by_name_and_not_by_place():
    assert triples(parse_rows("value,key,query\ntea,Ann,likes\n", format="triples")) == FACTS[:1]
    assert triples(parse_rows("answer,key,query\ntea,Ann,likes\n", format="triples")) == FACTS[:1]
    faults = sentence("value,key,query\ntea,Ann\ntea,,likes\n")
    assert faults == (
        "f.csv:2: found 2 cells, expected 3: value, key, query\n"
        "f.csv:3: found an empty key, expected a label"
    )


UNSURE = {
    "subject,relation,value": (0, 1, 2),
    "person,relation,friend": (0, 1, 2),
    "subject,does,object": (0, 1, 2),
    "value,name,property": (1, 2, 0),
    "source,target,type": (0, 2, 1),
    "entity,attribute,value,value_type": (0, 1, 2),
    "entity,attribute,value,unit": (0, 1, 2),
    "s,p,o,g": (0, 1, 2),
    "subject_id,subject_label,predicate_id,object_id": (0, 2, 3),
}


@pytest.mark.parametrize("header", UNSURE)
def test_where_names_leave_a_doubt_it_is_told_in_one_sentence(header):
    names, columns = header.split(","), UNSURE[header]
    facts = [[f"{name} {n}" for name in names] for n in range(2)]
    rows = parse_rows(table(names, facts), "f.csv")
    assert triples(rows) == [tuple(fact[n] for n in columns) for fact in facts]
    key, query, value = (repr(names[n]) for n in columns)
    assert rows.told == (
        f"f.csv: read as triples, key {key}, query {query}, value {value} "
        "(--format wide reads one row a key"
        f"{', --no-header reads the first line as a fact' if len(names) == 3 else ''})",
    )
    wide = parse_rows(table(names, facts), format="wide")
    assert (wide.queries, wide.told) == (tuple(names[1:]), ())


WIDE = ["name,capital,currency", "country,continent,capital", "name,h,r,t", "student,subject,grade",
        "from,to,type,distance", "entity,value", "source,target", "subject,object", ",s,p",
        "Entity,Year,Deaths", "name,relations,values", "k,r", "key,value"]  # fmt: skip


@pytest.mark.parametrize("header", UNSURE)
def test_a_doubt_about_names_is_told_where_triples_are_asked_for(header):
    names, columns = header.split(","), UNSURE[header]
    text = table(names, [[f"{name} {n}" for name in names] for n in range(2)])
    (told,) = parse_rows(text, "f.csv", format="triples").told
    assert told.startswith(f"f.csv: read as triples, key {names[columns[0]]!r}, query")
    assert "(--columns KEY,QUERY,VALUE chooses others" in told
    chosen = parse_rows(text, format="triples", columns=[names[n] for n in columns])
    assert chosen.told == () and triples(chosen) == triples(parse_rows(text))


@pytest.mark.parametrize("header", WIDE)
def test_a_wide_table_is_read_wide_without_a_word(header):
    names = header.split(",")
    facts = [[f"{name} {n}" for name in names] for n in range(3)]
    rows = parse_rows(table(names, facts))
    assert (rows.queries, rows.told) == (tuple(names[1:]), ())
    assert len(rows) == 3 * (len(names) - 1)


EITHER = ["Paris,capital_of,France", "item,price,value", "source,target,weight", "id,key,value",
          "s,p,q", "product,type,value", "country,indicator,value", "e1,r,e2", "node_1,edge,node_2",
          "Land,Hauptstadt,Wahrung", "kunci,kueri,nilai"]  # fmt: skip


@pytest.mark.parametrize("header", EITHER)
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_three_columns_that_could_be_facts_without_a_header_are_told(header, between):
    names = header.split(",")
    facts = [[f"{name} {n}" for name in names] for n in range(3)]
    text = table(names, facts, between)
    rows = parse_rows(text, "f.csv")
    assert rows.queries == tuple(names[1:]) and rows.told == (
        f"f.csv: read one row a key, the first line as a header, relations {names[1]!r} and "
        f"{names[2]!r} (--no-header if every line is a fact, --format triples if all but the first "
        "are, --format wide if not)",
    )
    assert parse_rows(text, header=False).told == parse_rows(text, format="wide").told == ()
    (told,) = parse_rows(text, header=True).told
    assert told.endswith("(--format triples if each line below the header is a fact, --format wide "
                         "if not)")  # fmt: skip


def test_numbers_under_a_word_make_it_a_columns_name():
    rows = [("Ann", "60", "x"), ("Bob", "70.5", "y"), ("Cid", "1e3", "z")]
    assert parse_rows(table(("who", "kg", "what"), rows)).told == ()
    for few in (rows[:2], [*rows, ("Dan", "?", "w")], [*rows, ("Dan", "likes", "w")]):
        assert len(parse_rows(table(("who", "kg", "what"), few)).told) == 1
    assert len(parse_rows(table(("who", "50", "what"), rows)).told) == 1


@pytest.mark.parametrize("first", ["Ann,relation,Bob", "subject,is_a,object", "red,rel,color",
                                   "object,attribute,shape"])  # fmt: skip
@pytest.mark.parametrize("format", [None, "triples"])
def test_a_fact_of_words_that_could_name_columns_is_not_lost(first, format):
    facts = [tuple(first.split(",")), ("Cid", first.split(",")[1], "Dan")]
    rows = parse_rows(table(*facts[:1], facts[1:]), format=format)
    assert triples(rows) == facts and "stands in column 2 of line 2 too" in rows.told[0]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6))
def test_any_names_find_three_columns_or_none(names):
    found = named(names)
    assert found is None or len({*found.columns} & {*range(len(names))}) == 3


# ---- a first line that is a fact --------------------------------------------------------------

BENCHMARK = [("Paris", "capital_of", "France"), ("Paris", "in", "Europe"),
             ("Rome", "capital_of", "Italy"), ("Rome", "in", "Europe")]  # fmt: skip
NO_HEADER = (
    "train.txt: read as triples without a header, as 'capital_of' stands in column 2 of line 3 too "
    "(--header if the first line names the columns; --format wide reads one row a key)"
)


@pytest.mark.parametrize("between", ["\t", ",", ";"])
@pytest.mark.parametrize("format", [None, "triples"])
def test_a_file_without_header_does_not_lose_its_first_fact(between, format):
    text = table(BENCHMARK[0], BENCHMARK[1:], between)
    rows = parse_rows(text, "train.txt", format=format)
    assert (triples(rows), list(rows.line)) == (BENCHMARK, [1, 2, 3, 4])
    assert rows.told == (NO_HEADER,)
    assert parse_rows(text, "train.txt", header=False).told == ()
    assert len(parse_rows(text, "train.txt", format="triples", header=True)) == 3


def test_a_key_that_stands_again_tells_it_too():
    facts = [("Ann", "r1", "x"), ("Ann", "r2", "y"), ("Bob", "r3", "z"), ("Bob", "r4", "w")]
    assert triples(parse_rows(table(facts[0], facts[1:]))) == facts


def test_a_word_listed_under_its_own_name_leaves_a_table_wide_and_is_told():
    rows = parse_rows("english,german,french\nbread,Brot,pain\nenglish,englisch,anglais\n", "f.csv")
    assert rows.queries == ("german", "french")
    assert rows.told == (
        "f.csv: read the first line as a header, though 'english' stands in column 1 of line 3 "
        "too (--no-header, with --format wide or triples, if it is data; --header if not)",
    )
    told = parse_rows("a,b,c,2014\na,d,e,2015\nf,b,g,2014\n", "f.csv").told
    assert told[0].startswith("f.csv: read the first line as a header, though 'b' stands in col")
    assert parse_rows("France,Europe\nItaly,Europe\n").told != ()


def test_a_table_of_addition_has_a_header():
    rows = parse_rows("+,0,1\n0,0,1\n1,1,0\n")
    assert (rows.queries, rows.told) == (("0", "1"), ())
    assert parse_rows(",0,1\n0,0,1\n1,1,1\n").told == ()


def test_triples_under_unknown_names_are_read_by_place_and_told():
    rows = parse_rows("von,nach,was\nAnn,likes,tea\n", "f.csv", format="triples")
    assert triples(rows) == FACTS[:1]
    assert rows.told == (
        "f.csv: read the first line, von,nach,was, as the header of key, query, value "
        "(--no-header if it is a fact, --header if not)",
    )
    assert parse_rows("von,nach,was\nAnn,likes,tea\n", format="triples", header=True).told == ()


def test_four_cells_without_a_header_are_a_fact_and_a_note():
    rows = parse_rows("Ann,likes,tea,2014\nBob,likes,tea,2015\n", "f.csv", header=False)
    assert triples(rows) == FACTS[:2] and rows.notes == {"column 4": ["2014", "2015"]}
    assert rows.told == ("f.csv: kept column 4 as notes, beside the fact of each line",)


@pytest.mark.parametrize("header", ["subject,predicate,object", "name,capital,currency"])
def test_a_header_given_again_is_no_fact(header):
    text = f"{header}\nAnn,likes,tea\n{header}\nBob,has,none\n"
    fault = (
        "f.csv:3: found the header again, expected a fact (--no-header, if the first line is one)"
    )
    assert sentence(text) == fault
    rows = parse_rows(text, "f.csv", skip_bad=True)
    assert rows.skipped == (fault,) and "subject" not in rows.keys and "name" not in rows.keys


# ---- keys that repeat, and columns by choice --------------------------------------------------

DISASTERS = "Entity,Year,Deaths,Cost\nFlood,1900,10,1\nFlood,1901,20,\nFire,1900,10,3\n"


def test_several_rows_of_one_key_are_told():
    rows = parse_rows(DISASTERS, "f.csv")
    assert rows.told == (
        "f.csv: read 3 rows as 2 keys: line 3 has the key 'Flood' again (--key COLUMN[,COLUMN] "
        "chooses the key)",
    )
    three = parse_rows("who,when,what\na,1,x\na,2,y\n").told[0]
    assert three.endswith(
        "chooses the key, --format triples reads a fact a line, --no-header the first line too)"
    )


@pytest.mark.parametrize("key", ["Entity,Year", ("Entity", "year"), ' Entity ,"YEAR"'])
def test_a_key_of_several_columns(key):
    rows = parse_rows(DISASTERS, key=key)
    assert rows.told == () and rows.keys == ("Flood, 1900", "Flood, 1901", "Fire, 1900")
    assert rows.queries == ("Deaths", "Cost") and len(rows) == 5


def test_columns_that_are_relations():
    rows = parse_rows(DISASTERS, key="Year,Entity", columns="Cost")
    assert triples(rows) == [("1900, Flood", "Cost", "1"), ("1900, Fire", "Cost", "3")]
    assert rows.keys == ("1900, Flood", "1901, Flood", "1900, Fire")
    assert parse_rows("name,r,s\na,x,y\n", columns="s").queries == ("s",)
    rows = parse_rows("a,x,y\nb,x,z\n", header=False, format="wide", key="column 3")
    assert rows.keys == ("y", "z") and rows.queries == ("column 1", "column 2")
    # a key that was chosen makes any table wide; triples take their three columns by name
    assert parse_rows(table(["key", "query", "value"]), key="value").queries == ("key", "query")
    chosen = parse_rows("x,wer,was,wen\n1,Ann,likes,tea\n", format="triples", columns="wer,was,wen")
    assert triples(chosen) == FACTS[:1] and chosen.notes == {"x": ["1"]}


WRONG = {
    "key: expected different names of columns, parted by commas, found 'a,a'": {"key": "a,a"},
    "columns: expected different names of columns, parted by commas, found ''": {"columns": ""},
    "f.csv:1: found 'Month' asked for, expected one of the columns Entity, Year, Deaths, Cost": {
        "key": "Month"
    },
    "f.csv:1: found 'Year' in both, expected a column as key or as relation": {
        "key": "Year", "columns": "Cost,Year"
    },
    "f.csv:1: found no column beside the key, expected a relation": {
        "key": "Entity,Year,Deaths,Cost"
    },
    "f.csv:3: found an empty key, expected a label in Entity and Cost": {"key": "Entity,Cost"},
    "key: expected it for tables of one row a key, not for triples, found 'Year'": {
        "key": "Year", "format": "triples"
    },
    "columns: expected three columns of triples: key, query, value, found 'Year'": {
        "columns": "Year", "format": "triples"
    },
    "f.csv: expected a key column for tables only, found turtle": {
        "key": "Year", "format": "turtle"
    },
}  # fmt: skip


@pytest.mark.parametrize("expected", WRONG)
def test_columns_that_cannot_be_chosen(expected):
    assert sentence(DISASTERS, **WRONG[expected]) == expected


def test_joined_keys_are_never_one_by_accident():
    text = 'a,b,r\n"x, y",z,1\nx,"y, z",2\n'
    expected = "f.csv:3: found the key 'x, y, z' of other cells before, expected one"
    assert sentence(text, key="a,b") == expected


# ---- what is no table, and cells parted otherwise ----------------------------------------------

NO_TABLES = {
    '{"key": "Ann", "query": "likes", "value": "tea"}\n': "jsonl",
    '{"name": "Ann", "tea": 3}\n{"name": "Bob", "tea": 4}\n': "jsonl",
    '\n["Ann", "likes", "tea"]\n': "jsonl",
    '<a> <b> "x, y" .\n<c> <b> "x, z" .\n': "ntriples",
    "_:a <b> <c,d> . # a note\n": "ntriples",
    "@prefix ex: <http://x/> . ex:a ex:b ex:c, ex:d .\n": "turtle",
    "PREFIX ex: <http://x/>\nex:a ex:b ex:c, ex:d .\n": "turtle",
}


@pytest.mark.parametrize("text", NO_TABLES)
def test_another_format_under_the_name_of_a_table_is_refused(text):
    assert sentence(text) == (
        f"f.csv:1: found text of the format {NO_TABLES[text]}, expected a table (--format "
        f"{NO_TABLES[text]} reads it, --format wide or triples as a table)"
    )


@pytest.mark.parametrize("first", ["[a],r,x", "{a},r,x", "[1],r,x", "<a>,<b>,<c>.", "base a,b,c"])
def test_a_table_may_begin_with_a_bracket(first):
    assert len(parse_rows(f"key,query,value\n{first}\n")) == 1
    assert len(parse_rows(f"{first}\nb,r,x\n", header=False)) == 2


def test_names_in_a_list_are_no_fact():
    text = '["Subject", "predicate", "object"]\n["Ann", "likes", "tea"]\n'
    with pytest.raises(FactrankError, match="found the names Subject, predicate, obj"):
        parse_rows(text, "f.jsonl")
    assert triples(parse_rows(text, "f.jsonl", skip_bad=True)) == FACTS[:1]
    text = '["Ann", "likes", "tea"]\n["subject", "predicate", "object"]\n'
    assert len(parse_rows(text, "f.jsonl")) == 2


@pytest.mark.parametrize("text", ["name;size, m;weight, kg\nA;1,5;2,5\n", "n;a,b\nA;1,5\n",
                                  "name|size, m|weight\nA|1,5|2\n", "n|a;b\nA|1;5\n"])  # fmt: skip
def test_two_delimiters_as_often_are_told(text):
    other = ";" if "|" not in text else "|"
    rows = parse_rows(text, "f.csv", format="wide")
    now = "," if "," in text else ";"
    assert rows.told == (
        f"f.csv: read cells parted by {now!r}, though {other!r} stands in the first line as often "
        f"(--delimiter {other!r} parts them so, --delimiter {now!r} as now)",
    )
    assert parse_rows(text, delimiter=other, format="wide").told == ()
    assert parse_rows(text, delimiter=now, format="wide").told == ()
    assert parse_rows("name;size, m;weight\nA;1,5;2\n", format="wide").told == ()
    assert parse_rows('"name;x",size\nA,1\n').told == ()


# ---- JSON Lines, warnings, the command --------------------------------------------------


def jsonl(*objects):
    return "".join(json.dumps(it) + "\n" for it in objects)


@pytest.mark.parametrize("names", ["Subject,PREDICATE,object", "entity,attribute,value", "s,p,o"])
def test_objects_with_a_facts_names_are_facts(names):
    objects = [dict(zip(names.split(","), fact, strict=True)) for fact in FACTS]
    rows = parse_rows(jsonl(*objects), "f.jsonl")
    assert (triples(rows), rows.told) == (FACTS, ())
    found = None
    with pytest.raises(FactrankError, match=r"f\.jsonl:4: found no '.*', expected it as in the"):
        found = parse_rows(jsonl(*objects, {names.split(",")[0]: "Cid"}), "f.jsonl")
    assert found is None


def test_records_stay_records():
    text = jsonl({"item": "a", "price": "3"}, {"item": "b", "property": "p", "value": "4"})
    rows = parse_rows(text, "f.jsonl")
    assert rows.queries == ("price", "property", "value") and rows.told == ()
    years = jsonl({"e": "F", "y": 1, "d": 2}, {"e": "F", "y": 2, "d": 3})
    assert parse_rows(years, "f.jsonl").told == (
        "f.jsonl: read 2 rows as 1 key: line 2 has the key 'F' again (--key COLUMN[,COLUMN] "
        "chooses the key)",
    )
    rows = parse_rows(years, "f.jsonl", key="e,y", columns="d")
    assert triples(rows) == [("F, 1", "d", "2"), ("F, 2", "d", "3")] and rows.told == ()
    asked = "f.jsonl:1: found no 'z', expected the columns that were asked for"
    with pytest.raises(FactrankError, match=asked):
        parse_rows(years, "f.jsonl", columns="d,z")
    facts = jsonl({"subject": "a", "predicate": "r", "object": "x"})
    assert parse_rows(facts, "f.jsonl", key="subject").queries == ("predicate", "object")


def test_a_database_alone_hears_it_as_a_warning():
    with pytest.warns(UserWarning, match="read 3 rows as 2 keys") as caught:
        parse(DISASTERS)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(DISASTERS, key="Entity,Year")


def test_the_command_says_it_on_stderr_once(run, tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text(table(BENCHMARK[0], BENCHMARK[1:], "\t"), "utf-8")
    status, out, err = run("rank", path, "--json")
    assert (status, json.loads(out)["facts"], err.count("\n")) == (0, 4, 1)
    assert err.startswith(f"{path}: read as triples without a header, as 'capital_of' stands")
    assert run("rank", path, "--no-header")[2] == ""
    path = tmp_path / "f.csv"
    path.write_text(DISASTERS, "utf-8")
    status, out, err = run("rank", path, "--key", "Entity,Year", "--columns", "Deaths", "--json")
    assert (status, json.loads(out)["facts"], err) == (0, 3, "")
    status, out, err = run("audit", path, "--effort", "quick")
    assert status == 0 and "2 keys x 3 queries" in out and err.count("\n") == 1


def test_a_sentence_shows_no_control_characters():
    (told,) = parse_rows("\x1b[31m,nach\na,x\na,y\n\x1b[31m,z\n", "f.csv").told[:1]
    assert "\\x1b[31m" in told and "\x1b" not in told
