"""Headers by words that no format has: how each is read, and none in silence."""

from __future__ import annotations

import json

import pytest

from factrank.facts.reading.headers import asked_and_said
from factrank.facts.reading.read import parse_rows

SURE = """
key,query,value s,p,o subject,predicate,object subject,relation,object head,relation,tail
entity,property,value item,attribute,value subject,verb,object from,relation,to
source,relation,target source,edge,target
"""
BY_NAMES = """
city,query,answer city,query,value city,property,value city,relation,answer key,query,answer
id,attribute,value entity,relation,answer subject,property,value subject,relation,answer
subject,predicate,answer subject,relation,target prompt,relation,answer question,relation,answer
concept1,relation,concept2 parent,relation,child gene,relation,disease node,property,value
resource,property,value title,attribute,value
city,question,answer country,question,answer person,question,answer name,question,answer
id,question,answer key,question,answer subject,question,answer student,question,answer
"""
WIDE = """
city,fact,answer city,attribute,answer city,prompt,completion id,question,response name,field,value
name,field,content item,aspect,opinion entity,slot,filler entity,field,data question,type,answer
country,indicator,value country,variable,value product,feature,value item,key,value x,r,y
id,city,query,answer city,query,answer,source subject,relation,answer,source
id,city,question,answer city,question,answer,split country,year,indicator,value
country,indicator,value,year subject,predicate,answer,confidence name,relation,friend,since
id,entity,slot,filler,date
"""
FACTS = [("Paris", "country", "France"), ("Rome", "country", "Italy"), ("Paris", "river", "Seine")]


def rows_under(header, keys=("Paris", "Rome", "Oslo"), **options):
    names = header.split(",")
    facts = [[key, "country", "France", *"xyz"[: len(names) - 3]] for key in keys]
    return parse_rows("".join(",".join(row) + "\n" for row in [names, *facts]), "f.csv", **options)


@pytest.mark.parametrize("header", SURE.split())
def test_words_that_belong_together_are_facts_without_a_word(header):
    rows = rows_under(header)
    assert (rows.queries, len(rows), rows.told) == (("country",), 3, ())


@pytest.mark.parametrize("header", BY_NAMES.split())
def test_words_that_tell_the_columns_are_facts_and_told(header):
    rows = rows_under(header)
    key, query, value = header.split(",")
    assert (rows.queries, rows.values, len(rows)) == (("country",), ("France",), 3)
    assert rows.told == (
        f"f.csv: read as triples, key {key!r}, query {query!r}, value {value!r} (--format wide "
        "reads one row a key, --no-header reads the first line as a fact)",
    )
    assert rows_under(header, format="wide").told == ()


@pytest.mark.parametrize("header", WIDE.split())
@pytest.mark.parametrize("keys", [("Paris", "Rome", "Oslo"), ("Paris", "Paris", "Rome", "Rome")])
def test_words_that_leave_it_open_are_a_table_and_told(header, keys):
    rows = rows_under(header, keys)
    assert rows.queries == tuple(header.split(",")[1:])
    assert sum("--format triples" in told for told in rows.told) == 1
    if len(rows.queries) > 2:
        chosen = rows_under(header, keys, format="triples", columns=header.split(",")[:3])
        assert (chosen.queries, chosen.told) == (("country",), ())


@pytest.mark.parametrize(
    "header",
    ["name,capital,currency", "country,year,gdp,population", "student,subject,grade",
     "id,first_name,last_name,email", "player,club,age,value", "name,feature,size,weight"],
)  # fmt: skip
def test_a_table_of_other_words_is_read_without_a_word(header):
    assert rows_under(header).told == ()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize(
    "header", ["City,Question,Answer", " city , question,answer", "市,問い,答え"]
)
def test_question_and_answer_are_found_in_any_order(header, order):
    table = [header.split(","), *FACTS]
    rows = parse_rows("\ufeff" + "".join(",".join(row[n] for n in order) + "\n" for row in table))
    assert [row[:3] for row in rows] == FACTS and len(rows.told) == 1


def test_a_fact_about_a_question_is_not_lost():
    text = "Ann,question,answer\nBob,question,reply\n"
    rows = parse_rows(text, "f.csv")
    assert len(rows) == 2 and "stands in column 2 of line 2 too" in rows.told[0]
    assert asked_and_said(["question", "answer"]) is None
    assert asked_and_said(["question", "question", "answer"]) is None


def test_what_was_told_is_not_asked_again():
    text = "city,question,answer\nOslo,country,Norway\n"
    assert parse_rows(text, columns="question,answer").queries == ("question", "answer")
    assert len(parse_rows(text, header=False)) == 2
    (told,) = parse_rows(text, "f.csv", header=True).told
    assert told.endswith("value 'answer' (--format wide reads one row a key)")


@pytest.mark.parametrize("many", [json.dumps, lambda them: "\n".join(map(json.dumps, them))])
def test_records_of_such_names_are_told(many):
    records = [{"city": key, "question": query, "answer": value} for key, query, value in FACTS]
    name = "f.json" if many is json.dumps else "f.jsonl"
    rows = parse_rows(many(records), name)
    assert rows.queries == ("question", "answer") and rows.told[-1] == (
        f"{name}: read as records, key 'city', relations 'question', 'answer' (the names 'key', "
        "'query', 'value' make each object a fact, --key city says that it is none)"
    )
    assert not any(
        "as records" in told for told in parse_rows(many(records), name, key="city").told
    )
    plain = [{"city": "Paris", "country": "France", "river": "Seine"}]
    assert parse_rows(many(plain), name).told == ()


def test_a_frame_is_read_as_its_file_is():
    pandas = pytest.importorskip("pandas")
    from factrank.facts.frames import from_frame

    frame = pandas.DataFrame(FACTS, columns=["city", "question", "answer"])
    with pytest.warns(UserWarning, match="read as triples, key 'city', query 'question'"):
        assert {*from_frame(frame).triples()} == {*FACTS}
