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
# # Rank as size
#
# **How large is a database?**
# Counting its facts is the first answer, and a bad one: write every fact down twice under two names, and the count doubles while nothing new was said.
# This chapter replaces the count by the *rank* of the tensor: the least number of simple pieces it can be built from. [paper]
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** what the rank of a database is, and how to prove one: eight facts built from five pieces, one of them with a minus sign; forty-nine facts built from ten; and why no fewer than five do for the eight.
# - **You need** {doc}`01_database_tensor`.
# - **It takes** fifteen minutes to read, twenty minutes for the exercises, and a few seconds to run.
# :::
#
# ```{preview} fig-five-terms
# Eight facts as a sum of five simple pieces. Look for the minus sign.
# ```

# %%
from itertools import combinations, product

import numpy as np

from companion import ch02, pictures
from factrank import Database, rank_interval, read
from factrank.facts.families import modular_addition, random_functional
from factrank.rank import Term, exact_rank, expand, pair_terms, sums_to

# %% [markdown]
# ## Three databases of twelve facts

# %%
people = [f"person {i}" for i in range(12)]

constant = Database.from_triples((p, "planet", "Earth") for p in people)
copied = Database.from_triples(
    (p, query, f"town {i}")
    for i, p in enumerate(people[:6])
    for query in ("born_in", "native_of")
)
different = Database.from_triples(
    (p, "born_in", f"town {i}") for i, p in enumerate(people)
)

assert len(constant) == len(copied) == len(different) == 12

# %% [markdown]
# :::{admonition} Guess first: how many sentences does each of the three need?
# :class: dropdown guess
# One, six and twelve.
# :::
#
# Each has twelve facts, and you would not call them equally large.
# The first needs one sentence: *everyone lives on Earth*. The second needs six: its second relation is a copy of the first. The third needs all twelve.
# We look for a number that says 1, 6 and 12.
#
# ## Simple tensors
#
# The sentence *everyone lives on Earth* is one product: a set of keys, times a set of queries, times a value.
#
# ````{prf:definition} Simple tensor [cited]
# :label: def-simple
#
# For vectors $a$ over keys, $b$ over queries and $c$ over values, the **simple tensor** $a \otimes b \otimes c$ is the tensor with entries {cite}`kolda2009tensor`
#
# $$
# (a \otimes b \otimes c)[k, q, v] = a[k]\, b[q]\, c[v].
# $$
# ````
#
# :::{admonition} Guess first: three vectors of zeros and ones have two, three and one ones. How many ones has their simple tensor?
# :class: dropdown guess
# Six. A cell is 1 where all three vectors are.
# :::
#
# If the three vectors hold only zeros and ones, the ones of a simple tensor fill a **box**: all cells with a key from one set, a query from a second, a value from a third.
# Here is a box of two facts, *Astrid and Bernard were born in Singapore*.

# %% tags=["check-simple", "show-code"]
example = read("library:example")

def vector(labels, weights):
    return np.array([weights.get(label, 0) for label in labels])

a = vector(example.keys, {"Astrid": 1, "Bernard": 1})
b = vector(example.queries, {"born_in": 1})
c = vector(example.values, {"Singapore": 1})
box = np.einsum("k,q,v->kqv", a, b, c)

print("ones in the box:", box.sum())
assert (box <= example.tensor()).all()

# %% [markdown]
# The package keeps a simple tensor as a `Term`: three dictionaries from index to number, so that zeros cost nothing and numbers stay exact.

# %% tags=["check-term", "show-code"]
term = Term({0: 1, 1: 1}, {0: 1}, {0: 1})
ones = [cell for cell in np.ndindex(box.shape) if box[cell]]
assert expand([term]) == dict.fromkeys(ones, 1)

