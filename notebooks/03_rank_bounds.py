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
# # Bounds on the rank
#
# **How can anyone be sure of a rank?**
# No fast method for it is known {cite}`kolda2009tensor`. But the structure of a database forces it up, and allows it down. [paper]
# This chapter proves two reasons why a rank cannot be small and four ways to keep it small. Where they meet, the rank is known.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** to bound a rank from both sides: each theorem with its proof, its smallest example, its formula in a few lines of code, and a test on random databases. At the end, the exact rank of the eight facts and of the elements table.
# - **You need** {doc}`02_rank_as_size`.
# - **It takes** forty minutes to read with the proofs, fifteen without, thirty minutes for the exercises, and a few seconds to run.
# :::
#
# ```{preview} fig-ladder
# Bounds from below and bounds from above, until one number is left: the rank of the eight facts.
# ```
#
# The marks [paper], [post], [cited] and [ours] are those of {ref}`About this book <provenance-marks>`: they say where a statement comes from.
# The short names P1, U1, C1, ... are used in the package and in the {doc}`claims ledger </book/claims>`.

# %%
from fractions import Fraction
from itertools import combinations, product
from random import Random

import numpy as np
import tensorly as tl
from scipy.sparse import csgraph, csr_array

from companion import ch03, glue, pictures, say
from factrank import Database, FactrankError, rank_interval, read
from factrank.facts import families
from factrank.rank import (
    Term,
    exact_rank,
    expand,
    hub_terms,
    pair_terms,
    rank_mod,
    slice_terms,
    sums_to,
    tree_terms,
    unfolding,
)

# %% [markdown]
# ## The databases we test on
#
# :::{admonition} Guess first: a bound agrees with hundreds of random databases. Is it proved?
# :class: dropdown guess
# No. A proof holds for all databases, and a test only for those that it tried. But it finds a wrong proof, or a wrong program.
# :::
#
# A theorem is proved once. A test on random databases guards against a wrong proof and against a wrong program.
# Our databases must reach the hard cases: relations that share values, missing answers, labels in no fact, equal relations, questions with several answers.

# %%
example = read("library:example")
functional, set_valued = [example], []
for seed in range(30):
    for density in (0.25, 0.5, 1.0):
        functional.append(families.random_functional(5, 4, 4, density, seed))
        set_valued.append(families.random_facts(5, 4, 4, density / 3, seed))

functional = [db for db in functional if len(db)]
set_valued = [db for db in set_valued if not db.functional]
both = functional + set_valued
print(len(functional), "functional,", len(set_valued), "set-valued")


# %% tags=["check-family"]
def slices_of(db):
    return [db.tensor()[:, q, :] for q in range(db.shape[1])]

def repeats_a_query(db):
    return any((M == N).all() for M, N in combinations(slices_of(db), 2))

def shares_values(db):
    return db.pair_counts()["QV"] > len(db.used("V"))

assert all(db.functional for db in functional)
assert any(shares_values(db) for db in functional)
assert any(len(db.used("V")) < len(db.values) for db in functional)
assert any(len(db) < db.shape[0] * db.shape[1] for db in functional)
assert any(repeats_a_query(db) for db in functional)


# %% [markdown]
# ## At least: unfoldings
#
# :::{admonition} Guess first: four values occur in the eight facts. What does this alone say of the rank?
# :class: dropdown guess
# It is at least 4. In the value unfolding the rows of different values have their ones in different columns.
# :::
#
# ````{prf:theorem} P1, unfoldings [cited]
# :label: claim-p1
#
# The rank of a tensor is at least the rank of each of its three unfoldings.
#
# For a functional database, $\operatorname{rank} D_{(V)}$ is the number of *used values*, those that occur in some fact, and $\operatorname{rank} D_{(Q)}$ is the rank of the $|Q| \times |Q|$ matrix $G[q, q'] = \#\{k : f_q(k) = f_{q'}(k)\}$ that counts on how many keys two queries have the same answer.
# ````
#
# ````{prf:proof}
# Unfolding only moves numbers to new places, so it turns a sum into the sum of the unfolded terms.
# A simple tensor $a \otimes b \otimes c$ unfolds along the keys into the matrix $a\,(b \otimes c)^\top$: every row is a multiple of one row, so its rank is at most 1.
# Hence $R$ terms unfold into a matrix of rank at most $R$. The other modes are alike.
#
# *Values.* A column of $D_{(V)}$ is a question $(k, q)$. It has at most one 1, as a question has at most one answer. So different rows have their ones in different columns, and the rows that are not zero are independent.
#
# *Queries.* $G = D_{(Q)} D_{(Q)}^\top$. For a real matrix $M$ the product $M M^\top$ has the rank of $M$: if $M M^\top x = 0$, then $|M^\top x|^2 = x^\top M M^\top x = 0$, so $M^\top x = 0$.
# ````
#
# By hand, on the example: four values are used, so the rank is at least 4. *born_in* and *lives_in* agree on Bernard and Colin, so
#
# $$
# G = \begin{pmatrix} 3 & 2 & 0 \\ 2 & 3 & 0 \\ 0 & 0 & 2 \end{pmatrix},
# $$
#
# of rank 3. The keys give the most: 5, as we saw.
# In code, `tensorly` unfolds and numpy takes the rank; the package computes the same with integers.

# %% tags=["check-p1", "show-code"]
def unfolding_ranks(T):
    return [np.linalg.matrix_rank(tl.unfold(T, axis)) for axis in range(3)]

def gram(db):
    Q = tl.unfold(db.tensor(), 1)
    return Q @ Q.T

for db in both:
    bounds = [unfolding(db, mode).value for mode in "KQV"]
    assert bounds == unfolding_ranks(db.tensor())
    assert bounds[1] == np.linalg.matrix_rank(gram(db))
for db in functional:
    assert unfolding(db, "V").value == len(db.used("V"))

print({mode: unfolding(example, mode).value for mode in "KQV"})
print("G =", gram(example).tolist())

# %% [markdown]
# These asserts test the formulas. The theorem itself is a statement about sums of terms, so we test it on such sums: plant $R$ random terms, and look whether an unfolding ever exceeds $R$.

# %% tags=["check-p1-planted"]
rng = np.random.default_rng(0)
for R in range(1, 7):
    for _ in range(40):
        a, b, c = (rng.integers(-2, 3, size=(n, R)) for n in (5, 4, 6))
        T = np.einsum("kr,qr,vr->kqv", a, b, c)
        assert max(unfolding_ranks(T)) <= R

