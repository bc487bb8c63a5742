"""Chapter 1, the database tensor."""

from __future__ import annotations

from companion.exercises import exercise, require, shown
from companion.exercises._kinds import FACTS, WHOLE, WORD, require_functional, several
from factrank.facts.database import MODES, Database
from factrank.facts.reading.read import read
from factrank.rank.algebra.exact import rank

ROWS = {"K": "keys", "Q": "queries", "V": "values"}


@exercise(several(WHOLE, 2, "two whole numbers (ones, zeros)"), 2, "easy")
def ones_and_zeros(answer: tuple[int, int]) -> str:
    """The ones and zeros of a full functional D with 10 keys, 4 queries and 7 values.

    >>> ones_and_zeros((280, 0))
    Not yet: 280 is the number of cells of D; most of them hold no fact.
    """
    ones, zeros = answer
    cells = 10 * 4 * 7
    require(ones != cells, f"{cells} is the number of cells of D; most of them hold no fact.")
    require(answer != (240, 40), "these are the two numbers, the other way round.")
    require(ones >= 40, f"with {ones} ones, not every one of the 10 · 4 questions has an answer.")
    require(ones == 40, f"with {ones} ones, some question has two answers: not functional.")
    require(ones + zeros == cells, f"ones and zeros are {ones + zeros}, and D has {cells} cells.")
    return "one for each question, whatever |V| is; only the zeros depend on |V|."


@exercise(several(WORD, 2, "two words (query, value)"), 3, "easy")
def crowded_column(answer: tuple[str, str]) -> str:
    """A column (q, v) of the example's key unfolding with two filled squares.

    >>> crowded_column(("likes", "Singapore"))
    Not yet: 'likes' is no query of the eight facts.
    """
    query, value = answer
    example = read("library:example")
    require(query in example.queries, f"{shown(query)} is no query of the eight facts.")
    require(value in example.values, f"{shown(value)} is no value of the eight facts.")
    keys = [k for k, q, v in example.triples() if (q, v) == answer]
    told = f"only {keys[0]}" if keys else "no key"
    require(len(keys) > 1, f"{told} has a square in the column ({query}, {value}).")
    return f"{' and '.join(keys)} give the same answer. A question has one answer, an answer many."


@exercise(several(WORD, 3, "one fact, three words (key, query, value)"), 3, "medium")
def one_block(answer: tuple[str, str, str]) -> str:
    """One fact that joins the two blocks of the example.

    >>> one_block(("Colin", "born_in", "Malaysia"))
    Not yet: Colin born_in Malaysia is one of the eight facts.
    """
    example = read("library:example")
    require(answer not in set(example.triples()), f"{' '.join(answer)} is one of the eight facts.")
    more = example.with_fact(*answer)
    blocks = len(more.blocks())
    strange = [
        f"{word} is none of the {ROWS[mode]}"
        for mode, word in zip(MODES, answer, strict=True)
        if word not in example.labels(mode)
    ]
    seen = f", for {' and '.join(strange)}" if strange else ""
    require(blocks == 1, f"there are {blocks} blocks now: the fact lies in one of them{seen}.")
    return "the new fact shares a label with each block, in the mode where that block has it."


@exercise(FACTS, 7, "hard")
def most_rows_not_most_rank(answer: Database) -> str:
    """A functional database whose longest mode has not the largest unfolding rank.

    >>> most_rows_not_most_rank([("a", "r", "x"), ("a", "r", "y")])
    Not yet: a r has the values x and y: not functional.
    """
    require_functional(answer)
    rows = {mode: len(answer.used(mode)) for mode in MODES}
    ranks = {mode: rank(answer.unfolding(mode)) for mode in MODES}
    longest = [mode for mode in MODES if rows[mode] == max(rows.values())]
    named = " and ".join(ROWS[mode] for mode in longest)
    require(len(longest) == 1, f"{named} are equally many: no unfolding has the most rows.")
    mode = longest[0]
    told = f"the {rows[mode]} {named} have an unfolding of rank {ranks[mode]}"
    require(ranks[mode] < max(ranks.values()), f"{told}, and no other has a larger one.")
    best = max(MODES, key=ranks.__getitem__)
    return f"{told}, the {rows[best]} {ROWS[best]} one of rank {ranks[best]}."