# %% [markdown]
# ## Rank
#
# ````{prf:definition} Rank [cited]
# :label: def-rank
#
# The **rank** of a tensor $T$ is the least number $R$ of simple tensors with sum $T$ {cite}`kolda2009tensor`:
#
# $$
# T = \sum_{r=1}^{R} a_r \otimes b_r \otimes c_r .
# $$
#
# The vectors are real unless another field is named.
# Each simple tensor in such a sum is a **term**, and the list of the terms is a **decomposition** of $T$.
# ````
#
# :::{admonition} Guess first: somebody writes a tensor down as a sum of seven simple tensors. What does that prove of its rank?
# :class: dropdown guess
# That it is at most seven. Fewer may be enough.
# :::
#
# For matrices (two vectors instead of three) this is the rank you know.
# Tables of facts were written as such sums before: the completion of knowledge bases takes a tensor of zeros and ones apart {cite}`lacroix2018canonical`, and a size of embeddings that is enough for every set of facts was derived there {cite}`kazemi2018simple`. There the terms are learned, to guess missing facts. That their least number is the size of a database, and of a layer, is the paper's proposal.
#
# For three vectors it is harder: no fast method is known that computes it in general {cite}`kolda2009tensor,landsberg2012tensors`, and numerical searches can mislead, as the warning at the end of this chapter shows.
# So this book never reports a rank as a bare number. It reports an interval, with a proof for each end.
#
# - *At most*: a decomposition, written out and added up exactly; for a few shapes of databases, a theorem instead.
# - *At least*: a theorem, with the data it needs.
#
# When the two ends meet, the rank is known.

# %% tags=["check-twelve"]
cases = {"constant": constant, "copied": copied, "different": different}
for name, db in cases.items():
    interval = rank_interval(db)
    assert sums_to(interval.terms, db)
    assert len(interval.terms) == interval.upper
    print(f"{name:10s} {len(db)} facts, {interval}")

assert [rank_interval(db).lower for db in cases.values()] == [1, 6, 12]
assert [rank_interval(db).upper for db in cases.values()] == [1, 6, 12]


# %% [markdown]
# One, six, twelve: the number we were looking for.
# That *copied* is no larger than its first relation alone is not luck.
#
# ````{prf:proposition} A copied relation costs nothing [ours]
# :label: claim-duplicate-relation
#
# Let $D'$ be $D$ with one more query $q'$, a copy of the query $q$: $M_{q'} = M_q$. Then $\operatorname{rank}(D') = \operatorname{rank}(D)$.
# ````
#
# ````{prf:proof}
# Take a decomposition of $D$ and extend each vector $b_r$ by $b_r[q'] = b_r[q]$. The sum now has slice $M_q$ at $q'$ as well, so it is $D'$: $\operatorname{rank}(D') \le \operatorname{rank}(D)$.
# Conversely, forget the entry at $q'$ in a decomposition of $D'$: what remains sums to $D$.
# ````
#
# The proof is a recipe, so we can run it. Copy a query of a database, and copy its entry in every term of a decomposition; or forget it.

# %%
def copy_query(db, q):
    more = ((k, len(db.queries), v) for k, p, v in db.facts if p == q)
    queries, facts = (*db.queries, "copy"), (*db.facts, *more)
    return Database(db.keys, queries, db.values, facts)

def copy_entry(terms, q, new):
    def longer(b):
        return b | {new: b[q]} if q in b else b
    return [Term(a, longer(b), c) for a, b, c in terms]

def forget_entry(terms, new):
    def shorter(b):
        return {p: x for p, x in b.items() if p != new}
    return [Term(a, shorter(b), c) for a, b, c in terms]


# %% tags=["check-duplicate-relation"]
for seed in range(60):
    db = random_functional(5, 3, 4, 0.7, seed)
    q = db.used("Q")[0]
    copy = copy_query(db, q)
    assert len(copy) > len(db)
    terms, longer = (rank_interval(x, "quick").terms for x in (db, copy))
    assert sums_to(copy_entry(terms, q, 3), copy)
    assert sums_to(forget_entry(longer, 3), db)


# %% [markdown]
# ## Eight facts, five terms
#
# :::{admonition} Guess first: five terms will be enough for the eight facts. Can they be made of zeros and ones alone?
# :class: dropdown guess
# No. One of the five needs a minus sign.
# :::
#
# Now the example of {doc}`01_database_tensor`. How many terms does it need?
# Eight will do, one for each fact. Six are easy: one for each query and answer, such as *Astrid and Bernard were born in Singapore*.
# But five are enough.