# %% [markdown]
# A word on computing. Large ranks are found modulo a prime, where numbers stay small.
# This can only lose: if the determinant of a square part of the matrix is not zero modulo $p$, it is not zero. So such a rank is still a proof of *at least*, and none of *at most*.
# The loss is real. The smallest 0/1 matrices that show it have three rows and determinant 2, up to the sign:

# %% tags=["check-p1-prime"]
cells = ["ar", "as", "bs", "bt", "ct", "cr"]
triangle = Database.from_triples((k, q, "yes") for k, q in cells)
M = triangle.unfolding("K")
print(M.dense(), "rank", exact_rank(M), "but modulo 2:", rank_mod(M, 2))
assert exact_rank(M) == 3 and rank_mod(M, 2) == 2

for db in both:
    for mode in "KQV":
        M = db.unfolding(mode)
        assert all(rank_mod(M, p) <= exact_rank(M) for p in (2, 3, 5, 101))

# %% [markdown]
# ## At least: substitution
#
# Unfoldings treat a tensor as a matrix. The next principle does not, and proves more. It removes one slice at the price of one term.
#
# :::{admonition} Guess first: drop a slice that is not zero, and subtract the right multiples of it from all others. By how much must the rank fall?
# :class: dropdown guess
# By one, at least. But nobody says which multiples are the right ones.
# :::
#
# ````{prf:theorem} P2, substitution [cited]
# :label: claim-p2
#
# Let $T$ have slices $T_0, T_1, \dots, T_n$ along one mode, with $T_0 \neq 0$. Then there are numbers $\lambda_1, \dots, \lambda_n$ with
#
# $$
# \operatorname{rank}(T) \;\ge\; 1 + \operatorname{rank}\bigl( T_1 - \lambda_1 T_0,\; \dots,\; T_n - \lambda_n T_0 \bigr),
# $$
#
# where the bracket is the tensor with these slices {cite}`alexeev2011tensor`.
# ````
#
# ````{prf:proof}
# Write $T = \sum_{r=1}^{R} a_r \otimes B_r$ with $R = \operatorname{rank}(T)$ and matrices $B_r = b_r \otimes c_r$. Then $T_j = \sum_r a_r[j]\, B_r$.
# As $T_0 \neq 0$, some $a_r[0]$ is not zero; let it be $a_R[0]$. Put $\lambda_j = a_R[j] / a_R[0]$. Then
#
# $$
# T_j - \lambda_j T_0 = \sum_{r=1}^{R-1} \bigl( a_r[j] - \lambda_j\, a_r[0] \bigr) B_r ,
# $$
#
# because the coefficient of $B_R$ is $a_R[j] - \lambda_j a_R[0] = 0$. So $R - 1$ terms are enough for the new tensor.
# ````
#
# The theorem does not tell the $\lambda_j$. To use it, one must show that the rest is large *whatever* they are.
# The smallest example where this pays is the one that fooled the numerical search.
#
# ````{prf:proposition} Three facts of rank three [cited]
# :label: claim-border-rank
#
# The database $\{(0,0,1),\, (0,1,0),\, (1,0,0)\}$ has rank 3, though its unfoldings have rank 2, and though tensors of rank 2 come as near to it as one likes. Its tensor is known as the *W-state*.
# ````
#
# ````{prf:proof}
# Three facts are three terms. For the lower bound, take the slices along keys
#
# $$
# T_1 = \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}, \qquad T_0 = \begin{pmatrix} 1 & 0 \\ 0 & 0 \end{pmatrix},
# $$
#
# where $T_0$ is the slice of key 1, and $T_1$ that of key 0 (the order of slices is ours to choose).
# By {prf:ref}`claim-p2` the rank is at least $1 + \operatorname{rank}(T_1 - \lambda T_0)$ for some $\lambda$. For *every* $\lambda$ the matrix $\begin{pmatrix} -\lambda & 1 \\ 1 & 0 \end{pmatrix}$ has determinant $-1$, so its rank is 2. Together: at least 3.
# Two terms that come near were shown at the end of {doc}`02_rank_as_size`.
# ````

