"""What other rooms say in English, and a page says again: their sentences, with holes. [ours]

These rooms speak to terminals and programs too, so their words stay as they are; a page in another
language knows them by these templates. What is not here stands there in English, marked so.
"""

from __future__ import annotations

from factrank.practice.html.tongue import mark

HEARD = (
    # how the search for the rank ended
    mark("effort {effort}: a larger one may prove more"),
    mark("effort {effort}: the largest there is"),
    mark("cut by the clock after {seconds} s of search"),
    mark("interrupted: the interval reached so far"),
    mark("set-valued: U3 does not apply, so the interval may be wider"),
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
    mark("{name}: kept the graph as a note, beside the fact of each line"),
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
    mark("--columns KEY,QUERY,VALUE chooses others, --no-header reads the first line as a fact"),
    mark("--key {name} reads records"),
    mark(
        "{name}: read as triples without a header, as {cell} stands in column {column} of line "
        "{line} too (--header if the first line names the columns; --format wide reads one row a "
        "key)"
    ),
    mark(
        "{name}: read the first line, {cells}, as the header of key, query, value (--no-header if "
        "it is a fact, --header if not)"
    ),
    mark(
        "{name}: read the first line as a header, though {cell} stands in column {column} of line "
        "{line} too (--no-header, with --format wide or triples, if it is data; --header if not)"
    ),
    mark(
        "{name}: read one row a key, the first line as a header, relations {one} and {other} "
        "({how}, --format wide if not)"
    ),
    mark(
        "{name}: read one row a key, the first line as a header, relations {relations} (--format "
        "triples --columns KEY,QUERY,VALUE if each line is a fact, --format wide if not)"
    ),
    mark(
        "{name}: read as records, key {key}, relations {relations} (the names {slots} "
        "make each object a fact, --key {key_so} says that it is none)"
    ),
    mark("--no-header if every line is a fact, --format triples if all but the first are"),
    mark("--format triples if each line below the header is a fact"),
    mark(
        "{name}: read cells parted by {one}, though {other} stands in the first line as often "
        "(--delimiter {other_so} parts them so, --delimiter {one_so} as now)"
    ),
    mark("{name}: passed over {n} line that begins with '#' at the top, as comments"),
    mark("{name}: passed over {n} lines that begin with '#' at the top, as comments"),
    mark(
        "{name}: read line {line}, though it begins with '#', as it has as many cells as the next "
        "(if it is a comment, take it out)"
    ),
    mark(
        "{name}: read quotes as they stand, as one begins a cell of line {line} and ends none (as "
        "csv reads them, they would join or part cells)"
    ),
    mark("{name}: left out the last column, empty in every line"),
    mark("{name}: left out the last {n} columns, empty in every line"),
    mark("{name}: has merged cells, of which only the first holds their text"),
    mark("{name}: read the sheet {sheet}, not {others} ({file}::SHEET names another)"),
    mark("{name}: read {n} sources as one, 1 fact"),
    mark("{name}: read {n} sources as one, 1 fact, 1 of them in more than one"),
    mark("{name}: read {n} sources as one, {facts} facts"),
    mark("{name}: read {n} sources as one, {facts} facts, {twice} of them in more than one"),
    # layers of a plan
    mark("trained, embeddings too"),
    mark("trained, embeddings frozen"),
    mark("{what} {size}, recorded {low} to {high}"),
    mark("of eight real tables of more than 1,500 facts, five needed a larger layer"),
    mark("{method}: reads one answer a pair, and some pairs have several"),
    mark("{method}: at least {n} numbers, too many to build for a plan"),
    mark("{method}: at least {n} numbers and {facts} facts, too many to build and ask for a plan"),
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
    # how a trial ended
    mark("wider value-output wins"),
    mark("narrower value-output wins"),
    mark("no difference"),
    mark("no verdict"),
    mark("every split recalls every fact: try fewer parameters"),
    mark("none beyond the luck of the seeds"),
    mark("less than {share} of the facts"),
    mark("by {share} of the facts"),
    mark("time was up after {n} of {all} splits"),
    mark("ended before {n} parameters: {how}"),
    mark(
        "try: expected to end within {budget} s, found {n} of {all} splits done then, {share} "
        "recalled at best in the next, and about {left} s left for all {layers} layers; fewer "
        "keys (--sample), --steps or --parameters take less, --budget allows more"
    ),
)