# %% tags=["check-five-terms", "show-code"]
def numbered(weights, labels):
    return {labels.index(label): x for label, x in weights.items()}

def say(a, b, c):
    a, b = numbered(a, example.keys), numbered(b, example.queries)
    return Term(a, b, numbered(c, example.values))

both, lives = {"born_in": 1, "lives_in": 1}, {"lives_in": 1}
five = [
    say({"Astrid": 1, "Bernard": 1}, both, {"Singapore": 1}),
    say({"Colin": 1}, both, {"Malaysia": 1}),
    say({"Astrid": 1}, lives, {"Malaysia": 1, "Singapore": -1}),
    say({"Malaysia": 1}, {"currency": 1}, {"Ringgit": 1}),
    say({"Singapore": 1}, {"currency": 1}, {"Dollar": 1}),
]
assert sums_to(five, example)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-five-terms", "caption": "The example as a sum of five simple tensors. Columns are terms, rows are slices. In term 3 a minus takes Astrid's home out of Singapore. Drawn by `pictures.draw_terms(five, example)`."}, "image": {"alt": "An equation of grids, three columns above and three below. Five of them, term 1 to term 5, are added and equal D. Terms 1 and 2 fill the same squares in born_in and lives_in. Term 3 has a minus at Astrid, Singapore and a plus at Astrid, Malaysia, in lives_in only. Terms 4 and 5 are single squares in currency."}}
_ = pictures.draw_terms(five, example)

# %% [markdown]
# Read {numref}`fig-five-terms` from left to right, first above, then below.
# Terms 1 and 2 state a rule: *people live where they were born*.
# Term 3 is the exception: *Astrid lives not in Singapore but in Malaysia*. The minus removes what the rule said too much.
# Terms 4 and 5 are the two currencies.
#
# A rule with an exception is shorter than a list. Rank is a measure that sees this.
#
# ## Why not four
#
# :::{admonition} Guess first: a sum of four simple tensors is unfolded along the keys. How large can the rank of that matrix be?
# :class: dropdown guess
# At most 4, since each simple tensor becomes a matrix of rank one.
# :::
#
# Suppose four terms summed to $D$. Unfold both sides along the keys.
# A simple tensor $a \otimes b \otimes c$ unfolds into a matrix of rank one: its row $k$ is $a[k]$ times the row of all products $b[q]\, c[v]$, which is the same for all keys.
# So $D_{(K)}$ would be a sum of four matrices of rank one, and its rank at most 4.
# But its rank is 5.
#
# You can see the 5 in the top part of {numref}`fig-unfoldings`. Suppose that some multiples of the five rows sum to zero.
# Only Bernard has a square in the column *lives_in, Singapore*, so his multiple is zero.
# Only Colin has one in *born_in, Malaysia*, only Malaysia in *currency, Ringgit*, only Singapore in *currency, Dollar*: their multiples are zero too.
# A multiple of Astrid's row is left, and her row is not zero. So hers is zero as well, and the five rows are independent.

# %% tags=["check-not-four"]
rank_of_keys = exact_rank(example.unfolding("K"))
print("rank of the key unfolding:", rank_of_keys)
assert rank_of_keys == len(five) == 5

interval = rank_interval(example)
print(interval)
assert interval.exact and interval.lower == 5