# %% tags=["check-border-rank"]
names = ("k0", "k1"), ("q0", "q1"), ("v0", "v1")
three = Database(*names, ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
assert [unfolding(three, mode).value for mode in "KQV"] == [2, 2, 2]

def det(M):
    return M[0][0] * M[1][1] - M[0][1] * M[1][0]

T_1, T_0 = three.tensor()[0], three.tensor()[1]
assert {det(T_1 - x * T_0) for x in range(-50, 51)} == {-1}
print("unfoldings say at least 2, substitution says at least 3")


# %% [markdown]
# To test the theorem we run its proof. Plant $R$ terms, take the $\lambda_j$ from the last one with $a_r[0] \neq 0$, and see that $R - 1$ terms give the remaining tensor, in exact fractions.

# %%
def one_term_less(terms):
    last = next(t for t in reversed(terms) if t.a[0])
    lam = {j: Fraction(x, last.a[0]) for j, x in last.a.items()}
    rest = []
    for t in terms:
        if t is not last:
            a = {j: t.a[j] - lam[j] * t.a[0] for j in t.a if j != 0}
            rest.append(Term(a, t.b, t.c))
    return lam, rest

def slices_after(T, lam):
    """The entries of T_j - lam_j T_0, by (j, q, v)."""
    new = {}
    for j, q, v in product(range(1, 4), range(3), range(3)):
        new[j, q, v] = T.get((j, q, v), 0) - lam[j] * T.get((0, q, v), 0)
    return {cell: x for cell, x in new.items() if x}


# %% tags=["check-p2"]
def random_vector(n, rng):
    return {i: rng.randint(-2, 2) for i in range(n)}

rng, tried = Random(1), 0
for R in [R for R in range(1, 7) for _ in range(30)]:
    sizes = 4, 3, 3
    vectors = [[random_vector(n, rng) for n in sizes] for _ in range(R)]
    terms = [Term(*abc) for abc in vectors]
    T = expand(terms)
    if any(j == 0 for j, _, _ in T):  # the theorem asks for T_0 != 0
        lam, rest = one_term_less(terms)
        assert expand(rest) == slices_after(T, lam) and len(rest) == R - 1
        tried += 1
print(tried, "planted tensors, each with one term less")


# %% [markdown]
# ## At most: counting pairs
#
# Now the other end. An upper bound is a decomposition; a good one needs an idea for how to group the facts.
# The first idea: facts that share two of their three labels go together.
#
# :::{admonition} Guess first: six different pairs of a query and a value occur in the eight facts. What does this prove of the rank?
# :class: dropdown guess
# It is at most 6: all facts with the same pair are one term.
# :::
#
# ````{prf:theorem} U1, pair counts [paper, ours]
# :label: claim-u1
#
# $\operatorname{rank}(D)$ is at most the number of different pairs $(k, q)$ among the facts, of pairs $(q, v)$, and of pairs $(k, v)$.
# ````
#
# ````{prf:proof}
# Group the facts by their pair, say $(q, v)$. The facts of one group are $(k, q, v)$ for $k$ in some set $S$, and $1_S \otimes e_q \otimes e_v$ is one simple tensor that has a 1 on each of them and nothing else. Add up the groups.
# ````
#
# (For a functional database the count of pairs of query and value is what {prf:ref}`claim-u2` says of queries, by {prf:ref}`claim-relation-rank`; so this count is the paper's. The other two, and databases that are not functional, are ours.)
#
# By hand: the example has 6 pairs of query and value. Its terms are the six boxes of {prf:ref}`claim-example-six`.

# %% tags=["check-u1"]
def by_query_and_value(db):
    groups = {}
    for k, q, v in db.facts:
        groups.setdefault((q, v), {})[k] = 1
    return [Term(keys, {q: 1}, {v: 1}) for (q, v), keys in groups.items()]

assert len(by_query_and_value(example)) == 6
for db in both:
    assert by_query_and_value(db) == list(pair_terms(db, "QV"))
    for pair in ("KQ", "QV", "KV"):
        terms = pair_terms(db, pair)
        assert sums_to(terms, db) and len(terms) == db.pair_counts()[pair]


# %% [markdown]
# ## At most: slices of values
#
# The second idea: fix the value $v$. The facts with this value form a matrix of keys and queries, and matrices we understand.
#
# :::{admonition} Guess first: the slices of Singapore and of Malaysia have rank 2, those of the two currencies rank 1. Which bound do they give together?
# :class: dropdown guess
# At most $2 + 2 + 1 + 1 = 6$.
# :::
#
# ````{prf:theorem} U2, slices [paper, ours]
# :label: claim-u2
#
# $$
# \operatorname{rank}(D) \;\le\; \sum_{v} \operatorname{rank} D[:, :, v] .
# $$
#
# Likewise with keys or with queries in the place of values. For a functional database this is never more, with values, than a pair count of {prf:ref}`claim-u1`, nor than the number of lines in any cover of the facts by axis-parallel lines. (A *line* is the set of cells with two of the three indices fixed.)
# ````
#
# ````{prf:proof}
# $D = \sum_v D[:, :, v] \otimes e_v$, likewise in the other modes, and a matrix of rank $r$ is a sum of $r$ products of a column and a row.
#
# Take a cover by lines. A line that runs along the values has its key and query fixed, so it holds at most one fact; replace it by the line through this fact along the keys, or drop it if there is no fact. Now every line lies in one slice $D[:, :, v]$, where it is a row or a column. A matrix whose ones are covered by $s$ rows and columns has rank at most $s$. So the lines in slice $v$ are at least $\operatorname{rank} D[:, :, v]$; add up over $v$.
# The groups of {prf:ref}`claim-u1` are covers by lines.
# ````
#
# The sums over keys and over queries are the paper's bound, as public summaries of it state: $\operatorname{rank}(D)$ is at most the smaller of the two. The sum over values is ours, and so is its comparison with counts and lines.
#
# By hand: the slice of Singapore has the facts Astrid *born_in*, Bernard *born_in*, Bernard *lives_in*, and rank 2. Malaysia has rank 2 as well, the currencies 1 each: $2 + 2 + 1 + 1 = 6$.
#
# The best cover by lines is found slice by slice. By König's theorem the fewest lines that cover the facts of a slice are as many as a largest matching, a set of facts of which no two share a key or a query.

# %% tags=["check-u2"]
def slice_bound(db):
    slices = np.moveaxis(db.tensor(), 2, 0)
    return sum(np.linalg.matrix_rank(M) for M in slices)

def fewest_lines(db):
    lines = 0
    for M in np.moveaxis(db.tensor(), 2, 0):
        matching = csgraph.maximum_bipartite_matching(csr_array(M))
        lines += (matching >= 0).sum()
    return lines

for db in both:
    terms = slice_terms(db)
    assert sums_to(terms, db) and len(terms) == slice_bound(db)
for db in functional:
    assert slice_bound(db) <= fewest_lines(db)
    assert fewest_lines(db) <= min(db.pair_counts().values())

print(slice_bound(example), "by slices;", fewest_lines(example), "lines")


# %% [markdown]
# ## At most: a hub
#
# The third idea joins facts with different values, at the price of a minus sign. Relations may share one value as their *hub*. Say "everyone is at the hub", once for all relations; then correct the others.
#
# :::{admonition} Guess first: is it shorter to say that *everyone is in Singapore*, and to correct it for some?
# :class: dropdown guess
# For the eight facts, yes: five terms, where slices take six.
# :::
#
# ````{prf:theorem} U3, hubs [ours]
# :label: claim-u3
#
# In a functional database choose for each relation with some fact a hub $h_q \in \operatorname{range} f_q$. For a value $h$ let $N_h$ be the matrix of keys and queries with $N_h[k, q] = 1$ if $h_q = h$ and $f_q(k)$ is defined, else 0. Then
#
# $$
# \operatorname{rank}(D) \;\le\; \sum_q \bigl( |\operatorname{range} f_q| - 1 \bigr) + \sum_h \operatorname{rank} N_h .
# $$
#
# Here $q$ runs over the relations with some fact, and $h$ over the hubs. If these relations have the same domain, the second sum is the number of different hubs; at best, it is the least number of values that hits every range.
# ````
#
# ````{prf:proof}
# For each relation with some fact
#
# $$
# M_q = \sum_{v \neq h_q} 1[f_q = v] \otimes (e_v - e_{h_q}) \;+\; 1_{\operatorname{dom} f_q} \otimes e_{h_q} .
# $$
#
# Check a row $k$: if $f_q(k) = v \neq h_q$, it is $(e_v - e_{h_q}) + e_{h_q} = e_v$; if $f_q(k) = h_q$, it is $e_{h_q}$; if $f_q(k)$ is undefined, it is 0.
# The first sum has $|\operatorname{range} f_q| - 1$ terms, each simple once we multiply by $e_q$.
# The last parts of all relations together are $\sum_q 1_{\operatorname{dom} f_q} \otimes e_q \otimes e_{h_q} = \sum_h N_h \otimes e_h$, which takes $\sum_h \operatorname{rank} N_h$ terms.
# With one common domain the nonzero columns of $N_h$ are equal, so its rank is 1.
# ````
#
# By hand: let Singapore be the hub of *born_in* and of *lives_in*, which have the same domain, and Ringgit that of *currency*. Then $1 + 1 + 1$ for the corrections, and $1 + 1$ for the two hubs: five.

# %%
def hub_bound(db, hub):
    """The bound for one choice of hubs, a value for each query."""
    D = db.tensor()
    corrections = sum(np.linalg.matrix_rank(D[:, q, :]) - 1 for q in hub)
    N = {h: np.zeros(D.shape[:2]) for h in hub.values()}
    for q, h in hub.items():
        N[h][:, q] = D[:, q, :].sum(axis=1)
    return corrections + sum(map(np.linalg.matrix_rank, N.values()))

born_in, lives_in, currency = range(3)
Singapore, Malaysia, Ringgit, Dollar = range(4)
hubs = {born_in: Singapore, lives_in: Singapore, currency: Ringgit}
print("example, with these hubs:", hub_bound(example, hubs))
assert hub_bound(example, hubs) == 5


# %% [markdown]
# The package chooses hubs greedily, the value in most ranges first. The bound holds for any choice, so we try them all.

# %% tags=["check-u3"]
def range_of(db, q):
    return {v for _, p, v in db.facts if p == q}

def every_choice(db):
    queries = db.used("Q")
    for hubs in product(*(range_of(db, q) for q in queries)):
        yield dict(zip(queries, hubs, strict=True))

best = 0
for db in functional:
    bounds = [hub_bound(db, hub) for hub in every_choice(db)]
    terms = hub_terms(db)
    assert sums_to(terms, db) and len(terms) in bounds
    assert max(unfolding_ranks(db.tensor())) <= min(bounds)
    best += len(terms) == min(bounds)

assert len(hub_terms(example)) == 5
print("greedy hubs are best in", best, "of", len(functional), "databases")


# %% [markdown]
# Where all questions have answers, we compare with the least number of values that hits every range:

# %% tags=["check-u3-common-domain"]
def least_hitting_set(ranges):
    values = set().union(*ranges)
    for n in range(1, len(values) + 1):
        for S in map(set, combinations(values, n)):
            if all(S & r for r in ranges):
                return n

for seed in range(25):
    db = families.random_functional(5, 4, 4, 1.0, seed)
    ranges = [range_of(db, q) for q in range(4)]
    best = min(hub_bound(db, hub) for hub in every_choice(db))
    corrections = sum(len(r) - 1 for r in ranges)
    assert best == corrections + least_hitting_set(ranges)


# %% [markdown]
# ## At most: relations that nearly agree
#
# The fourth idea is the rule with exceptions of {numref}`fig-five-terms`: write a relation as another one plus a difference.
# How much does a difference cost? Look at it as a graph.
#
# :::{admonition} Guess first: *born_in* takes two terms. How many more does *lives_in* take, if Astrid alone has moved?
# :class: dropdown guess
# One. The difference of the two relations is a matrix of rank 1.
# :::
#
# ````{prf:theorem} U4, spanning tree [ours]
# :label: claim-u4
#
# For two slices $M_i, M_j$ of one mode let $w(i, j) := \operatorname{rank}(M_j - M_i)$, and let 0 stand for a slice without facts, so that $w(0, j) = \operatorname{rank} M_j$. Then the rank of $D$ is at most the weight of a minimum spanning tree on 0 and the slices: the relations, or the keys, or the values.
#
# In a functional database the weights can be counted. For two relations $p, q$ draw a graph on the values and one more vertex, *ground*: for each key $k$ where they differ, an edge between $f_p(k)$ and $f_q(k)$, an undefined value being ground. Then $w(p, q)$ is the number of edges in a spanning forest of this graph, and $w(0, q) = |\operatorname{range} f_q|$. The same holds with keys in the place of relations.
# ````
#
# ````{prf:proof}
# *Tree.* Root the tree at 0, with $M_0 = 0$. A slice is the sum of the differences along its path: $M_q = \sum (M_j - M_i)$ over the edges $i \to j$ from 0 down to $q$. The edge $i \to j$ serves exactly the slices below it. So
#
# $$
# D = \sum_{i \to j} (M_j - M_i) \otimes \sum_{q \text{ below } j} e_q ,
# $$
#
# where $\otimes$ puts the second factor in the place of that mode, and the edge takes $w(i, j)$ simple terms. Nothing here asks how many answers a question has.
#
# *Weights.* Let the database be functional. With $e_{\text{ground}} = 0$, row $k$ of $M_q - M_p$ is $e_{f_q(k)} - e_{f_p(k)}$. These are the rows of the oriented incidence matrix of the graph, with the column of ground deleted.
# Around a cycle the rows sum to zero with the right signs, so the edges of a spanning forest span all rows. They are independent: a forest has a leaf, even one that is not ground, and only one row has an entry in its column; remove it and go on.
# For keys, exchange the roles of $k$ and $q$: the row $q$ of $D[k] - D[k']$ is $e_{f_q(k)} - e_{f_q(k')}$.
# ````
#
# By hand: *born_in* costs 2 and *currency* costs 2, from 0. From *born_in* to *lives_in* only Astrid moves: one edge, Singapore to Malaysia. $2 + 1 + 2 = 5$.

# %% tags=["check-u4"]
def w(M, N):
    return np.linalg.matrix_rank(M - N)

def tree_bound(slices):
    """Prim's algorithm: from zero on, always the cheapest next slice."""
    tree, rest, weight = [0 * slices[0]], list(slices), 0
    while rest:
        steps = [(w(M, N), j) for j, M in enumerate(rest) for N in tree]
        step, j = min(steps)
        weight += step
        tree.append(rest.pop(j))
    return weight

for db in functional + set_valued:
    for axis, mode in enumerate("KQV"):
        slices = list(np.moveaxis(db.tensor(), axis, 0))
        terms = tree_terms(db, mode)
        assert sums_to(terms, db) and len(terms) == tree_bound(slices)

print("example:", tree_bound(slices_of(example)), "by relations,", end=" ")
print(tree_bound(list(example.tensor())), "by keys")


# %% [markdown]
# And the weights in functional databases, counted in the graph instead of the matrix: vertices minus connected pieces.

# %% tags=["check-u4-forest"]
def forest_size(M, N):
    ground = M.shape[1]

    def ends(X):
        return np.where(X.any(axis=1), X.argmax(axis=1), ground)

    edges = np.ones(len(M)), (ends(M), ends(N))
    graph = csr_array(edges, shape=(ground + 1, ground + 1))
    pieces, _ = csgraph.connected_components(graph, directed=False)
    return ground + 1 - pieces

for db in functional:
    for M, N in combinations(slices_of(db), 2):
        assert forest_size(M, N) == w(M, N)

# %% [markdown]
# Two relations that differ nearly everywhere gain nothing that way. But it is enough that they go together on a few keys.
#
# ````{prf:proposition} U4 part by part [ours]
# :label: claim-u4-parts
#
# Let $D$ be functional. A *column* is a pair $(q, v)$ of a relation and one of its answers; with one term for each, $D$ has at most as many as there are columns ({prf:ref}`claim-u1`). For two relations $p \ne q$ draw an edge between $(p, f_p(k))$ and $(q, f_q(k))$ for each key $k$ that has both. Take a connected component, none of whose keys has one of the two relations alone, and in it a value $x$ at $p$ and a value $y$ at $q$, where $x = y$, or $(p, y)$ and $(q, x)$ are columns outside of the component. Then it saves a term: $\operatorname{rank}(D)$ is at most the number of columns less one.
#
# Components, also of other pairs of relations, save one term each if no two have a common column and the columns $(p, y)$ and $(q, x)$ of each lie outside of all of them.
# ````
#
# ````{prf:proof}
# Let $X$ and $Y$ be the values of the component at $p$ and at $q$, and $A$ its keys. For $k$ in $A$
#
# $$
# \begin{aligned}
# e_p \otimes e_{f_p(k)} + e_q \otimes e_{f_q(k)} ={}& e_p \otimes (e_{f_p(k)} - e_x) + e_q \otimes (e_{f_q(k)} - e_y) \\
# &+ (e_p + e_q) \otimes (e_x + e_y) - e_p \otimes e_y - e_q \otimes e_x .
# \end{aligned}
# $$
#
# Sum over $A$, each with $e_k$ in front. The first line is $|X| - 1$ terms at $p$ and $|Y| - 1$ at $q$, those with $f_p(k) = x$ and $f_q(k) = y$ being zero. The second line is one term more, and what is taken away in the columns $(p, y)$ and $(q, x)$ joins the terms that these have already. If $x = y$, the second line is $(e_p + e_q) \otimes e_x$ alone. So the component costs $|X| + |Y| - 1$ terms, one less than it has columns.
# ````
#
# Four facts show it: $k$ answers *r* with $x$ and *s* with $y$; $a$ answers *r* with $y$, and $b$ answers *s* with $x$. U2, U3 and U4 need four terms. The component of $k$ saves one.

# %% tags=["check-u4-parts"]
crossed = [("k", "r", "x"), ("k", "s", "y"), ("a", "r", "y"), ("b", "s", "x")]
crossed = Database.from_triples(crossed)
sides = crossed.keys, crossed.queries, crossed.values
unit = {it: row for some in sides for it, row in zip(some, np.eye(len(some)), strict=True)}
linked = [
    (unit["k"], unit["r"] + unit["s"], unit["x"] + unit["y"]),
    (unit["a"] - unit["k"], unit["r"], unit["y"]),
    (unit["b"] - unit["k"], unit["s"], unit["x"]),
]
summed = sum(np.einsum("i,j,l->ijl", *term) for term in linked)
assert (summed == crossed.tensor()).all()
others = [len(terms(crossed)) for terms in (slice_terms, hub_terms, tree_terms)]
assert min(others) == 4 and unfolding(crossed, "K").value == 3
print(f"U2, U3, U4: {others}; part by part {len(linked)}; rank exactly 3")


# %% [markdown]
# ## When the ends meet
#
# A lower and an upper bound that agree prove a rank.
# Let us call the best of P1 and the best of U1 to U4 the *elementary* interval.

# %%
def elementary(db):
    found = [pair_terms(db, pair) for pair in ("KQ", "QV", "KV")]
    found.append(slice_terms(db))
    found += [tree_terms(db, mode) for mode in "QKV"]
    if db.functional:
        found.append(hub_terms(db))
    lower = max(unfolding(db, mode).value for mode in "KQV")
    return lower, min(map(len, found))

assert elementary(example) == (5, 5)


# %% [markdown]
# For some shapes of databases the two ends agree, whatever the facts.
#
# :::{admonition} Guess first: each column of a table has words of its own, and each cell holds one word. What is its rank?
# :class: dropdown guess
# The number of different words, however many rows it has.
# :::
#
# ````{prf:theorem} C2, boxes [ours]
# :label: claim-c2
#
# Let the database be functional, and let the slice $D[:, :, v]$ of every used value have rank 1. Then $\operatorname{rank}(D)$ is the number of used values.
# ````
#
# ````{prf:proof}
# At least: {prf:ref}`claim-p1`, values. At most: {prf:ref}`claim-u2`, with 1 for each used value.
# ````
#
# ````{prf:corollary} C1, disjoint ranges [ours]
# :label: claim-c1
#
# Relations have **disjoint ranges** if no two of them share a value. A functional database with such relations has
#
# $$
# \operatorname{rank}(D) = \sum_q |\operatorname{range} f_q| = \text{the number of used values},
# $$
#
# however many facts there are.
# ````
#
# ````{prf:proof}
# The slice $D[:, :, v]$ has ones only in the column of the single query that uses $v$, so its rank is 1, and {prf:ref}`claim-c2` applies. Each used value lies in exactly one range.
# ````
#
# Many an ordinary table is of this kind: a column of dates, a column of towns, a column of names.
# A small example: two people with a town and a year each. Four facts; if they share the town but not the year, three values and rank 3.

# %% tags=["check-c1"]
def typed(db):
    triples = ((k, q, f"{q} {v}") for k, q, v in db.triples())
    return Database.from_triples(triples)

for db in functional:
    size = sum(len(range_of(db, q)) for q in db.used("Q"))
    assert elementary(typed(db)) == (size, size)
    assert size == len(typed(db).used("V"))


# %% tags=["check-c2"]
def boxes(seed):
    """Throw boxes on the questions; keep those that meet no earlier one."""
    rng, taken = Random(seed), {}
    for v in range(8):
        keys = rng.sample(range(6), rng.randint(1, 3))
        box = list(product(keys, rng.sample(range(5), rng.randint(1, 3))))
        if not any(cell in taken for cell in box):
            taken |= dict.fromkeys(box, v)
    return Database.from_triples(
        (f"k{k}", f"q{q}", f"v{v}") for (k, q), v in taken.items()
    )

boxed = [boxes(seed) for seed in range(60)]
for db in boxed:
    size = len(db.used("V"))
    assert elementary(db) == (size, size)
assert any(db.pair_counts()["QV"] > len(db.used("V")) for db in boxed)


# %% [markdown]
# The last line says that C2 is more than C1: in some of these databases several relations use the same value.
# The next closed form is the opposite extreme. Every relation may take every value, and all combinations occur.
#
# ````{prf:theorem} C3, the full grid [ours]
# :label: claim-c3
#
# Let a functional database, of at least one query and one value, have exactly one key for each way to give every query one of the values: $|V|^{|Q|}$ keys in all. Then $\operatorname{rank}(D) = |Q|\,(|V| - 1) + 1$.
# ````
#
# ````{prf:proof}
# At most: {prf:ref}`claim-u3` with one hub for all relations, which have the same domain.
#
# At least: {prf:ref}`claim-p1`, keys. The rows of $D_{(K)}$ are all $(e_{v_1}, \dots, e_{v_{|Q|}})$, a unit vector for each query. Start at the row with the value $h$ everywhere. Changing the value of one query to $v \neq h$ and subtracting shows that $e_v - e_h$ at this query, and 0 at the others, is in the span of the rows. These are $|Q|(|V| - 1)$ independent vectors. In each of them the entries at every query sum to 0, and in a row they sum to 1; so any row adds one more.
# ````
#
# By hand: $|Q| = 1$ gives $|V|$, the identity matrix. $|Q| = |V| = 2$ gives four keys, eight facts and rank 3.

# %% tags=["check-c3"]
def full_grid(n_queries, n_values):
    return Database.from_triples(
        (str(answers), f"q{q}", f"v{v}")
        for answers in product(range(n_values), repeat=n_queries)
        for q, v in enumerate(answers)
    )

for n_queries, n_values in product(range(1, 5), range(1, 4)):
    db = full_grid(n_queries, n_values)
    size = n_queries * (n_values - 1) + 1
    assert db.facts == families.full_grid(n_values, n_queries).facts
    assert elementary(db) == (size, size)

# %% [markdown]
# ## What *functional* is for
#
# :::{admonition} Guess first: one question has two answers. Which rank have these two facts?
# :class: dropdown guess
# 1: together they fill a box. So the number of used values, 2, is no lower bound here.
# :::
#
# The second parts of P1 and U2 ask for a functional database, and so do U3, C1 and C2. One question with two answers shows why.
# It is one question, but U2 needs two slices. It has two used values, but rank 1, and so P1, C1 and C2 would be wrong. U3 refuses it. U4 does not: the two slices of its values are equal, so their difference costs nothing.

# %% tags=["check-set-valued"]
two_answers = Database.from_triples(
    ("Astrid", "lives_in", place) for place in ("Malaysia", "Singapore")
)
assert two_answers.pair_counts()["KQ"] == 1
assert slice_bound(two_answers) == len(two_answers.used("V")) == 2
interval = rank_interval(two_answers)
assert interval.lower == interval.upper == 1

assert len(tree_terms(two_answers, "V")) == 1
try:
    hub_terms(two_answers)
except FactrankError as refusal:
    say(str(refusal), 70)
else:
    raise AssertionError("U3 needs a functional database")

# %% [markdown]
# ## The example, exactly
#
# :::{admonition} Guess first: nine bounds of this chapter speak of the eight facts. How many of them are 5?
# :class: dropdown guess
# Three: the key unfolding from below, a hub and a tree from above.
# :::
#
# ````{prf:theorem} The eight facts have rank five [ours]
# :label: claim-example-five
#
# The rank of the opening example is exactly 5.
# ````
#
# ````{prf:proof}
# At least: its key unfolding has rank 5, {prf:ref}`claim-p1`.
# At most: the five terms of {numref}`fig-five-terms`. {prf:ref}`claim-u3` and {prf:ref}`claim-u4` also give five.
# ````

# %% tags=["check-example-five"]
lower = {f"P1 {mode}": unfolding(example, mode).value for mode in "KQV"}
upper = {f"U1 {pair}": n for pair, n in example.pair_counts().items()}
upper["U2"] = len(slice_terms(example))
upper["U3"] = len(hub_terms(example))
upper["U4"] = len(tree_terms(example))

assert max(lower.values()) == min(upper.values()) == 5
assert rank_interval(example).lower == rank_interval(example).upper == 5

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-ladder", "caption": "The bounds of this chapter on the rank of the eight facts. Triangles point to where the rank may lie. The shaded line is the one number that is left, 5. Drawn by `pictures.draw_ladder(lower, upper)`."}, "image": {"width": "560px", "alt": "A chart with nine rows. The lower bounds P1 by keys, queries and values are 5, 3, 4. The upper bounds U1 by keys and queries, queries and values, keys and values are 8, 6, 6; U2 by slices is 6; U3 by a hub and U4 by a tree are 5. Five is shaded."}}
WORDS = {"K": "keys", "Q": "queries", "V": "values"}
WORDS |= {"U2": "slices", "U3": "hub", "U4": "tree"}

def spelled(bounds):
    """U1 KQ is called U1: keys, queries."""
    for name, value in bounds.items():
        bound, _, modes = name.partition(" ")
        words = ", ".join(WORDS[it] for it in modes or [bound])
        yield f"{bound}: {words}", value

_ = pictures.draw_ladder(dict(spelled(lower)), dict(spelled(upper)))

# %% [markdown]
# ## A real table, exactly

# %% tags=["check-elements"]
elements = read("library:elements")
ranges = [range_of(elements, q) for q in elements.used("Q")]

assert elements.functional
assert all(not (r & s) for r, s in combinations(ranges, 2))

interval = rank_interval(elements)
assert interval.lower == interval.upper == len(elements.values)
assert elementary(elements) == (interval.lower, interval.upper)
assert len(elements.values) == sum(map(len, ranges))
assert sums_to(interval.terms, elements)

glue("elements_facts", len(elements), display=False)
glue("elements_rank", interval.lower, display=False)
print(f"{len(elements)} facts, {interval}")

# %% [markdown]
# ````{prf:theorem} The elements table [ours]
# :label: claim-elements
#
# The table of chemical elements in the library, with {glue:text}`elements_facts` facts, has rank exactly {glue:text}`elements_rank`: the number of its values.
# ````
#
# ````{prf:proof}
# The cell above checks the two conditions of {prf:ref}`claim-c1`: each question has at most one answer, and the relations have disjoint ranges.
# ````
#
# :::{admonition} Guess first: ten times as many elements, with the same values. By how much does the rank grow?
# :class: dropdown guess
# Not at all. The rank is the number of values.
# :::
#
# So the size of this table is the size of its vocabulary. Ten times as many elements with the same values would not make it larger.

# %% tags=["check-elements-tenfold"]
tenfold = Database.from_triples(
    (f"{key} {n}", query, value)
    for n in range(10)
    for key, query, value in elements.triples()
)
print(len(tenfold), "facts,", rank_interval(tenfold))
assert elementary(tenfold) == (interval.lower, interval.upper)


# %% [markdown]
# ## Against the truth
#
# Bounds that agree with each other could still be wrong together. On the smallest tensors we can compare with the truth.
# The real rank of every $2 \times 2 \times 2$ tensor is known {cite}`desilva2008illposed`. If some unfolding has rank at most 1, the rank is the largest unfolding rank. Otherwise the sign of a polynomial, Cayley's hyperdeterminant, decides: positive, 2; negative or zero, 3.
#
# :::{admonition} Guess first: two keys, two queries and two values allow 255 databases. For how many of them is the true rank outside of the interval?
# :class: dropdown guess
# For none. But ten of the 80 functional ones keep an open interval.
# :::

# %%
def true_rank(T):
    ranks = unfolding_ranks(T)
    (a, b), (c, d) = T[0]
    (e, f), (g, h) = T[1]
    hyperdeterminant = (a * h - b * g + d * e - c * f) ** 2
    hyperdeterminant -= 4 * (a * d - b * c) * (e * h - f * g)
    if min(ranks) < 2:
        return max(ranks)
    return 2 if hyperdeterminant > 0 else 3


# %% tags=["check-truth"]
cells = list(product(range(2), repeat=3))
some = [facts for n in range(1, 9) for facts in combinations(cells, n)]
tiny = [Database(*names, facts) for facts in some]
for db in tiny:
    lower, upper = elementary(db)
    assert lower <= true_rank(db.tensor()) <= upper

one_answer = [db for db in tiny if db.functional]
still_open = [db for db in one_answer if len(set(elementary(db))) == 2]
print(len(tiny), "databases,", len(one_answer), "functional,", end=" ")
print(len(still_open), "of these with an open elementary interval")
kinds = sorted((len(db), true_rank(db.tensor())) for db in still_open)
assert kinds == [(3, 3)] * 8 + [(4, 2)] * 2

def exchanged(db):
    """All databases that it becomes when modes exchange their labels."""
    return {
        frozenset((k ^ a, q ^ b, v ^ c) for k, q, v in db.facts)
        for a, b, c in product(range(2), repeat=3)
    }

known = exchanged(three) | exchanged(families.modular_addition(2))
assert {frozenset(db.facts) for db in still_open} == known

# %% [markdown]
# All 255 nonempty databases of two keys, two queries and two values have the truth in their interval.
# Among the functional ones only ten elementary intervals are open. Eight have three facts and rank 3: they are the database of {prf:ref}`claim-border-rank`, with labels exchanged. Two have four facts and rank 2: addition modulo 2, for which the terms of {prf:ref}`claim-modular-terms` are real, as the roots of unity are 1 and $-1$.
# So both ends can be at fault. The lower end misses substitution, the upper end misses Fourier.
#
# For addition modulo 7 the upper end is far off. {prf:ref}`claim-modular-terms` has ten terms, and the elementary bounds do not find them:

# %% tags=["check-clock"]
lower, upper = elementary(families.modular_addition(7))
print(lower, "<= rank <=", upper)
assert lower < 10 < upper

# %% [markdown]
# ## How far apart are the ends?
#
# **The criterion, before the picture.** We call the elementary bounds *sufficient* at a density if they close the interval for at least 10 of 12 random databases.
# The density is the probability that a question has an answer. Answers are drawn independently and uniformly, from one set of values for all relations: the hard case, with no structure to find.
#
# :::{admonition} Guess first: how many of 60 such databases will these bounds close?
# :class: dropdown guess
# Nine: seven and two of twelve at the two lowest densities, and none at the others.
# :::

# %% tags=["check-gaps"]
groups = {}
for density in (0.1, 0.2, 0.4, 0.6, 1.0):
    cases = []
    for seed in range(12):
        db = families.random_functional(12, 5, 8, density, seed)
        lower, upper = elementary(db)
        assert lower <= upper <= len(db)
        cases.append((lower, upper, len(db)))
    groups[f"density {density}"] = cases

sufficient = []
for name, cases in groups.items():
    gaps = [high - low for low, high, _ in cases]
    closed = gaps.count(0)
    print(f"{name}: {closed:2d} of 12 closed, largest gap {max(gaps)}")
    if closed >= 10:
        sufficient.append(name)
print("sufficient at:", ", ".join(sufficient) or "no density")
assert not sufficient
assert all(2 * high <= n for _, high, n in groups["density 1.0"])

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-gaps", "caption": "Elementary intervals of 60 random functional databases with 12 keys, 5 queries and 8 values; seeds 0 to 11 at each density, all shown. Drawn by `pictures.draw_intervals(groups)`."}, "image": {"alt": "Five groups of twelve intervals, from sparse to full databases. Sparse ones are mostly closed dots. Dense ones are open bars, well below the grey ticks that mark the number of facts."}}
_ = pictures.draw_intervals(groups)

# %% [markdown]
# The criterion is missed at every density, and more so where more questions have answers.
# The bounds say something: at density 1 every upper end in {numref}`fig-gaps` is at most half the number of facts. But on facts without structure, elementary bounds mostly do not settle the rank.
# On tables with structure they can, as the elements show. Two roads lead on: stronger lower bounds from {prf:ref}`claim-p2`, and searches for shorter decompositions. {doc}`04_certified_rank` takes both.
#
# ## Exercises
#
# ````{exercise} Three facts, by hand
# :label: ex-03-three
#
# Give three databases, each with three facts and one query: one of rank 1, one of rank 2, one of rank 3. Prove each.
# ````

# %% tags=["exercise"]
answer = ...  # three lists of facts ("key", "query", "value")
ch03.three_facts(answer)

# %% [markdown]
# ````{solution-start} ex-03-three
# :label: sol-03-three
# :class: dropdown
# ````
#
# With one query the tensor is the matrix $M_q$, and $\operatorname{rank} M_q$ is the number of answers by {prf:ref}`claim-relation-rank`. So let three keys have one, two or three different answers.
# With more queries there is a less obvious way to rank 3: {prf:ref}`claim-border-rank`.

# %% tags=["solution"]
answer = [
    [("a", "r", x), ("b", "r", y), ("c", "r", z)]
    for x, y, z in ("xxx", "xxy", "xyz")
]
ch03.three_facts(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Labels of their own, by hand
# :label: ex-03-rename
#
# Somebody renames the values of a table so that every query has labels of its own: *Singapore* becomes *birthplace Singapore* and *home Singapore*. Can the rank go down?
# By how much does it go up for the eight facts?
# ````

# %% tags=["exercise"]
answer = ...  # a whole number
ch03.own_words(answer)

# %% [markdown]
# ````{solution-start} ex-03-rename
# :label: sol-03-rename
# :class: dropdown
# ````
#
# It cannot go down. Mapping the new labels back to the old is a linear map on the value mode, and it takes a decomposition of the new tensor to one of the old with as many terms.
# The example has 6 pairs of query and value, so after renaming its rank is 6 by {prf:ref}`claim-c1`, and it was 5.

# %% tags=["solution", "check-exercise-rename"]
answer = 6 - 5
ch03.own_words(answer)
assert elementary(typed(example)) == (6, 6)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: a hub that costs
# :label: ex-03-hub
#
# On the example, hubs (U3) give 5 terms and value slices (U2) give 6. Somebody says: *hubs are never worse.*
# Find a functional database for which U3 needs more terms than U2.
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts ("key", "query", "value")
ch03.hubs_lose(answer)

# %% [markdown]
# ````{solution-start} ex-03-hub
# :label: sol-03-hub
# :class: dropdown
# ````
#
# Take two values that are boxes: a and b answer x to both queries, c answers y to both. U2 needs one term for each box.
# U3 pays $|\operatorname{range} f_q| - 1 = 1$ for *each* query, and one for the hub.

# %% tags=["solution"]
answer = [(k, q, v) for k, v in ("ax", "bx", "cy") for q in "rs"]
ch03.hubs_lose(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: beyond the unfoldings
# :label: ex-03-beyond
#
# {prf:ref}`claim-border-rank` has three facts, rank 3 and unfoldings of rank 2. Find a database with four facts or more whose rank is larger than the rank of each unfolding.
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts ("key", "query", "value")
ch03.beyond_unfoldings(answer)

# %% [markdown]
# ````{solution-start} ex-03-beyond
# :label: sol-03-beyond
# :class: dropdown
# ````
#
# Put a fact with labels of its own beside the three. Each unfolding gains one, so they have rank 3.
# The rank gains one too: remove the slice of the new key by {prf:ref}`claim-p2`, and restrict to the old labels. There the slice was zero, so nothing has changed, and $\operatorname{rank} \ge 1 + 3$.

# %% tags=["solution"]
answer = [*three.triples(), ("k2", "q2", "v2")]
ch03.beyond_unfoldings(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - The rank of each unfolding is a lower bound. Substitution proves more: three facts whose unfoldings have rank 2 have rank 3.
# - Pairs, slices, hubs and trees are four ways to write the facts as few pieces. Each is an upper bound.
# - Where the two ends meet, the rank is known: 5 for the eight facts, 74 for the elements. On random facts without structure the ends mostly stay apart.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | the random databases reach the hard cases | `check-family` |
# | P1 unfoldings, {prf:ref}`claim-p1`: formulas; planted sums; prime fields | `check-p1`, `check-p1-planted`, `check-p1-prime` |
# | P2 substitution, {prf:ref}`claim-p2` | `check-p2` |
# | three facts of rank 3, {prf:ref}`claim-border-rank` | `check-border-rank` |
# | U1 pair counts, {prf:ref}`claim-u1` | `check-u1` |
# | U2 value slices, {prf:ref}`claim-u2` | `check-u2` |
# | U3 hubs, {prf:ref}`claim-u3` | `check-u3`, `check-u3-common-domain` |
# | U4 spanning tree, {prf:ref}`claim-u4`; part by part, {prf:ref}`claim-u4-parts` | `check-u4`, `check-u4-forest`, `check-u4-parts` |
# | C1, C2, C3: {prf:ref}`claim-c1`, {prf:ref}`claim-c2`, {prf:ref}`claim-c3` | `check-c1`, `check-c2`, `check-c3` |
# | what fails with two answers to a question; U3 refuses it | `check-set-valued` |
# | the example is exactly 5, {prf:ref}`claim-example-five` | `check-example-five` |
# | the elements table, {prf:ref}`claim-elements` | `check-elements`, `check-elements-tenfold` |
# | intervals hold the true rank of all 255 databases with two keys, queries and values | `check-truth` |
# | for addition modulo 7 the elementary interval stays open on both sides of 10 | `check-clock` |
# | on 60 random databases the ends stay apart: the criterion is missed at every density | `check-gaps` |
