# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The database tensor
#
# **How do facts become numbers?**
# A fact is a short sentence: *Astrid was born in Singapore*.
# This chapter turns a table of such facts into an array of zeros and ones, and loses nothing.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** to turn a table of facts into an array of zeros and ones, and to read its slices and its three unfoldings: eight facts first, then 118 chemical elements.
# - **You need** Python and matrices. No tensors yet.
# - **It takes** ten minutes to read, fifteen minutes for the exercises, and a few seconds to run.
# :::
#
# ```{preview} fig-slices
# Eight facts as ones in three grids, one grid for each query. By the end of this chapter you read such a picture at a glance.
# ```

# %%
import numpy as np
import tensorly as tl

from companion import ch01, pictures, scratch
from factrank import Database, FactrankError, read
from factrank.facts.families import random_functional

# %% [markdown]
# ## Eight facts
#
# Three people were born somewhere and live somewhere. Two places have a currency. [post]

# %%
facts = [
    ("Astrid",    "born_in",  "Singapore"),
    ("Bernard",   "born_in",  "Singapore"),
    ("Colin",     "born_in",  "Malaysia"),
    ("Astrid",    "lives_in", "Malaysia"),
    ("Bernard",   "lives_in", "Singapore"),
    ("Colin",     "lives_in", "Malaysia"),
    ("Malaysia",  "currency", "Ringgit"),
    ("Singapore", "currency", "Dollar"),
]

# %% [markdown]
# Each fact has three places, always in this order: a **key** (whom we ask about), a **query** (what we ask), a **value** (the answer).
# Elsewhere they are called subject, relation and object, or row, column and cell.
# A key and a query together ask a question.
#
# The three places are the **modes**. What stands in them, such as *Astrid* or *born_in*, is a **label**.
#
# ````{prf:definition} Database [post]
# :label: def-database
#
# Let $K$, $Q$ and $V$ be finite sets: keys, queries and values.
# A **database** is a set of facts $(k, q, v)$ with $k \in K$, $q \in Q$, $v \in V$.
# ````
#
# :::{admonition} Guess first: the list is read backwards, and three facts are said twice. Is that another database?
# :class: dropdown guess
# No. A database is a set: neither order nor repetition counts.
# :::
#
# A database is a *set*. The order of the facts does not matter, and saying a fact twice does not make it two facts.

# %% tags=["check-set"]
example = Database.from_triples(facts)
same = Database.from_triples(facts[::-1] + facts[:3])

print("shape |K|, |Q|, |V| =", example.shape)
print("facts               =", len(example))
assert same.digest() == example.digest()

# %% [markdown]
# Singapore appears twice here: as a value (Astrid was born there) and as a key (it has a currency).
# Each mode numbers its labels apart, so this makes no difficulty: key *Singapore* and value *Singapore* have nothing to do with each other in what follows.
#
# ## One array of zeros and ones
#
# A list of three indices is an address. So a fact is an address in an array with three sides, and we write a 1 there. An array with three sides is called a **tensor**.
#
# ````{prf:definition} Database tensor [post]
# :label: def-tensor
#
# The tensor of a database is the array $D$ of size $|K| \times |Q| \times |V|$ with
#
# $$
# D[k, q, v] = \begin{cases} 1 & \text{if } (k, q, v) \text{ is a fact,} \\ 0 & \text{if not.} \end{cases}
# $$
# ````
#
# :::{admonition} Guess first: there are 5 keys, 3 queries and 4 values. How many cells has the tensor of the eight facts, and how many ones?
# :class: dropdown guess
# $5 \cdot 3 \cdot 4 = 60$ cells, and eight ones, one for each fact.
# :::
#
# Here it is, written as the definition says it.
# The package's function gives the same array.
# And nothing is lost: the places of the ones are the facts.

# %% tags=["check-tensor", "show-code"]
D = np.zeros(example.shape, dtype=int)
for key, query, value in facts:
    k = example.keys.index(key)
    q = example.queries.index(query)
    v = example.values.index(value)
    D[k, q, v] = 1