# %% [markdown]
# The function `exact_rank` is exact: it computes with integers, not with floating-point numbers.
# The argument against four works for every tensor. {doc}`03_rank_bounds` states it as {prf:ref}`claim-p1`.
#
# ## Which numbers may a term use?
#
# Term 3 has a minus sign. Could we do without?
#
# :::{admonition} Guess first: how many terms do the eight facts need if no minus is allowed?
# :class: dropdown guess
# Six, one for each pair of a query and its answer.
# :::
#
# The answer depends on what a term is allowed to be, and so rank comes in several kinds.
#
# | kind | a term may use | example |
# |---|---|---|
# | real rank | real numbers | 5 |
# | rational rank | fractions | 5 |
# | complex rank | complex numbers | 5 |
# | nonnegative rank | real numbers, none below zero | 6 |
# | Boolean rank | boxes of facts, which may overlap | 6 |
#
# Whenever the book says *rank* alone, it means the first line.
# The example has rational and complex rank 5 too: its five terms use integers only, and the rank of a matrix of integers does not change in a larger field, so the argument against four still holds.
#
# The last two kinds only add. And adding alone does not see the rule with an exception.
#
# ````{prf:proposition} Without a minus, six [ours]
# :label: claim-example-six
#
# The nonnegative rank and the Boolean rank of the example are both 6.
# ````
#
# ````{prf:proof}
# *At most 6.* One box for each of the six pairs of a query and an answer: *Astrid and Bernard, born in Singapore*, and so on. They do not overlap, so they serve for both kinds.
#
# *At least 6.* Let a sum of nonnegative terms be $D$. Where a term is positive, $D$ is positive; so each term is positive on a box that holds only facts. In the Boolean case a term is such a box by definition.
# A box of facts has only one value, since a question has only one answer.
# Now consider six facts:
# Astrid born in Singapore, Bernard lives in Singapore, Colin born in Malaysia, Astrid lives in Malaysia, and the two currencies.
# No box of facts holds two of them. With different values this is clear.
# A box with the first two would also say that Astrid lives in Singapore. A box with the next two would say that Astrid was born in Malaysia. Neither is a fact.
# So each of the six needs a box of its own.
# ````
#
# The code asks the same of every pair: does the smallest box around two of the six facts leave the database?

# %% tags=["check-example-six"]
def share_a_box(one, other, facts):
    smallest_box = product(*map(set, zip(one, other, strict=True)))
    return set(smallest_box) <= set(facts)

(A, B, C, M, S), (born, lives_in, currency) = map(range, example.shape[:2])
left_out = {(B, born), (C, lives_in)}
apart = [fact for fact in example.facts if fact[:2] not in left_out]
for pair in combinations(apart, 2):
    assert not share_a_box(*pair, example.facts)

boxes = pair_terms(example, "QV")  # one for each pair of query and value
assert len(apart) == len(boxes) == 6 and sums_to(boxes, example)
assert all(x > 0 for term in boxes for part in term for x in part.values())

# %% [markdown]
# All facts with the same query and value fill a box, and so do all with the same key and query, or key and value. So each pair count of {doc}`01_database_tensor` is a number of boxes, and this way of counting stops at 6 as well:

# %% tags=["check-counting-stops"]
print(example.pair_counts())
for pair, count in example.pair_counts().items():
    assert len(pair_terms(example, pair)) == count >= 6

# %% [markdown]
# Only a *signed* term sees that two relations nearly agree.
#
# ## Forty-nine facts, ten terms
#
# For our example the gain was small: 8 facts, rank 5. Here is a database where it is large.
# It is **addition modulo $m$**: keys and queries are the numbers $0, \dots, m-1$, and the value is their sum, as on a clock with $m$ hours:
#
# $$
# D[k, q, v] = 1 \quad\text{if}\quad v = k + q \bmod m .
# $$
#
# :::{admonition} Guess first: how many terms do the 49 facts of $m = 7$ need if no minus is allowed?
# :class: dropdown guess
# 49. No two of them share a box of facts.
# :::
#
# There are $m^2$ facts. Every pair count is $m^2$ as well: any two of the three determine the fact.
# No two facts share a box of facts, so without a minus there is no way below $m^2$ (argue as for the six facts above).

# %% tags=["check-modular-counts"]
m = 7
clock = modular_addition(m)
T = clock.tensor()
for k, q in product(range(m), repeat=2):
    assert T[k, q, (k + q) % m] == 1
print(len(clock), "facts; pair counts", clock.pair_counts())
assert set(clock.pair_counts().values()) == {m * m}
for pair in combinations(clock.facts, 2):
    assert not share_a_box(*pair, clock.facts)


