"""What other rooms say in English, and a page says again: their sentences, with holes. [ours]

These rooms speak to terminals and programs too, so their words stay as they are; a page in another
language knows them by these templates. What is not here stands there in English, marked so.
"""

from __future__ import annotations

from factrank.practice.html.tongue import mark

HEARD = (
    # how the search for the rank ended
    mark("cut by the clock after {seconds} s of search"),
    mark("interrupted: the interval reached so far"),
    mark("set-valued: P3, P5, U3 and U4 do not apply, so the interval may be wider"),
    mark("bounded by counting only, as was asked: factrank rank finds more"),
    mark("there is a fact"),
    mark("ranked once without each relation, effort {effort}"),
    mark("bounded by each relation alone and by the terms found, not ranked without each"),
    # labels
    mark("keys: {how}"),
    mark("queries: {how}"),
    mark("values: {how}"),
    mark("every pair of labels was compared; stopped after {n} comparisons"),
    mark(
        "labels in another form (case, Unicode, blanks, numbers, dates), one letter apart or made "
        "of the same words were compared, not every pair"
    ),
    mark(
        "labels in another form (case, Unicode, blanks, numbers, dates), one letter apart or made "
        "of the same words were compared, not every pair; stopped after {n} comparisons"
    ),
    mark("{n} pair alike in letters, accents, marks or words not listed: no relation takes both"),
    mark("{n} pairs alike in letters, accents, marks or words not listed: no relation takes both"),
    mark(
        "keys and values: {n} pair alike but for case, Unicode or blanks not listed, as {one} ~ "
        "{other}"
    ),
    mark(
        "keys and values: {n} pairs alike but for case, Unicode or blanks not listed, as {one} ~ "
        "{other}"
    ),
    mark("stands for no value"),
    mark("begins like a formula of a spreadsheet"),
    mark("begins or ends with a blank"),
    mark("holds a character that does not print"),
    mark("is longer than {n} characters"),
    mark("case, accents, blanks or marks"),
    mark("order of words"),
    mark("letters"),
    mark("form of a number"),
    mark("form of a date"),
    mark("key"),
    mark("query"),
    mark("value"),
    # how a table was read
    mark("{name}: kept {notes} as notes, beside the fact of each line"),
    mark("{name}: read {rows} rows as {keys} key: line {line} has the key {key} again ({how})"),
    mark("{name}: read {rows} rows as {keys} keys: line {line} has the key {key} again ({how})"),
    mark("{name}: read as triples, key {key}, query {query}, value {value} ({how})"),
    mark("--key COLUMN[,COLUMN] chooses the key"),
    mark("--key COLUMN[,COLUMN] chooses the key, --format triples reads a fact a line"),
    mark(
        "--key COLUMN[,COLUMN] chooses the key, --format triples reads a fact a line, --no-header "
        "the first line too"
    ),
    mark("--format wide reads one row a key"),
    mark("--format wide reads one row a key, --no-header reads the first line as a fact"),
    mark("--columns KEY,QUERY,VALUE chooses others"),
    mark("{name}: passed over {n} line that begins with '#' at the top, as comments"),
    mark("{name}: passed over {n} lines that begin with '#' at the top, as comments"),
    mark("{name}: has merged cells, of which only the first holds their text"),
    # layers of a plan
    mark("trained, embeddings too"),
    mark("trained, embeddings frozen"),
    mark("{what} {size}, recorded {low} to {high}"),
    mark("some pairs have several values, which no recorded table has"),
    mark("{method}: reads one answer a pair, and some pairs have several"),
    mark("{method}: at least {n} numbers, too many to build for a plan"),
    mark("{method}: expected a table of at most {most} cells, found {n}"),
    mark("{method}: expected a table of at most {most} cells, found {n} ({gb} GB)"),
    mark(
        "{method}: expected a table of at most {most} cells, found {n} ({gb} GB); gates and circle "
        "need no table"
    ),
    # beside the numbers of a recall
    mark(
        "off the facts: not counted, only pairs with a fact were asked for; recall --all-pairs "
        "asks for all {pairs}, {logits} logits"
    ),
    mark(
        "several values for a pair: recalled if all stand above all others, held at tau if each "
        "has tau / their number"
    ),
    mark("by one answer a pair at most {share} could be recalled"),
    mark("these are not the facts that the layer was made from"),
    mark("asked were the facts of {n} key, drawn at random"),
    mark("asked were the facts of {n} keys, drawn at random"),
)