assert (D == example.tensor()).all()
assert list(zip(*map(list, D.nonzero()), strict=True)) == list(example.facts)

# %% [markdown]
# A tensor is hard to draw, but its **slices** are easy: fix the query, and what remains is a matrix $M_q = D[:, q, :]$ with a row for each key and a column for each value.
# Fixing a key or a value gives slices as well, $D[k, :, :]$ and $D[:, :, v]$.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-slices", "caption": "The tensor of the eight facts, cut into one slice for each query. Each filled square is a fact. Here and in every picture of the book the names of keys are blue, of queries brown, of values green. Drawn by `pictures.draw_slices(example)`."}, "image": {"width": "440px", "alt": "Three grids side by side, born_in, lives_in and currency. Rows are Astrid, Bernard, Colin, Malaysia, Singapore; columns are Singapore, Malaysia, Ringgit, Dollar. Eight squares are filled, one for each fact."}}
_ = pictures.draw_slices(example)

# %% [markdown]
# Look along the rows of {numref}`fig-slices`. No row of any slice has two filled squares.
# This is what it means that a question has one answer.
#
# ## One answer, or several
#
# ````{prf:definition} Functional database [post]
# :label: def-functional
#
# A **question** is a pair $(k, q)$ of a key and a query. A database is **functional** if each question has at most one value, its *answer*.
# Then each query $q$ makes a partial function $f_q$ from keys to values, its **relation**; "partial" means that $f_q(k)$ is undefined where the question has no answer.
# The keys that have an answer are the domain of $f_q$, $\operatorname{dom} f_q$, and the different answers are its range, $\operatorname{range} f_q$.
# A database that is not functional is **set-valued**.
# ````

# %% tags=["check-functional"]
two_homes = example.with_fact("Astrid", "lives_in", "Singapore")

assert example.functional
assert not two_homes.functional
assert len(two_homes) == 9 and len(example) == 8
assert (D.sum(axis=2) <= 1).all()


# %% [markdown]
# `with_fact` returned a *new* database; the old one still has its eight facts.
# The package reads both kinds. Some theorems hold only for functional databases, and they say so.
#
# :::{admonition} Guess first: three people, two places of birth. Which rank has the slice of *born_in*?
# :class: dropdown guess
# 2, the number of different answers.
# :::
#
# What does a slice of a functional database look like to linear algebra? It is as simple as can be.
#
# ````{prf:proposition} Rank of a slice [post]
# :label: claim-relation-rank
#
# In a functional database, $\operatorname{rank} M_q = |\operatorname{range} f_q|$: the number of different answers to the query.
# ````
#
# ````{prf:proof}
# Row $k$ of $M_q$ is the unit vector of $f_q(k)$, or zero where $f_q$ is not defined.
# So the nonzero rows are unit vectors, one kind for each value in the range.
# Different unit vectors are independent.
# ````
#
# By hand: *born_in* has answers Singapore and Malaysia, so its slice has rank 2.
# Three facts, two independent rows. Now on the example and on random databases:

# %% tags=["check-relation-rank"]
def number_of_answers(db, q):
    return len({v for _, p, v in db.facts if p == q})

databases = [
    random_functional(6, 4, 5, density, seed)
    for density in (0.3, 0.6, 1.0)
    for seed in range(30)
]
for db in [example, *databases]:
    assert db.functional
    for q in range(db.shape[1]):
        M_q = db.tensor()[:, q, :]
        assert np.linalg.matrix_rank(M_q) == number_of_answers(db, q)

answers = [number_of_answers(example, q) for q in range(3)]
print(1 + len(databases), "databases; answers in the example:", answers)

# %% [markdown]
# "Functional" cannot be left out. The smallest failure is one question with two answers: one row with two ones has rank 1, but two values occur in it.

# %% tags=["check-relation-rank-limit"]
two_answers = Database.from_triples(
    ("Astrid", "lives_in", place) for place in ("Malaysia", "Singapore")
)
assert np.linalg.matrix_rank(two_answers.tensor()[:, 0, :]) == 1
assert number_of_answers(two_answers, 0) == 2