# %% [markdown]
# ````{prf:proposition} Addition modulo $m$ [cited]
# :label: claim-modular-terms
#
# Addition modulo $m$ has complex rank $m$. For odd $m$ its real rank is at most $\tfrac{3m - 1}{2}$ {cite}`knuth1997taocp2`.
# ````
#
# ````{prf:proof}
# Let $\omega = e^{2 \pi i / m}$. For an integer $n$, the geometric sum $\sum_{j=0}^{m-1} \omega^{jn}$ is $m$ if $m$ divides $n$. If not, $\omega^n \neq 1$, and the sum is $(\omega^{mn} - 1) / (\omega^n - 1) = 0$. With $n = k + q - v$ this gives
#
# $$
# D[k, q, v] = \frac{1}{m} \sum_{j=0}^{m-1} \omega^{jk}\, \omega^{jq}\, \omega^{-jv} ,
# $$
#
# and each $j$ is one simple tensor.
# Fewer than $m$ cannot do. No row of the value unfolding is zero, and no two rows have a 1 in the same column, since a question has one answer. So its rank is $m$, and the argument of "Why not four" applies, over the complex numbers too.
#
# For real terms, join $j$ and $m - j$. Together they give $\tfrac{2}{m} \cos(\alpha + \beta - \gamma)$ with $\alpha = 2\pi jk/m$, $\beta = 2\pi jq/m$, $\gamma = 2\pi jv/m$.
# This is *three* simple tensors, by the trick that multiplies complex numbers with three products instead of four:
#
# $$
# \begin{aligned}
# \cos(\alpha + \beta - \gamma) ={}& \cos\alpha \cos\beta\, (\cos\gamma - \sin\gamma) \\
#  &- \sin\alpha \sin\beta\, (\cos\gamma + \sin\gamma) \\
#  &+ (\cos\alpha + \sin\alpha)(\cos\beta + \sin\beta) \sin\gamma .
# \end{aligned}
# $$
#
# With one term for $j = 0$ and three for each of the $\tfrac{m-1}{2}$ pairs, there are $1 + 3\,\tfrac{m-1}{2} = \tfrac{3m-1}{2}$ terms.
# ````
#
# For $m = 7$ this is 7 over the complex numbers and 10 over the real ones. The code uses the letters of the proof; sines are floating-point numbers, so we allow an error of $10^{-12}$.

# %%
def complex_terms(m):
    F = np.exp(2j * np.pi * np.outer(np.arange(m), np.arange(m)) / m)
    return F, F, F.conj() / m

def real_terms(m):
    ones = np.ones(m)
    parts = [(ones, ones, ones / m)]
    for j in range(1, (m + 1) // 2):
        angle = 2 * np.pi * j * np.arange(m) / m
        cos, sin, w = np.cos(angle), np.sin(angle), 2 / m
        parts += [
            (cos, cos, w * (cos - sin)),
            (sin, sin, -w * (cos + sin)),
            (cos + sin, cos + sin, w * sin),
        ]
    return [np.array(part).T for part in zip(*parts, strict=True)]


# %% tags=["check-modular-terms"]
for odd in (3, 5, 7, 9, 31):
    db = modular_addition(odd)
    # A, B, C have one row an index and one column a term
    for A, B, C in (complex_terms(odd), real_terms(odd)):
        S = np.einsum("kr,qr,vr->kqv", A, B, C)
        assert abs(S - db.tensor()).max() < 1e-12
    assert complex_terms(odd)[0].shape[1] == odd
    assert exact_rank(db.unfolding("V")) == odd
    assert real_terms(odd)[0].shape[1] == (3 * odd - 1) // 2

print("m = 31:", 31**2, "facts,", real_terms(31)[0].shape[1], "real terms")

# %% [markdown]
# 961 facts, 46 terms. The number of terms grows like $m$, the number of facts like $m^2$.
# For addition modulo 7 we have proved this interval:

# %% tags=["check-modular-interval"]
at_least = max(exact_rank(clock.unfolding(mode)) for mode in "KQV")
at_most = real_terms(m)[0].shape[1]
print(at_least, "<= rank <=", at_most)
assert (at_least, at_most) == (7, 10)

# %% [markdown]
# A theorem of Winograd {cite}`winograd1977fields` closes it: for odd $m$ the real rank is exactly $\tfrac{3m-1}{2}$, and fractions alone need $2m$ minus the number of divisors of $m$, which is 12 for $m = 7$. It is not proved here; {prf:ref}`claim-c5` states it for every $m$.
# So the five kinds of rank lie far apart:
#
# | kind | addition modulo 7 |
# |---|---|
# | real rank | 10; *at least 10* is [cited] |
# | rational rank | 12 [cited] |
# | complex rank | 7 |
# | nonnegative rank | 49 |
# | Boolean rank | 49 |
#
# This is the lesson of the chapter. **By this measure the number of facts is not the size; structure is.** Whether a layer feels it is for the experiments to say.
#
# ## A thousand facts
#
# :::{admonition} Guess first: 118 elements, 1054 facts about them, 74 different values. Which of the three numbers is the rank?
# :class: dropdown guess
# 74, the number of values. However many elements share a value, it is paid for once.
# :::
#
# And real facts? The elements table, by the same function:

# %% tags=["check-elements-size"]
elements = read("library:elements")
interval = rank_interval(elements)
print(f"{len(elements)} facts, {interval}")
print("values:", len(elements.values))
assert interval.exact and interval.lower == len(elements.values)

# %% [markdown]
# The rank is the number of *values*, however many elements share them. {prf:ref}`claim-c1`, in the next chapter, says why, and for which tables.
#
# ## A warning: three facts that nearly have rank two
#
# Why not let a computer search for the best few terms, and read off the rank? Look at three facts.
#
# :::{admonition} Guess first: two terms come as near to three facts as you like. Is the rank of these facts two?
# :class: dropdown guess
# No, it is three: no two terms give the facts exactly.
# :::

# %% tags=["check-border"]
three = np.zeros((2, 2, 2))
for fact in [(0, 0, 1), (0, 1, 0), (1, 0, 0)]:
    three[fact] = 1

def cube(u):
    return np.einsum("k,q,v->kqv", u, u, u)

assert np.linalg.matrix_rank(three.reshape(2, 4)) == 2
x, y = np.eye(2)
for n in (10, 100, 1000):
    two_terms = n * cube(x + y / n) - n * cube(x)
    error = abs(three - two_terms).max()
    print(f"n = {n:4d}: off by {error:.4f}, with a number as large as {n}")
    assert error < 1.2 / n

# %% [markdown]
# *Two* terms come as near to the three facts as you like, while their own numbers grow without limit and cancel.
# But no two terms give these facts exactly: the rank is 3. The next chapter has the tool to prove it, {prf:ref}`claim-border-rank`.
# The least number of terms that come as near as one likes is called the *border rank* {cite}`desilva2008illposed`. Here it is 2: the unfoldings of the three facts have rank 2, and so no matrix near enough to one of them has rank 1.
# A numerical search would print a tiny error and a wrong rank.
# This is why no upper bound in this book rests on such a search: it is a sum that is checked exactly, or a theorem. And it is why a numerical result such as the 10 above is backed by an identity.
#
# ## Exercises
#
# ````{exercise} A rule and three exceptions, by hand
# :label: ex-02-towns
#
# Twenty people were born in five towns, four in each. Seventeen still live where they were born.
# One moved from town 2 to town 3, one from 3 to 4, one from 4 to 0.
# How many facts are these, with the queries *born_in* and *lives_in*? And with how few terms can they be said?
# ````

# %% tags=["exercise"]
answer = ...  # (facts, terms)
ch02.facts_and_terms(answer)

# %% [markdown]
# ````{solution-start} ex-02-towns
# :label: sol-02-towns
# :class: dropdown
# ````
#
# There are 40 facts. Five terms for the rule, one for each town: *its people were born and live there*. Three terms for the exceptions: *this person lives not there but here*. So 8 terms, where counting pairs of query and value gives 10.
# Fewer do not suffice: the key unfolding has rank 8. Draw birthplaces and homes as two columns of dots, and each kind of row as a line between them: eight lines that close no cycle are independent.

# %% tags=["solution", "check-exercise-towns"]
answer = 40, 8
ch02.facts_and_terms(answer)

towns = [i % 5 for i in range(20)]
homes = towns[:17] + [(i + 1) % 5 for i in range(17, 20)]
moved = Database.from_triples(
    (f"person {i}", query, f"town {place[i]}")
    for i in range(20)
    for query, place in (("born_in", towns), ("lives_in", homes))
)
assert len(moved) == 40 and moved.pair_counts()["QV"] == 10
terms = rank_interval(moved).terms
assert sums_to(terms, moved) and len(terms) == 8
assert exact_rank(moved.unfolding("K")) == 8

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Three terms, with the package
# :label: ex-02-terms
#
# `ch02.MOVED` holds six facts: Ann was born and lives in Rome, Cem in Paris; Bob was born in Rome and lives in Paris.
# The keys Ann, Bob, Cem have the indices 0, 1, 2, the queries *born_in*, *lives_in* 0, 1 and the values Rome, Paris 0, 1.
# Write the six facts as the sum of three `Term`s.
# ````

# %% tags=["exercise"]
answer = ...  # [Term({key: number}, {query: number}, {value: number}), ...]
ch02.rule_and_exception(answer)

# %% [markdown]
# ````{solution-start} ex-02-terms
# :label: sol-02-terms
# :class: dropdown
# ````
#
# Ann and Bob belong to Rome, Cem to Paris, under both queries. The third term takes Bob's home from Rome to Paris, with a minus sign. Without one, three terms are not enough: no box of facts holds two of the four facts *Ann lives in Rome*, *Bob was born in Rome*, *Cem was born in Paris*, *Bob lives in Paris*.

# %% tags=["solution"]
answer = [
    Term({0: 1, 1: 1}, {0: 1, 1: 1}, {0: 1}),
    Term({2: 1}, {0: 1, 1: 1}, {1: 1}),
    Term({1: 1}, {1: 1}, {0: -1, 1: 1}),
]
ch02.rule_and_exception(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: less to say, more to say it with
# :label: ex-02-forget
#
# Somebody says: *take a fact away, and the rank cannot go up.* Find a database for which it does.
# The checker takes away the *last* fact of your list. By how much can the rank go up at most?
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts ("key", "query", "value")
ch02.one_fact_less(answer)

# %% [markdown]
# ````{solution-start} ex-02-forget
# :label: sol-02-forget
# :class: dropdown
# ````
#
# Two people and two queries with a single answer: every cell says the same, and the rank is 1. Without one fact the single value slice is $\begin{pmatrix} 1 & 1 \\ 1 & 0 \end{pmatrix}$, and the rank is 2.
# It goes up by at most one: subtract the fact, which is one simple tensor.

# %% tags=["solution", "check-exercise-forget"]
answer = list(product("ab", "rs", "x"))
ch02.one_fact_less(answer)

for seed in range(60):
    db = random_functional(3, 3, 3, 0.8, seed)
    for fact in db.triples():
        rest = rank_interval(db.without_fact(*fact), "quick")
        assert rest.lower <= rank_interval(db, "quick").upper + 1

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - This book measures a database by its rank: the least number of simple pieces that add up to its tensor. The number of facts is another measure: three databases of twelve facts have rank 1, 6 and 12.
# - A rule with an exception is shorter than a list. The eight facts are five pieces if one may have a minus sign, and six if none may.
# - A rank needs two proofs: *at most* is a sum that is written out, *at least* is a theorem. A search that comes near proves nothing.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | `Term` is the simple tensor of {prf:ref}`def-simple` | `check-simple`, `check-term` |
# | twelve facts may have rank 1, 6 or 12 | `check-twelve` |
# | a copied relation costs nothing, {prf:ref}`claim-duplicate-relation` (60 random databases) | `check-duplicate-relation` |
# | the example is a sum of five terms, and not of four | `check-five-terms`, `check-not-four` |
# | without a minus it is six, {prf:ref}`claim-example-six` | `check-example-six`, `check-counting-stops` |
# | addition modulo 7: 49 facts, no two in a box of facts; real rank 7 to 10 | `check-modular-counts`, `check-modular-interval` |
# | addition modulo $m$ has $m$ complex and $(3m-1)/2$ real terms, {prf:ref}`claim-modular-terms` ($m$ = 3, 5, 7, 9, 31; error below $10^{-12}$) | `check-modular-terms` |
# | the elements table has as its rank the number of its values | `check-elements-size` |
# | two terms come near to three facts of rank 3 | `check-border` |