# %% [markdown]
# ## Unfoldings
#
# Another way to see a tensor is to lay its slices out flat, side by side. There are three ways to do it, one for each mode.
#
# ````{prf:definition} Unfolding [cited]
# :label: def-unfolding
#
# The **unfolding** of $D$ along a mode is a matrix {cite}`kolda2009tensor`. It has one row for each index of that mode, and one column for each *pair* of indices of the other two modes:
#
# $$
# \begin{aligned}
# D_{(K)}[k, (q, v)] &= D[k, q, v], \\
# D_{(Q)}[q, (k, v)] &= D[k, q, v], \\
# D_{(V)}[v, (k, q)] &= D[k, q, v].
# \end{aligned}
# $$
#
# The pair keeps the order $k, q, v$, and its later index runs fastest.
# ````

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-unfoldings", "caption": "The same eight facts unfolded along keys, queries and values. A square keeps the colour of its query. Names above a group are those of the slower index, names below those of the faster one. Drawn by `pictures.draw_unfoldings(example)`."}, "image": {"alt": "Three wide matrices one below the other, each with eight filled squares. The key unfolding has 5 rows and 12 columns, the query unfolding 3 rows and 20 columns, the value unfolding 4 rows and 15 columns."}}
_ = pictures.draw_unfoldings(example)


# %% [markdown]
# Follow one colour through {numref}`fig-unfoldings`: the facts are the same, only their places change.
# In numpy an unfolding is a `moveaxis` and a `reshape`. The package and `tensorly` give the same matrix, column by column.

# %% tags=["check-unfolding"]
def unfold(T, axis):
    return np.moveaxis(T, axis, 0).reshape(T.shape[axis], -1)

for db in [example, two_homes, *databases]:
    T = db.tensor()
    for axis, mode in enumerate("KQV"):
        assert (unfold(T, axis) == db.unfolding(mode).dense()).all()
        assert (unfold(T, axis) == tl.unfold(T, axis)).all()

# %% [markdown]
# :::{admonition} Guess first: can the three unfoldings of one tensor have three different ranks?
# :class: dropdown guess
# Yes. Those of the eight facts have 5, 3 and 4.
# :::
#
# A matrix has one rank: as many independent rows as columns. A tensor has three unfoldings, and their ranks may all differ.

# %% tags=["check-three-ranks"]
ranks = [int(np.linalg.matrix_rank(unfold(D, axis))) for axis in range(3)]
print("ranks of the three unfoldings:", ranks)
assert ranks == [5, 3, 4]

# %% [markdown]
# Three numbers, and nothing says yet which of them is *the* size of the database, or whether one is. That is the question of the next chapter.
#
# ## Counting
#
# Some numbers need no linear algebra at all. They will return as bounds.
#
# :::{admonition} Guess first: how many different pairs of a query and a value occur in the eight facts?
# :class: dropdown guess
# Six: each of the three queries has two different answers.
# :::

# %% tags=["check-counts"]
count = {
    "KQ": len({(k, q) for k, q, v in facts}),
    "QV": len({(q, v) for k, q, v in facts}),
    "KV": len({(k, v) for k, q, v in facts}),
}
print(count)
assert count == example.pair_counts()
assert count["KQ"] == len(example)

# %% [markdown]
# In a functional database the pairs $(k, q)$ are as many as the facts. The pairs $(q, v)$ are the answers counted query by query: $2 + 2 + 2 = 6$.
# The pairs $(k, v)$ are also 6: Bernard and Colin each have one place for two questions.
#
# A database can also fall apart. Two facts are *linked* if they share a key, a query or a value; what hangs together is a **block**.

# %% tags=["check-blocks"]
for block in example.blocks():
    print(len(block), "facts:", ", ".join(block.queries))

def labels_of(block, mode):
    return {block.labels(mode)[i] for i in block.used(mode)}

for db in [example, *databases]:
    blocks = db.blocks()
    assert sum(len(b) for b in blocks) == len(db)
    for mode in "KQV":
        shared_out = sum(len(labels_of(b, mode)) for b in blocks)
        assert shared_out == len(db.used(mode))

# %% [markdown]
# People and their places are one block, places and their money another.
# *Singapore* does not link them: it is a value in the first and a key in the second.
#
# ## A real table
#
# The same reading applies to any table: one row a key, one column a query, one cell a fact.
# The library has the 118 chemical elements with their period, group, phase and so on.
#
# :::{admonition} Guess first: how many percent of the cells of such a tensor are ones?
# :class: dropdown guess
# About 1 percent, as the next cell counts. Each question has at most one answer among all the values, so nearly all of a tensor of facts is zero.
# :::

# %% tags=["check-elements"]
elements = read("library:elements")
n_keys, n_queries, n_values = elements.shape

print(n_keys, "keys,", n_queries, "queries,", n_values, "values")
print(len(elements), "facts")
print("queries:", *elements.queries[:5], "...")
share = len(elements) / (n_keys * n_queries * n_values)
print(f"filled cells of D: {100 * share:.1f} %")
print("questions without an answer:", n_keys * n_queries - len(elements))
assert elements.functional
assert elements.pair_counts()["QV"] == n_values

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-elements", "caption": "All facts of the elements table. A row is an element, a column is a value, a mark is a fact; columns stand in groups, one group for each query. Drawn by `pictures.draw_table(elements)`."}, "image": {"alt": "A wide chart with 118 rows, one for each element from hydrogen to oganesson. Columns are grouped by query. Periods form long diagonal steps, groups form repeating short diagonals."}}
_ = pictures.draw_table(elements)

# %% [markdown]
# The periodic table is visible in {numref}`fig-elements`: the period climbs in steps, and the group repeats.
# Each group of columns belongs to one query alone: *period 1* is an answer to no other query. The last `assert` above says the same in numbers: as many pairs of query and value as values.
# Chapter {doc}`03_rank_bounds` turns this sight into an exact number.
#
# ## Your own facts
#
# A file of facts comes in one of two shapes. **Triples**: three columns named key, query and value, one fact a line.
# A **wide table**: the first column is the key, every other column is a query, an empty cell is a missing fact.
#
# :::{admonition} Guess first: *London* stands in two columns, as a place of birth and as a home. Is that one value or two?
# :class: dropdown guess
# One. Equal text is the same value, whatever column it stands in.
# :::

# %% tags=["check-read"]
triples = """key,query,value
Ada,born_in,London
Ada,lives_in,London
Ada,field,mathematics
Emmy,field,mathematics
"""
wide = """name,born_in,lives_in,field
Ada,London,London,mathematics
Emmy,,,mathematics
"""

with scratch() as folder:
    first, second = folder / "triples.csv", folder / "wide.csv"
    _ = first.write_text(triples)
    _ = second.write_text(wide)
    assert read(first).digest() == read(second).digest()
    assert read(second).values == ("London", "mathematics")
    for fact in read(second).triples():
        print(*fact)

# %% [markdown]
# The same four facts, in two files. Equal text is the same value, whatever column it stands in: *London* is one value.
# When a file is wrong, the message says where, what the rule is, and what was found.

# %% tags=["check-read-fault"]
with scratch() as folder:
    file = folder / "triples.csv"
    _ = file.write_text(triples + "Emmy,born_in,\n")
    try:
        read(file)
    except FactrankError as fault:
        print(str(fault).replace(f"{folder}/", ""))
    else:
        raise AssertionError("an empty value must not pass")

# %% [markdown]
# In a terminal, `factrank rank facts.csv` reads a file in the same way.
#
# ## Exercises
#
# Each exercise has a cell in which an answer is missing. Replace the `...` and run it: the checker says what is right, or what is still wrong.
# Solutions are folded away beneath.
#
# ````{exercise} Counting, by hand
# :label: ex-01-ones
#
# A functional database has 10 keys, 4 queries and 7 values, and every question has an answer.
# How many ones has $D$, and how many zeros? Which of the two depends on $|V|$?
# ````

# %% tags=["exercise"]
answer = ...  # (ones, zeros)
ch01.ones_and_zeros(answer)

# %% [markdown]
# ````{solution-start} ex-01-ones
# :label: sol-01-ones
# :class: dropdown
# ````
#
# Each pair $(k, q)$ has exactly one value, so there are $10 \cdot 4 = 40$ ones. The other cells are zeros. The number of values changes the number of *zeros* only.

# %% tags=["solution"]
answer = 10 * 4, 10 * 4 * 7 - 10 * 4
ch01.ones_and_zeros(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} A column with two squares, by hand
# :label: ex-01-column
#
# In {numref}`fig-unfoldings`, no column of the value unfolding has two filled squares. Why?
# In the key unfolding some column has. Find one, and name it by its query and value.
# ````

# %% tags=["exercise"]
answer = ...  # ("query", "value")
ch01.crowded_column(answer)

# %% [markdown]
# ````{solution-start} ex-01-column
# :label: sol-01-column
# :class: dropdown
# ````
#
# A column of $D_{(V)}$ is a pair $(k, q)$, a question. The database is functional, so the question has at most one answer.
# A column of $D_{(K)}$ is a pair $(q, v)$, and several keys may share an answer: Astrid and Bernard were both born in Singapore.

# %% tags=["solution"]
answer = "born_in", "Singapore"
ch01.crowded_column(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} One block, with the package
# :label: ex-01-block
#
# The example falls into two blocks. Add *one* fact, so that one block is left.
# Try `example.with_fact("Singapore", "continent", "Asia").blocks()` first. Why is this not enough?
# ````

# %% tags=["exercise"]
answer = ...  # ("key", "query", "value")
ch01.one_block(answer)

# %% [markdown]
# ````{solution-start} ex-01-block
# :label: sol-01-block
# :class: dropdown
# ````
#
# *Singapore* as a key belongs to the block of the currencies, and *continent* and *Asia* are new: the fact only makes that block larger.
# A fact that joins must take a label from each block, in the mode where that block has it. Let a person have a currency.

# %% tags=["solution"]
answer = "Astrid", "currency", "Dollar"
ch01.one_block(answer)
assert len(example.with_fact(*answer).blocks()) == 1

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample
# :label: ex-01-longest
#
# (★ marks the harder exercises of the book.) Somebody says: *the unfolding with the most rows has the largest rank.* It is true of the example, with its 5 keys.
# Find a functional database for which it is false: one mode has more labels than either of the others, and another mode has the larger rank.
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts ("key", "query", "value")
ch01.most_rows_not_most_rank(answer)

# %% [markdown]
# ````{solution-start} ex-01-longest
# :label: sol-01-longest
# :class: dropdown
# ````
#
# Many keys that all say the same make many equal rows, and equal rows have rank 1. Two values that differ have rank 2.

# %% tags=["solution"]
answer = [(k, q, f"{q}'s") for k in "abc" for q in "rs"]
ch01.most_rows_not_most_rank(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - A fact is an address: key, query, value. Put a 1 at each address, and the array of ones and zeros gives back every fact.
# - Where a question has at most one answer, the rank of a query's slice is the number of its different answers.
# - A tensor has three unfoldings, and their ranks may differ. For the eight facts they are 5, 3 and 4.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | a database is a set: order and repetition do not matter | `check-set` |
# | $D$ as defined is the package's `tensor()`, and its ones give back the facts | `check-tensor` |
# | the example is functional, and no longer when a second answer is added | `check-functional` |
# | rank of a slice = number of answers, {prf:ref}`claim-relation-rank` (91 databases); with two answers to a question this fails, as it should | `check-relation-rank`, `check-relation-rank-limit` |
# | unfoldings agree with numpy and tensorly (92 databases) | `check-unfolding` |
# | the example's unfoldings have ranks 5, 3, 4 | `check-three-ranks` |
# | pair counts; blocks share no key, query or value | `check-counts`, `check-blocks` |
# | the elements table is functional, and no value of it serves two queries | `check-elements` |
# | triples and wide tables are read alike; equal text is one value; a fault is named | `check-read`, `check-read-fault` |
#
# A tag such as `check-set` names a cell of this notebook; the {doc}`claims ledger </book/claims>` points at it.
