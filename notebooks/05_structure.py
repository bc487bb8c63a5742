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
# # Structure
#
# **When are many facts few?**
# A clock of 12 hours knows 144 facts of the kind "3 and 11 make 2". Their rank is 17.
# Nobody repeats a fact here, no relation copies another one, every count says 144. What makes the difference is structure, and this chapter says which, and how much.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** what structure does to rank: sums read as products of polynomials, addition modulo $m$ taken apart into waves, ranks read off the cycles of a permutation, a rank that depends on the numbers you allow, four sharper lower bounds, and why a good fit proves nothing.
# - **You need** {doc}`03_rank_bounds` and {doc}`04_certified_rank`.
# - **It takes** fifty minutes to read with the proofs, twenty without, thirty minutes for the exercises, and under half a minute to run.
# :::
#
# ```{preview} fig-growth
# Addition on a clock. The facts grow like the square of the number of hours. And the rank?
# ```
#
# Marks and short names are those of {doc}`03_rank_bounds`.

# %%
import json
from collections import Counter
from itertools import pairwise, product
from random import Random

import numpy as np
import tensorly as tl

from companion import ch05, load_bench, pictures, say
from factrank import Database, certificate, rank_interval, verify
from factrank.facts.families import (
    full_grid,
    modular_addition,
    permuted_relations,
    random_functional,
    total_functions,
)
from factrank.rank import (
    Effort,
    best_by_cases,
    best_in_turn,
    best_koszul,
    best_spanning,
    closed_sums,
    koszul,
    lifted_terms,
    pencils,
    rounded,
    search,
    spanning,
    sums_to,
    unfolding,
)


# %% [markdown]
# The function `certified` takes an interval through the independent checker of {doc}`04_certified_rank`, on facts whose labels were all exchanged for others. Structure must be seen in the facts, not in their labels.

# %%
def renamed(db, seed):
    """The same facts, all labels renamed, in another order."""
    rng, facts = Random(seed), list(db.triples())
    for axis, mode in enumerate("KQV"):
        new = [f"{mode}{i}" for i in range(len(db.labels(mode)))]
        rng.shuffle(new)
        name = dict(zip(db.labels(mode), new, strict=True))
        facts = [(*f[:axis], name[f[axis]], *f[axis + 1 :]) for f in facts]
    rng.shuffle(facts)
    return Database.from_triples(facts)

def certified(db, effort="quick"):
    """The interval of the renamed facts, once the checker agrees."""
    db = renamed(db, len(db))
    found = rank_interval(db, effort)
    verdict = verify(db, json.loads(json.dumps(certificate(db, found))))
    assert (verdict.lower, verdict.upper) == (found.lower, found.upper)
    assert sums_to(found.terms, db)
    assert len(found.terms) == found.upper_rational
    return found


# %% [markdown]
# ## Addition without a clock
#
# We begin without a clock: the keys are $0, \dots, m-1$, the queries $0, \dots, n-1$, and the value is the sum. The table may be whole, or it may stop at a limit, as in {numref}`fig-triangle`.
#
# Such a table multiplies. Put numbers $\alpha_k$ on the keys and $\beta_q$ on the queries, and read them as the coefficients of two polynomials. Then $\sum_{k,q} D[k,q,v]\, \alpha_k \beta_q$ is the coefficient of $x^v$ in their product. A sum of $R$ simple tensors finds all these coefficients with $R$ multiplications: one for each term. So the rank asks how few multiplications are enough.
#
# :::{admonition} Guess first: how many multiplications does it take to multiply $a + bx$ by $c + dx$?
# :class: dropdown guess
# Three: $ac$, $bd$ and $(a + b)(c + d)$. The usual way takes four.
# :::
#
# ````{prf:theorem} C6, sums [cited, ours]
# :label: claim-c6
#
# Let the facts be $f_q(k) = k + q$ for $k < m$, $q < n$, and all $k + q < s$, where $\max(m, n) \le s \le m + n - 1$. The rank is $m + n - 1$. So the whole table has rank $m + n - 1$, and *cut-off addition*, the square one with $k + q < n$, has rank $2n - 1$.
# ````
#
# ````{prf:proof}
# *Enough.* The table multiplies $x^k$ by $x^q$: it is the product of two polynomials of degrees $m - 1$ and $n - 1$. The product has degree $m + n - 2$, so its values at $m + n - 1$ points determine it; and values multiply one by one. A term is a point $p$: $p^k$ over the keys, $p^q$ over the queries, and over the values the coefficients of the polynomial that is 1 at $p$ and 0 at the other points. Coefficients beyond the limit are left out.
#
# *No fewer.* {prf:ref}`claim-p6`: remove the keys $1, \dots, m-1$. They are independent, since $m \le s$: in the column $(q, v) = (0, k)$ only key $k$ has a fact. Key 0 is left, with the facts $(q, q)$ for $q < n \le s$. The cell $(q, v)$ is unknown only if $v = k + q$ for some $k \ge 1$, that is for $v > q$; below the diagonal all is known and zero. So $n$ pivots remain: $(m - 1) + n$.
# ````
#
# By hand: $m = n = 2$. Multiply $(a + bx)(c + dx)$ with three products: the value at 0 is $ac$, at 1 it is $(a+b)(c+d)$, and the coefficient at the top, the "value at infinity", is $bd$. The coefficient in the middle is the second less the two others. That is Karatsuba's trick. With $s = 2$ the database is the W-state of {prf:ref}`claim-border-rank`, with labels exchanged: three facts of rank 3.

# %% tags=["check-c6"]
def sums(m, n, s):
    return Database.from_triples(
        (f"k{k}", f"q{q}", f"v{k + q}")
        for k in range(m) for q in range(n) if k + q < s
    )

for m, n in [(2, 2), (2, 4), (3, 3), (4, 3), (5, 5), (6, 3)]:
    for s in range(max(m, n), m + n):
        found = certified(sums(m, n, s))
        assert found.lower == found.upper == m + n - 1
        assert found.upper_rational == found.upper

three = closed_sums(sums(2, 2, 3))
for term in three.terms:
    print(*(dict(vector) for vector in term))

whole = certified(full_grid(3, 3))
assert whole.lower == whole.upper == 7


# %% [markdown]
# The three printed lines are the three products, each as its vectors over keys, queries and values. The last two lines of code check that the full grid of {prf:ref}`claim-c3` is seen under other labels, too.
#
# ## Addition modulo m
#
# Now the sum goes around: $f_q(k) = (k + q) \bmod m$, for all $m$ keys and $m$ queries. There are $m^2$ facts, and all three pair counts are $m^2$. Every unfolding has rank $m$, and by {prf:ref}`claim-any-field` P1 to P6 alone prove no more.
# {prf:ref}`claim-modular-terms` gave $m$ complex terms, and for odd $m$ a sum of real ones. Here is the whole truth.
#
# :::{admonition} Guess first: addition modulo 3 has nine facts. Which rank has it?
# :class: dropdown guess
# 4: one term for a constant wave, three for a pair of others.
# :::
#
# ````{prf:theorem} C5, addition modulo m [cited]
# :label: claim-c5
#
# The database of addition modulo $m$ has real rank
#
# $$
# \tfrac{3m-1}{2} \text{ (odd } m), \quad \tfrac{3m-2}{2} \text{ (even } m).
# $$
#
# Its complex rank is $m$. Its rational rank is $2m$ minus the number of divisors of $m$.
# ````
#
# ````{prf:proof}
# *A sum with that many terms.* {prf:ref}`claim-modular-terms` has the complex terms, and the real ones for odd $m$: one for the constant wave $j = 0$, and three for each pair of waves $j$ and $m - j$. For even $m$ there is one real wave more, $j = m/2$. It is a product of signs, $(-1)^k (-1)^q (-1)^v$, so it is one term. This makes $1 + 3\,\frac{m-1}{2}$ terms for odd $m$, and $2 + 3\,\frac{m-2}{2}$ for even $m$.
#
# *No sum with fewer.* $D$ is the table by which polynomials are multiplied modulo $x^m - 1$. They form an algebra of dimension $m$. Alder and Strassen {cite}`alder1981algebras` proved that an algebra of dimension $n$ with $t$ maximal two-sided ideals has rank at least $2n - t$, over any field; for polynomials modulo one polynomial this is due to Winograd {cite}`winograd1977fields`. Here $t$ counts the irreducible factors of $x^m - 1$: over the real numbers one for each $j = 0$, $j = m/2$ and each pair, which gives the numbers above.
# Over the rational numbers there is one factor $\Phi_d$ for each divisor $d$ of $m$. So the rank is at least $2m$ minus the number of divisors, and that many terms are enough: modulo each factor, of degree $\varphi(d)$, multiply polynomials by their values at $2\varphi(d) - 1$ points, as in {prf:ref}`claim-c6`.
# ````
#
# By hand: $m = 3$. One constant wave, and one pair with three terms: rank 4, for nine facts.

# %% tags=["check-c5-waves"]
def waves(m):
    """The real terms, as vectors over keys, queries and values."""
    x, one = 2 * np.pi * np.arange(m) / m, np.ones(m)
    terms = [(one, one, one / m)]
    if m % 2 == 0:
        sign = np.cos(m // 2 * x)
        terms.append((sign, sign, sign / m))
    for j in range(1, (m + 1) // 2):
        c, s = np.cos(j * x), np.sin(j * x)
        terms += [
            (c, c, 2 * (c - s) / m),
            (s, s, -2 * (c + s) / m),
            (c + s, c + s, 2 * s / m),
        ]
    return terms

for m in range(2, 32):
    total = sum(np.einsum("k,q,v->kqv", a, b, c) for a, b, c in waves(m))
    assert abs(total - modular_addition(m).tensor()).max() < 1e-12
    assert len(waves(m)) == (3 * m - 1 - (m % 2 == 0)) // 2
print("modulo 12:", len(waves(12)), "terms for", 12 * 12, "facts")

# %% [markdown]
# For $m = 5$ the seven terms look like this. Term 1 is the constant wave; 2, 3 and 4 go once around the clock, 5, 6 and 7 go twice.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-waves", "caption": "Addition modulo 5 as a sum of seven terms. Each row is one term, a product of three vectors over the keys, the queries and the values 0 to 4; a bar up is positive, a bar down negative, each vector scaled to its largest entry. The 25 facts are the sum of the seven rows. Drawn by `pictures.draw_waves(waves(5), names)`."}, "image": {"width": "420px", "alt": "Seven rows of three groups of five bars. The first row is constant. In the rows two to four the bars rise and fall once along each group, in the rows five to seven twice."}}
_ = pictures.draw_waves(waves(5), [f"term {n}" for n in range(1, 8)])

# %% tags=["check-c5"]
sizes = range(2, 13)
ranks = []
for m in sizes:
    found = certified(modular_addition(m))
    assert found.exact and found.lower == (3 * m - 1 - (m % 2 == 0)) // 2
    divisors = sum(m % d == 0 for d in range(1, m + 1))
    assert found.upper_rational == 2 * m - divisors
    ranks.append(found.lower)
print(dict(zip(sizes, ranks, strict=True)))

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-growth", "caption": "Addition modulo m, for m from 2 to 12, the counts on a logarithmic axis. The facts grow like m squared, the rank like one and a half m. Each rank is exact, and its certificate was checked. Drawn by `pictures.draw_growth(sizes, curves)`."}, "image": {"width": "480px", "alt": "Two rising curves against m. The curve of the facts reaches 144 at m = 12, the curve of the rank 17."}}
curves = {"facts": [m * m for m in sizes], "rank": ranks}
_ = pictures.draw_growth(list(sizes), curves)

# %% [markdown]
# ## The numbers you allow
#
# :::{admonition} Guess first: addition modulo 5 has rank 7 over the real numbers. How many terms does it need if only fractions are allowed?
# :class: dropdown guess
# Eight. And five, if complex numbers are.
# :::
#
# The last theorem has three answers: a rank depends on the field. The waves of addition modulo 5 need the cosine of 72°, which is no fraction.

# %% tags=["check-fields"]
five = modular_addition(5)
found = certified(five)
assert (found.lower, found.upper, found.upper_rational) == (7, 7, 8)

omega = np.exp(2j * np.pi / 5)
W = omega ** np.outer(range(5), range(5))
total = np.einsum("jk,jq,jv->kqv", W, W, W.conj() / 5)
assert abs(total - five.tensor()).max() < 1e-12
print("modulo 5: rank 5 over C, 7 over R,", len(found.terms), "over Q")
clocks = [certified(modular_addition(m)) for m in range(3, 9)]
print("over Q, modulo 3 to 8:", [len(clock.terms) for clock in clocks])

# %% [markdown]
# So what does the certificate hold? Real numbers like $\cos 72°$ cannot be written down as fractions. It holds eight rational terms, and beside them the name of a theorem, C7 below: `upper_proof` says which facts form the table of which group. The checker reads the table, and evaluates the formula. If two values are exchanged in the certificate, it refuses.

# %% tags=["check-upper-proof"]
paper = certificate(five, rank_interval(five))
part = paper["upper_proof"]["parts"][0]
for name, held in part["proof"].items():
    print(f"{name}: {held}")
assert (paper["upper"], len(paper["upper_terms"])) == (7, 8)

forged = json.loads(json.dumps(paper))
forged["upper_proof"]["parts"][0]["proof"]["values"][:2] = ["1", "0"]
verdict = verify(five, forged)
assert not verdict.valid
say(verdict.message, 77)


# %% [markdown]
# ## Any commutative group
#
# Addition modulo $m$ is the table of one group. A row of switches makes another: each is 0 or 1, and two rows are combined by *exclusive or*, switch by switch. Waves do the same work there.
#
# :::{admonition} Guess first: three switches have eight states, so that *exclusive or* has 64 facts. Which rank have they?
# :class: dropdown guess
# 8: all waves of this group are real, and each is one term.
# :::
#
# ````{prf:theorem} C7, group tables [cited, ours]
# :label: claim-c7
#
# Let the keys, the queries and the values each be named by the elements of a finite group $G$ of $n$ elements, and let the facts be the table of its product. Let $t$ be the number of sets $\{x g x^{-1},\, x g^{-1} x^{-1} : x \in G\}$. Then
#
# $$
# \operatorname{rank}(D) \ge 2n - t .
# $$
#
# If $G$ is commutative, this is the rank. It is $n$ plus the number of pairs of complex conjugate characters.
# ````
#
# ````{prf:proof}
# $D$ is the multiplication table of the real group algebra of $G$. That algebra is a sum of simple algebras, and their number is $t$ {cite}`serre1977representations`. So the bound is that of Alder and Strassen.
# If $G$ is commutative, the simple algebras are copies of $\mathbb{R}$, one for each real character, and of $\mathbb{C}$, one for each pair of conjugate ones. Multiplication in $\mathbb{R}$ is one term, in $\mathbb{C}$ three, by the trick of {prf:ref}`claim-modular-terms`. With $r$ real characters and $p$ pairs, $n = r + 2p$ and $t = r + p$; there are $r + 3p = 2n - t = n + p$ terms.
# ````
#
# How does a program see a group under arbitrary labels? It takes any key $a$ and any query $b$ for the unit, and lends the labels of the values to all: a key $k$ is called as its value under $b$, a query $q$ as the value of $a$ under it.
# If the facts are the table of a group, then after this they are still the table of a group, and of the same one up to labels. For let the product in the first group be $kq$. The key called $u = kb$ and the query called $w = aq$ have the value $kq = u\,c\,w$ with $c = b^{-1} a^{-1}$. The map $u \mapsto u c$ takes this new product to the old one: $(u c w)\, c = (u c)(w c)$. So one attempt decides.

# %% tags=["check-c7"]
def cyclic_product(*orders):
    elements = list(product(*map(range, orders)))

    def add(x, y):
        triples = zip(x, y, orders, strict=True)
        return tuple((a + b) % m for a, b, m in triples)

    return Database.from_triples(
        (str(x), str(y), str(add(x, y))) for x in elements for y in elements
    )

expected = {(2, 2): 4, (2, 2, 2): 8, (2, 4): 10, (3, 3): 13, (4, 4): 22}
for orders, rank in expected.items():
    db = cyclic_product(*orders)
    found = certified(db)
    n, real = len(db.keys), 2 ** sum(m % 2 == 0 for m in orders)
    assert found.lower == found.upper == rank == n + (n - real) // 2
    group = " x ".join(f"Z_{m}" for m in orders)
    print(group, "has", len(db), "facts, rank", rank)


# %% [markdown]
# Of groups that do not commute the package knows the lower bound only. The group of the six orders of three things has rank at least 9, that of the eight symmetries of a square at least 11.
# For both this is the rank [cited]: their algebras are two or four copies of $\mathbb{R}$ beside the matrices of size $2 \times 2$, and these multiply with seven products {cite}`burgisser1997complexity`.

# %% tags=["check-c7-not-commutative"]
def table(*generators):
    found = [tuple(range(len(generators[0])))]
    for x in found:  # grows as we go
        found += {tuple(x[i] for i in g) for g in generators} - set(found)
    return Database.from_triples(
        (str(x), str(y), str(tuple(x[i] for i in y)))
        for x in found for y in found
    )

orders = table((1, 0, 2), (1, 2, 0))
square = table((1, 2, 3, 0), (0, 3, 2, 1))
assert [certified(db).lower for db in (orders, square)] == [9, 11]


# %% [markdown]
# ## Any algebra
#
# Groups are not the only tables that multiply. To multiply two matrices of size $2 \times 2$ is eight facts: the key $A_{ij}$ and the query $B_{jk}$ have the value $C_{ik}$, to which their product is added.
#
# :::{admonition} Guess first: eight facts, of four keys, four queries and four values, no two alike. Which rank?
# :class: dropdown guess
# 7. The usual way takes eight multiplications, Strassen found seven {cite}`burgisser1997complexity`, and the theorem below says that six are not enough.
# :::
#
# Let $D$ have $n$ labels in each mode, and let two modes multiply into the third. Here these are keys and queries; other orders work as well. Numbers $a_k$ and $b_q$ make two matrices of the slices: $L = \sum_k a_k D[k, :, :]$ and $R = \sum_q b_q D[:, q, :]$. If both are invertible, each row vector $c$ over the values is $x R$ for one vector $x$ over the keys, and each $d$ is $y L$ for one $y$ over the queries. Call $c \circ d$ what $D$ makes of this $x$ and $y$.
#
# ````{prf:theorem} C8, algebras [cited, ours]
# :label: claim-c8
#
# The tensor of $\circ$ has the rank of $D$, and $\circ$ has a unit. Let it be associative, $(c \circ d) \circ e = c \circ (d \circ e)$. Then
#
# $$
# \operatorname{rank}(D) \ge 2n - t ,
# $$
#
# with $t$ the number of simple algebras of which the algebra of $\circ$ over the real numbers, without its radical, is the sum. Whether $\circ$ is associative, and $t$, do not depend on $a$ and $b$.
# ````
#
# ````{prf:proof}
# *The rank.* $\circ$ is $D$ after the invertible maps $R^{-1}$ and $L^{-1}$ of two modes. Each map sends a term to a term, and so does its inverse. The unit is $u = aR = bL$, what $D$ makes of $a$ and $b$. For $c = u$ the vector $x$ is $a$, so $u \circ d$ is what $D$ makes of $a$ and $y$: that is $yL = d$. In the same way $c \circ u = c$.
#
# *The bound* is that of Alder and Strassen {cite}`alder1981algebras`, for an algebra of dimension $n$ with $t$ maximal two-sided ideals. These are the ideals that leave out one of the simple algebras.
#
# *No choice matters* (Albert). Let $\circ$ be an algebra, with the product $*$ in a copy of it, so that $D$ makes $H(F(x) * G(y))$ of $x$ and $y$, with invertible $F$, $G$, $H$. Other $a$ and $b$ give another product $\bullet$. Their matrices are invertible, so $f = F(a)$ and $g = G(b)$ have inverses in the algebra, and $H^{-1}(c \bullet d) = H^{-1}(c) * w * H^{-1}(d)$ with $w = g^{-1} * f^{-1}$. So $c \mapsto H^{-1}(c) * w$ takes $\bullet$ to $*$, as for groups above.
# ````
#
# How is $t$ counted without an error of rounding? Let $s(x, y)$ be the trace of the matrix by which $x \circ y$ multiplies. The radical is the kernel of $s$. What commutes with all, up to the radical, is the solution of a linear system. On it $s$ has one positive square for each simple algebra: the centre of one is $\mathbb{R}$, where $s$ is a positive multiple of $xy$, or $\mathbb{C}$, where it is one of the real part of $xy$, a positive square and a negative one. And the roots of a symmetric matrix are real, so the signs of its characteristic polynomial tell how many are positive (Descartes).
#
# By hand, for the matrices: let $a$ be 1 on $A_{11}$ and $A_{22}$, else 0, and $b$ likewise. Then $L$ and $R$ are the identity, and $\circ$ is the product of matrices. It has no radical, and only multiples of the identity commute with all. So $n = 4$, $t = 1$: at least 7.
# Upper triangular matrices of size $3 \times 3$ are ten facts with $n = 6$. Entries above the diagonal are the radical, the diagonal is three copies of $\mathbb{R}$: at least $12 - 3 = 9$.

# %% tags=["check-c8"]
def matrices(size, above=False):
    """The products of matrix entries; of upper triangular matrices only."""
    pairs = [p for p in product(range(size), repeat=2) if p[0] <= p[1] or not above]
    return Database.from_triples(
        (f"A{i}{j}", f"B{j}{k}", f"C{i}{k}")
        for i, j in pairs for k in range(size) if (j, k) in pairs
    )

small = certified(matrices(2), "normal")
assert (small.lower, small.upper, small.lower_by) == (7, 7, "C8 algebra")
print("2 x 2:", small)
for name, db, least in (
    ("3 x 3", matrices(3), 17), ("triangular", matrices(3, above=True), 9)
):
    found = certified(db)
    assert found.lower == least
    print(f"{name}: {len(db)} facts, {found}")

proof = small.proof.document()
print("the product is in mode", proof["mode"], "with units", proof["units"])
changed = matrices(3).without_fact("A00", "B00", "C00")
assert certified(changed).lower_by != "C8 algebra"

# %% [markdown]
# For matrices of size $3 \times 3$ nobody knows the rank. The theorem says 17, and more is known about this one table: at least 19 {cite}`blaser2003formats`, at most 23 {cite}`laderman1976matrices`.
#
# ## Permuted, cyclic, copied
#
# Take five relations that are bijections between five keys and five values. Let them be copies of one, or addition modulo 5, or unrelated permutations. Each time there are 25 facts.
#
# :::{admonition} Guess first: which of the three has the largest rank?
# :class: dropdown guess
# The unrelated permutations, by proof in three of four draws: at least 8, 7, 8 and 8. Addition modulo 5 has rank 7, the copies have rank 5. The less structure, the more it costs.
# :::

# %% tags=["check-three-kinds"]
one = [(str(k), str(k)) for k in range(5)]
copied = Database.from_triples(
    (k, f"q{n}", v) for n in range(5) for k, v in one
)
assert certified(copied).lower == certified(copied).upper == 5
assert certified(five).lower == certified(five).upper == 7

below = Effort("below", tries=1000, solves=0, moves=0, seconds=float("inf"))
shuffled = [permuted_relations(5, 5, seed) for seed in range(4)]
least = [certified(db, below).lower for db in shuffled]
print("five permutations at random, seeds 0 to 3: at least", least)
assert min(least) > 5 and sum(n > 7 for n in least) >= 3


# %% [markdown]
# The copies have rank 5, as {prf:ref}`claim-duplicate-relation` says. Addition modulo 5 has rank 7. The four databases of random permutations all have a larger rank than the copies, and at least three of them a larger one than addition modulo 5, with the same number of facts.
#
# ## Two relations
#
# For two relations the rank is always known. Their slices $M_{q_1}$ and $M_{q_2}$ are a pair of matrices, a *pencil*. Weierstrass and Kronecker found what becomes of a pencil by changes of basis among the rows and among the columns: matrices on a diagonal, and zeros elsewhere. They are of three kinds.
#
# - **Wide**: $\varepsilon$ rows and $\varepsilon+1$ columns, the pair $([I\;0],\,[0\;I])$. **Tall**: the transpose of a wide one, with $\eta$ columns. For $\varepsilon = 0$ or $\eta = 0$ this is a zero column or a zero row.
# - **Regular**: the pair $(I, C_f)$, where $C_f$ is the companion matrix of a polynomial $f$. The polynomials can be chosen so that each divides the one before. (This needs the first matrix regular there. If it is not, take a combination of the two in its place.)
#
# ````{prf:theorem} P8, pencils [cited]
# :label: claim-p8
#
# Let the wide parts have $\varepsilon_i \ge 1$ rows and the tall ones $\eta_j \ge 1$ columns (leave out the zeros). Let $N$ be the size of the regular part, and $\delta$ the number of its polynomials that are *not* products of distinct real linear factors. Then the real rank of the pencil is
#
# $$
# \sum_i (\varepsilon_i + 1) + \sum_j (\eta_j + 1) + N + \delta .
# $$
#
# So the rank of a database with two queries, two keys or two values is always known exactly.
# ````
#
# ````{prf:proof}
# *That many terms are enough.* A wide part multiplies a polynomial of degree 1 by one of degree $\varepsilon - 1$, so $\varepsilon + 1$ points are enough, as in {prf:ref}`claim-c6`. If $f$ has $d$ distinct real roots, $C_f$ is diagonal in another basis, and so is $I$: $d$ terms. If not, take any $g$ of degree $d$ with distinct real roots. $C_f$ and $C_g$ differ in their last column only, which is one more term.
#
# *No fewer are*, by Grigoriev and by Ja'Ja' {cite}`jaja1979pairs,sumi2009slices`. Here is the heart of it, for a regular pencil $(I, M)$ of rank $N + r$. Write $I = \sum_i \alpha_i\, u_i w_i^\top$ and $M = \sum_i \beta_i\, u_i w_i^\top$ with $N + r$ terms. The $u_i$ with $\alpha_i \ne 0$ span the whole space, so $N$ of them are a basis. Let $M'$ be the matrix with $M' u_i = (\beta_i / \alpha_i)\, u_i$ on this basis; it is diagonal there. In
#
# $$
# M - M' = M - M' I = \sum_i (\beta_i u_i - \alpha_i M' u_i)\, w_i^\top
# $$
#
# the terms of the basis are zero, so $\operatorname{rank}(M - M') \le r$.
# So $M$ is near to a matrix whose polynomials do not fail. How far can they be apart? Let $\pi^e$ be $(x - \lambda)^2$, or a quadratic $\pi$ without real roots, with $e = 1$. Let $H$ be $\mathbb{R}^N$ as a module in which $x$ acts by $M$, and $H'$ the same with $M'$. The number of polynomials that $\pi^e$ divides is the number of generators that $\pi^{e-1} H$ needs at $\pi$. The image of $M - M'$ is spanned by $r$ vectors, and modulo what these generate $H$ and $H'$ are the same. Going to this quotient adds no generator to $\pi^{e-1} H'$. It takes at most $r$ from $\pi^{e-1} H$, since a part of a module with $r$ generators needs at most $r$. For $M'$ the number is 0, so for $M$ it is at most $r$.
# If the polynomial that is number $r + 1$ from the largest failed, some such $\pi^e$ would divide it and the $r$ larger ones. So $\delta \le r$.
# ````
#
# :::{admonition} Guess first: one relation keeps two keys apart, another exchanges their values. Is the rank 2 or 3?
# :class: dropdown guess
# 2: the polynomial $x^2 - 1$ has two different real roots.
# :::
#
# The smallest examples: two keys, two queries, two values. Relation *r* keeps a and b apart. The second matrix decides.

# %% tags=["check-p8"]
def pair(*second):
    """r: a -> x, b -> y, and the second slice as a list of (key, value)."""
    first = [("a", "r", "x"), ("b", "r", "y")]
    return Database.from_triples(first + [(k, "s", v) for k, v in second])

examples = {
    "swap, x^2 - 1": pair("ay", "bx"),
    "Fibonacci, x^2 - x - 1": pair("ay", "bx", "by"),
    "nilpotent, x^2": pair("ay"),
}
for name, db in examples.items():
    found = certified(db)
    over_q = found.upper_rational
    print(f"{name}: rank {found.lower} over R, at most {over_q} over Q")
assert [certified(db).lower for db in examples.values()] == [2, 2, 3]
assert certified(examples["Fibonacci, x^2 - x - 1"]).upper_rational == 3

# %% [markdown]
# The steps of the Fibonacci numbers have the golden ratio as their eigenvalue: rank 2 with real numbers. With fractions 3 terms are found, and fewer are not enough: $x^2 - x - 1$ has no rational root. The third is the W-state, with labels exchanged.
#
# Now a family. Whenever one mode has two labels, the interval closes at once. For $2 \times 2 \times 2$ there is an independent route, Cayley's hyperdeterminant of {doc}`03_rank_bounds`: where it is positive, the rank is 2, and where it is negative, 3.

# %% tags=["check-p8-family"]
count = 0
for seed, mode in product(range(10), range(3)):
    shape = [2 if m == mode else 3 + seed % 4 for m in range(3)]
    db = random_functional(*shape, (0.6, 1.0)[seed % 2], seed)
    if db.facts:
        assert certified(db).exact
        count += 1
print(count, "databases with two keys, queries or values: all exact")

def hyperdeterminant(T):
    A, B = T[:, 0], T[:, 1]
    det = np.linalg.det
    return round((det(A + B) - det(A) - det(B)) ** 2 - 4 * det(A) * det(B))

decided = 0
for bits in range(256):
    cells = [(b >> 2, b >> 1 & 1, b & 1) for b in range(8) if bits >> b & 1]
    db = Database(("a", "b"), ("r", "s"), ("x", "y"), tuple(cells))
    delta = hyperdeterminant(db.tensor())
    if delta and (pencil := pencils(db, "Q")):
        assert pencil.bound.value == (2 if delta > 0 else 3)
        decided += 1
print(decided, "tensors of 2 x 2 x 2: P8 and the hyperdeterminant agree")


# %% [markdown]
# ## Two bijections and their cycles
#
# Let both relations be bijections $f_1, f_2$ between $n$ keys and $n$ values. Go from a key to its value by $f_2$ and back by $f_1$: that is a permutation of the keys, and it falls into cycles.
#
# :::{admonition} Guess first: one bijection between ten keys and ten values has rank 10. How much can a second one add?
# :class: dropdown guess
# At most 3. It does so if going forth by one and back by the other makes three cycles of length 3.
# :::
#
# ````{prf:theorem} C4, two bijections [cited, ours]
# :label: claim-c4
#
# If the permutation $f_1^{-1} f_2$ has cycles of lengths $n_1, n_2, \dots$, the database has real and rational rank
#
# $$
# n + \max_{d \ge 3}\, \#\{ i : d \text{ divides } n_i \},
# $$
#
# which is $n$ if no cycle is longer than 2. Its complex rank is $n$.
# ````
#
# ````{prf:proof}
# Name the values by their keys under $f_1$. The pencil is $(I, P)$ with a permutation matrix $P$, all regular, $N = n$. A cycle of length $n_i$ gives the companion matrix of $x^{n_i} - 1 = \prod_{d \mid n_i} \Phi_d(x)$. So the factor $\Phi_d$ occurs $c_d = \#\{ i : d \mid n_i \}$ times, and always to the power 1. In the chain of polynomials, each dividing the one before, $\Phi_d$ is in the first $c_d$. For $d \le 2$ it is linear. For $d \ge 3$ it has no real root. So $\delta = \max_{d \ge 3} c_d$, over the real numbers and over the rational ones alike, and {prf:ref}`claim-p8` holds over every infinite field. Over the complex numbers all roots are there and distinct, $\delta = 0$.
# ````
#
# By hand: cycles of 3, 4, 2 and 1. The length 3 is divided by $d = 3$, the length 4 by $d = 4$; no $d \ge 3$ divides two of them. Rank $10 + 1$. With cycles of 3, 6 and 1 the number $d = 3$ divides two: $10 + 2$.

# %% tags=["check-c4"]
def bijections(*lengths):
    facts, start = [], 0
    for n in lengths:
        for i in range(n):
            facts.append((f"k{start + i}", "r", f"v{start + i}"))
            facts.append((f"k{start + i}", "s", f"v{start + (i + 1) % n}"))
        start += n
    return Database.from_triples(facts)

assert certified(bijections(3, 4, 2, 1)).lower == 11
assert certified(bijections(3, 6, 1)).lower == 12

rng = Random(4)
for _ in range(25):
    lengths = [rng.randint(1, 6) for _ in range(rng.randint(1, 3))]
    most = max(sum(n % d == 0 for n in lengths) for d in range(3, 7))
    found = certified(bijections(2, *lengths))
    assert found.lower == found.upper == found.upper_rational
    assert found.lower == 2 + sum(lengths) + most

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-cycles", "caption": "Two bijections between ten keys and ten values, drawn as the permutation that goes forth by one and back by the other. The cycles have lengths 3, 4, 2 and 1; the key k9, alone in its cycle, has the same value in both. The rank is 11, one more than the number of keys. Drawn by `pictures.draw_cycles(cycles)`."}, "image": {"width": "480px", "alt": "Four cycles of arrows side by side, with three, four and two labels, and one label with an arrow to itself."}}
_ = pictures.draw_cycles(
    [["k0", "k1", "k2"], ["k3", "k4", "k5", "k6"], ["k7", "k8"], ["k9"]]
)


# %% [markdown]
# ## At least: a larger matrix
#
# For facts without structure a bound must work on any tensor. The rank of an unfolding is at most the size of its mode. A larger matrix can pass it. It is called a *flattening*, but it is no unfolding: every number of $T$ stands in it several times.
#
# :::{admonition} Guess first: the unfoldings of a tensor of $3 \times 3 \times 3$ have rank 3 at most. Can a matrix made from it prove more?
# :class: dropdown guess
# Yes, if each number of the tensor stands in it several times.
# :::
#
# ````{prf:theorem} P7, Koszul flattenings [cited]
# :label: claim-p7
#
# Map one mode of $T$ linearly to $A = \mathbb{R}^{2p+1}$, with basis $e_0, \dots, e_{2p}$. Let $B$ and $C$ be the spaces of vectors over the two other modes. Form the matrix
#
# $$
# \begin{aligned}
# \Lambda^p A \otimes B^* & \to \Lambda^{p+1} A \otimes C, \\
# e_I \otimes \beta & \mapsto \sum_{i,b,c} T[i,b,c]\, \beta_b\, (e_i \wedge e_I) \otimes e_c .
# \end{aligned}
# $$
#
# Here $I$ is a set of $p$ of the numbers $0, \dots, 2p$, and $e_I$ is the product $\wedge$ of their basis vectors. The rank of the matrix divided by $\binom{2p}{p}$, rounded up, is a lower bound on $\operatorname{rank}(T)$.
# ````
#
# ````{prf:proof}
# The matrix is linear in $T$. For one term $a \otimes b \otimes c$ with $a \ne 0$ it is the map $e_I \mapsto a \wedge e_I$ times a matrix of rank one. With a basis that starts at $a$ one sees that $a \wedge e_I = 0$ exactly if $I$ contains the first index, so the map has rank $\binom{2p}{p}$. A sum of $r$ terms has at most $r$ times that rank; and a linear map on a mode does not raise the rank of a tensor. The method is due to Landsberg and Ottaviani {cite}`landsberg2015border`, for $p = 1$ to Strassen.
# ````
#
# For $p = 1$ and three slices it is a matrix that can be written down:

# %% tags=["check-p7"]
def p7(T):
    """Three slices: e_i ^ e_j gets M_i, with its sign, from e_j."""
    M0, M1, M2 = T
    zero = np.zeros_like(M0)
    big = np.block([[-M1, M0, zero], [-M2, zero, M0], [zero, -M2, M1]])
    return -(-int(np.linalg.matrix_rank(big)) // 2)

best = 0
for seed in range(200):
    db = random_functional(3, 3, 3, 0.9, seed)
    value = p7(np.moveaxis(db.tensor(), 1, 0).astype(int))
    assert value == koszul(db, "Q", [{0: 1}, {1: 1}, {2: 1}]).value
    assert value <= rank_interval(db, "quick").upper
    best += value > max(unfolding(db, mode).value for mode in "KQV")
print("P7 beats every unfolding in", best, "of 200 databases of 3 x 3 x 3")
assert best > 20

# %% [markdown]
# For larger $p$ the package builds the matrix. A box of facts is one term, so its matrix must have rank $\binom{2p}{p}$, and the bound must be 1.

# %% tags=["check-p7-family"]
box = Database.from_triples(
    (f"k{k}", f"q{q}", f"v{v}")
    for k, q, v in product(range(5), range(2), range(3))
)
for p in (1, 2):
    assert koszul(box, "K", [{i: 1} for i in range(2 * p + 1)]).value == 1
for seed in range(40):
    db = random_functional(5, 4, 4, 0.8, seed)
    upper = rank_interval(db, "quick").upper
    assert best_koszul(db, 99, 2, seed).value <= upper

# %% [markdown]
# P7 has a blind spot. It cannot tell a tensor from a limit of tensors, because the rank of a matrix cannot jump up in a limit. The W-state is a limit of sums of two terms, so P7 never proves its rank, 3. A fourth fact with labels of its own adds one to both: the rank is 4, and P7 proves no more than 3. The next bound sees the difference.
#
# ## At least: who spans whom
#
# :::{admonition} Guess first: two independent matrices span a space. Is it always spanned by matrices of rank one that lie in it?
# :class: dropdown guess
# No. Where it is not, more than two terms are needed.
# :::
#
# Take the slices of one mode, $T_1, \dots, T_t$, and let them be independent. They span a space of matrices of dimension $t$. If the rank were only $t$, the terms would give $t$ matrices of rank one that span the same space. So if a space is not spanned by the matrices of rank one *in it*, more than $t$ terms are needed. This view of the rank, and the substitution that the full statement allows first, are the literature's {cite}`landsberg2012tensors,alexeev2011tensor`; the statement is ours in this form.
#
# ````{prf:theorem} P9, spanning [cited, ours]
# :label: claim-p9
#
# As in {prf:ref}`claim-p6`, let $S$ be independent slices of mode $a$, and $i_1, \dots, i_t$ rows of the unfolding along $b$ that stay independent after the substitution of $S$, whatever the unknown cells are. For $x \in \mathbb{R}^t$ put $T_x = \sum_m x_m T_{i_m}$, a matrix with the mode $a$ as rows. Let $d = |S| + 2$. If some combination of the minors of size $d$ of $T_x$ is, as a polynomial in $x$, the power $\ell(x)^d$ of a linear form $\ell \ne 0$, then
#
# $$
# \operatorname{rank}(T) \;\ge\; |S| + t + 1 .
# $$
# ````
#
# ````{prf:proof}
# By {prf:ref}`claim-p2`, $\operatorname{rank}(T) \ge |S| + \operatorname{rank}(T')$, where $T'_x = P\,T_x$ and $P$ subtracts multiples of the rows $S$ from the others; its kernel has dimension $|S|$. The $T'_{i_1}, \dots, T'_{i_t}$ are independent.
# Suppose $\operatorname{rank}(T') \le t$. Then the $t$-dimensional space of all $T'_x$ lies in the span of $t$ matrices of rank one, so it equals that span. Hence there are $x$ that span $\mathbb{R}^t$ and for which $T'_x$ has rank one. For each of them $T_x$ has rank at most $1 + |S|$, all its minors of size $|S| + 2$ vanish, and so $\ell(x) = 0$. But vectors with $\ell(x) = 0$ do not span $\mathbb{R}^t$.
# ````
#
# By hand: the W-state again, without a substitution. The slices of keys are $\begin{pmatrix}0&1\\1&0\end{pmatrix}$ and $\begin{pmatrix}1&0\\0&0\end{pmatrix}$. So $T_x = \begin{pmatrix} x_2 & x_1 \\ x_1 & 0 \end{pmatrix}$, and its one minor is $-x_1^2$. All matrices of rank one have $x_1 = 0$: they do not span. The rank is 3.

# %% tags=["check-p9"]
bits = ("0", "1")
w = Database(bits, bits, bits, ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
found = spanning(w, unfolding(w, "K"))
print(found.value, found.data["form"], found.data["minors"])
assert found.value == 3

four = w.with_fact("2", "2", "2")
assert best_koszul(four, 9, 3, 0).value == 3 and certified(four).lower == 4

# %% [markdown]
# The printed proof says: at least 3, by the form $\ell(x) = x_1$, named by its key 0. The one minor, times $-1$, is its square.

# %% tags=["check-p9-family"]
raised = 0
for seed in range(60):
    db = random_functional(4, 3, 3, (0.5, 0.75, 1.0)[seed % 3], seed)
    found = best_spanning(db, 0, seed)
    if found:
        interval = rank_interval(db, "quick")
        claim = {"lower": found.value, "lower_proof": found.document()}
        assert found.value <= interval.upper
        assert verify(db, certificate(db, interval) | claim).valid
        others = [unfolding(db, mode).value for mode in "KQV"]
        others.append(best_koszul(db, 9, 2, 0).value)
        raised += found.value > max(others)
print("P9 beats P7 and the unfoldings in", raised, "of 60, of 4 x 3 x 3")
assert raised > 5

# %% [markdown]
# ## At least: one mode after another
#
# :::{admonition} Guess first: substitution removes slices of one mode. May it go on with slices of another mode, in what is left?
# :class: dropdown guess
# Yes, if the next slices are independent whatever the unknown cells are. Five facts that one mode alone proves to need 4 terms need 5.
# :::
#
# {prf:ref}`claim-p6` removes slices of one mode and then counts rows. Nothing forbids a second substitution in between. The cells that the first one has touched are unknown, so the second must do without them. Call some rows of an unfolding *safe* if a square of theirs has a determinant that is not 0, whatever the unknown cells are. That substitution may be repeated in another mode is the literature's {cite}`alexeev2011tensor`; this form, with unknown cells, is ours.
#
# ````{prf:theorem} P10, several substitutions in turn [cited, ours]
# :label: claim-p10
#
# Let a sequence of steps be given, each a mode $a_n$ and a set $S_n$ of its labels. A step removes the slices $S_n$. Take a cell that stays, and replace its label of mode $a_n$ by a label of $S_n$: if some cell so found is unknown or not 0, the cell that stays becomes *unknown*. Suppose that at each step the rows $S_n$, in the unfolding along $a_n$ of what the earlier steps left, are safe. If after all steps $t$ rows of some unfolding are safe, then
#
# $$
# \operatorname{rank}(T) \;\ge\; \sum_n |S_n| + t .
# $$
# ````
#
# ````{prf:proof}
# Let $T^{(1)} = T$, and let $T^{(n)}$ be what is left before step $n$, with the real numbers that its unknown cells have. Its slices $S_n$ are independent, since they are safe rows. As in the proof of {prf:ref}`claim-p6`, {prf:ref}`claim-p2` is used once for each of them: some multiples of them, subtracted from the other slices, leave a tensor $T^{(n+1)}$ with $\operatorname{rank}(T^{(n)}) \ge |S_n| + \operatorname{rank}(T^{(n+1)})$. A cell changes only if a slice of $S_n$ is not 0 at its place, and all these cells are called unknown from then on. After the last step there are $t$ independent rows, so the rank of what is left is at least $t$.
# ````
#
# By hand: three keys, three queries, three values, five facts. Remove key $k_0$. Its fact is $(q_0, v_0)$, so $(k_1, q_0, v_0)$ and $(k_2, q_0, v_0)$ are unknown. Remove query $q_2$. What is left of it is the fact $(k_1, v_1)$, so $(k_1, q_0, v_1)$ and $(k_1, q_1, v_1)$ are unknown too. Now the rows of the three values, at the columns $(k_1, q_1)$, $(k_2, q_0)$, $(k_2, q_1)$, are $(1, ?, 0)$, $(?, 0, 1)$ and $(0, 1, 0)$. The determinant is $-1$, whatever the two unknown cells are. So $1 + 1 + 3 = 5$ terms are needed, and there are five facts.

# %% tags=["check-p10"]
five = Database.from_triples([
    ("k0", "q0", "v0"), ("k1", "q1", "v0"), ("k1", "q2", "v1"),
    ("k2", "q0", "v2"), ("k2", "q1", "v1"),
])

def one_mode(db):
    """The best of P1, P3, P5 and P6, where one mode is substituted."""
    flat = [unfolding(db, mode).value for mode in "KQV"]
    return max(*flat, search(db, 99, 500, 0).value)

for db in (five, random_functional(6, 4, 5, 0.5, 47)):
    found = best_in_turn(db, one_mode(db) + 1, 2_000, 0)
    removed = [" ".join(step["labels"]) for step in found.data["steps"]]
    print(len(db), "facts, one mode:", one_mode(db))
    print("remove", ", then ".join(removed), "- in turn:", found.value)
    interval = certified(db, "normal")
    assert one_mode(db) + 1 == found.value == interval.lower
    assert found.value == interval.upper

# %% [markdown]
# ## At least: case by case
#
# :::{admonition} Guess first: of the matrices of rank one in a space we know that f · g = 0, for two linear forms. What does that say of each of them?
# :class: dropdown guess
# Each matrix lies where $f = 0$, or where $g = 0$: in one of two smaller spaces. If all small spaces together do not hold the slices, there are not enough matrices of rank one.
# :::
#
# P9 asks for one power, of one form. Where it substitutes nothing, more can be said, in three ways: where to look, cases, and eigenvectors.
#
# **Where to look.** A sum of $r$ terms makes a flattening of {prf:ref}`claim-p7` of rank at most $r \binom{2p}{p}$. If the flattening of $T$ is that large, it says where the terms must be. **Cases.** Minors that add up to a product split a space in two. **Eigenvectors.** A matrix of two columns $(x \mid Ax)$ has rank one only if $x$ is an eigenvector of $A$, and only real ones count.
#
# First by hand: seven facts, with the keys $a$, $b$, $c$, the queries $p$, $q$, $r$ and the values 0, 1. The slices of the keys, with weights $x$, $y$, $z$, add up to
#
# $$
# X = \begin{pmatrix} y & x \\ x + z & 0 \\ z & x + y \end{pmatrix} .
# $$
#
# They are independent, so at least 3 terms are needed. Were there 3, their matrices of rank one would be three such $X$, independent. The minor of the rows $p$ and $q$ is $-x(x + z)$. So either $x = 0$; then the rows $p$ and $r$ say $y^2 = 0$, and only multiples of the slice of $c$ are left. Or $z = -x$; then the rows $p$ and $r$ say $x^2 + xy + y^2 = 0$. Over the real numbers this is $(y + \tfrac12 x)^2 + \tfrac34 x^2 = 0$: nothing is left. One matrix is not three: the rank is at least 4. Over the complex numbers $y = \omega x$ and $y = \omega^2 x$, with $\omega^3 = 1$, are left too, and three terms are enough.
#
# ````{prf:theorem} P11, matrices of rank one, by cases [cited, ours]
# :label: claim-p11
#
# Let $a$, $b$, $c$ be the modes, $r$ a number with $\operatorname{rank}(T) \ge r$, and $Y$ a space of matrices, with rows for $a$ and columns for $c$:
#
# - either the span of the slices of $T$ along $b$, if these are $r$ independent ones and others that depend on them (P1);
# - or this. Let a map $\varphi$ of the mode $a$ have a flattening as in P7, from $\Lambda^p A \otimes B^*$ to $\Lambda^{p+1} A \otimes C$, of rank $r \binom{2p}{p}$. A linear form $w$ that is 0 on its image gives an equation for each set $I$, namely $\sum_{x, z} X_{xz}\, w(\varphi(e_x) \wedge e_I \otimes e_z) = 0$. $Y$ is where all these hold. Several $\varphi$ may be used, each with its own $p$ and $w$.
#
# Divide $Y$ by any number of the following steps. Each takes a space reached so far, and some combinations of the $2 \times 2$ minors of $X$, as polynomials on this space.
#
# 1. One combination is a product $f g$ of two linear forms. The space is replaced by its parts $f = 0$ and $g = 0$.
# 2. One combination is a sum $\sum_i c_i f_i^2$ with all $c_i > 0$. The space is replaced by its part where all $f_i = 0$.
# 3. With coordinates $x$ of the space, and forms $f$, $g$ and a matrix $A$, there is for each $k$ a combination equal to $f x_k - g\,(Ax)_k$. The characteristic polynomial of $A$ has no complex root twice; let $e_A$ be the number of its real roots. The space is replaced by its part $f = g = 0$.
#
# Let $U$ be the span of all spaces at the end, and $e$ the sum of all $e_A$. If $\dim U + e < r$, or if $e = 0$ and some slice of $T$ along $b$ is not in $U$, then $\operatorname{rank}(T) \ge r + 1$.
# ````
#
# ````{prf:proof}
# Suppose $T = \sum_{m=1}^{r} a_m \otimes b_m \otimes c_m$, and let $X_m = a_m c_m^\top$. These are independent: if one were a combination of the others, its term could be shared out among theirs, and $r - 1$ terms would do. The slices of $T$ along $b$ are combinations of the $X_m$.
# All $X_m$ lie in $Y$. With P1, the slices span $r$ dimensions, those of all $X_m$. With P7, the flattening of $T$ is the sum of those of the terms, each of rank at most $\binom{2p}{p}$; as its rank is $r \binom{2p}{p}$, its image is the sum of theirs. So $w$ vanishes on the image of each, which holds all $\varphi(a_m) \wedge e_I \otimes c_m$, and this is the equation for $X_m$.
# The $X_m$ have rank one, so their minors vanish. A step loses none of those in its space: in (1) one of the factors is 0, in (2) all $f_i$ are, since the numbers are real. In (3) let $x$ be the coordinates of $X_m$. Then $f x = g\,Ax$. If $g \neq 0$, then $x$ is an eigenvector of $A$ with the real eigenvalue $f/g$. If $g = 0$, then $f x = 0$ and, as $x \neq 0$, also $f = 0$. The eigenvectors of the $e_A$ real roots span $e_A$ dimensions, since no root is double.
# So the $X_m$ lie in $U$ and $e$ further directions: $r \le \dim U + e$. If $e = 0$, they lie in $U$, and so do the slices.
# ````
#
# That a tensor has rank $r$ only if matrices of rank one in such a space span it, and that a flattening constrains its terms, are the literature's {cite}`landsberg2012tensors`; the cases, and the certificate made of them, are ours.

# %% tags=["check-p11"]
seven = Database.from_triples([
    ("a", "p", "1"), ("a", "q", "0"), ("a", "r", "1"), ("b", "p", "0"),
    ("b", "r", "1"), ("c", "q", "0"), ("c", "r", "0"),
])
for db, rank in [
    (seven, 4),
    (random_functional(4, 4, 4, 1.0, 5), 6),  # one square, by P7
    (random_functional(4, 3, 3, 1.0, 37), 5),  # two cases, then squares
    (random_functional(6, 3, 4, 1.0, 19), 7),  # cases, then eigenvectors
]:
    found = best_by_cases(db, rank, 0)
    interval = certified(db, "normal")
    size = len(json.dumps(found.document()))
    print(f"rank {interval.upper}, by P11, in {size:,} characters")
    assert found.value == rank == interval.lower == interval.upper
assert best_spanning(seven, 4, 0) is None

# %% tags=["check-p11-family"]
raised, beyond_p9 = 0, 0
for seed in range(60):
    db = random_functional(4, 3, 3, (0.5, 0.75, 1.0)[seed % 3], seed)
    interval = rank_interval(db, "quick")
    others = [unfolding(db, mode).value for mode in "KQV"]
    others.append(best_koszul(db, 9, 2, 0).value)
    found = best_by_cases(db, max(others) + 1, seed)
    if found:
        claim = {"lower": found.value, "lower_proof": found.document()}
        assert found.value <= interval.upper
        assert verify(db, certificate(db, interval) | claim).valid
        raised += 1
        beyond_p9 += best_spanning(db, found.value, seed) is None
print("P11 beats P7 and the unfoldings in", raised, "of 60, of 4 x 3 x 3")
print("in these, P9 does not reach it in", beyond_p9)
assert raised > 5 and beyond_p9 > 0


# %% [markdown]
# ## Fitting is not proving
#
# :::{admonition} Guess first: three fits with four terms fail. Does that prove that the rank is more than four?
# :class: dropdown guess
# No. It says that three starts failed, not that all do.
# :::
#
# The first idea of many is another one: fit $R$ terms to the tensor by least squares, and see whether the error goes to zero. The usual method, alternating least squares, is one call of `tensorly`. Take addition modulo 4, of rank 5, and fit 4, 5 and 6 terms, from three starts each.

# %% tags=["check-fit"]
def fit_error(T, R, seed, steps=400):
    weights, factors = tl.decomposition.parafac(
        tl.tensor(T), R, n_iter_max=steps, init="random",
        random_state=seed, tol=0,
    )
    return float(np.linalg.norm(T - tl.cp_to_tensor((weights, factors))))

T = modular_addition(4).tensor().astype(float)
errors = {
    R: min(fit_error(T, R, seed) for seed in range(3)) for R in (4, 5, 6)
}
for R, e in errors.items():
    print(R, "terms: above 0.3" if e > 0.3 else "terms: below 0.05")
assert errors[4] > 0.3 and max(errors[5], errors[6]) < 0.05

# %% [markdown]
# Below the rank the error stays large; at the rank and above it becomes small. A *hint*, then. It is no certificate, for three reasons.
#
# **A small error is not zero.** The method stops somewhere. The numbers that it ends with are not those of a decomposition, and nobody can multiply them out and get $D$.
#
# **A large error proves nothing.** It says that three starts failed, not that all fail.
#
# **A small error need not even mean that the rank is that small.** Fit two terms to the W-state, for longer and longer.

# %% tags=["check-runaway"]
W = w.tensor().astype(float)
steps, errors, sizes = [30, 100, 300, 1000, 3000], [], []
for n in steps:
    weights, factors = tl.decomposition.parafac(
        tl.tensor(W), 2, n_iter_max=n, init="random", random_state=0, tol=0,
        normalize_factors=True,
    )
    rest = W - tl.cp_to_tensor((weights, factors))
    errors.append(float(np.linalg.norm(rest)))
    sizes.append(float(max(abs(weights))))
assert all(a > b for a, b in pairwise(errors))
assert all(a < b for a, b in pairwise(sizes))
print("the error falls and falls; the terms grow and grow")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-runaway", "caption": "Two terms fitted to the W-state by alternating least squares from one start (seed 0), for 30 to 3,000 steps. The error keeps falling, while the larger of the two terms keeps growing. No two terms reach the error zero. Both axes are logarithmic. Drawn by `pictures.draw_runaway(steps, curves)`."}, "image": {"width": "480px", "alt": "Against the number of steps, the dashed curve of the error falls from about 0.02 to below 0.01, and the solid curve of the size of a term rises."}}
curves = {"size of a term": sizes, "error": errors}
_ = pictures.draw_runaway(steps, curves)

# %% [markdown]
# The two terms run away from each other, and almost cancel: {prf:ref}`claim-border-rank` at work. So a certified interval never rests on a fit.
#
# ## From a hint to a proof
#
# :::{admonition} Guess first: the best fit has entries such as 0.4999. Can it still become a proof?
# :class: dropdown guess
# Sometimes: move entries to small fractions, solve for the rest exactly, multiply out.
# :::
#
# A hint can still lead to a proof. Two bridges are short enough to show.
#
# ````{prf:proposition} U7, fits made exact [ours]
# :label: claim-u7
#
# Let the vectors $a_r$ and $b_r$ be rational, and let the linear system $\sum_r a_r \otimes b_r \otimes c_r = D$ have a solution $c_1, \dots, c_R$. Then it has a rational one, and $\operatorname{rank}(D) \le R$ over $\mathbb{Q}$.
# ````
#
# ````{prf:proof}
# The coefficients of the system are products $a_r[k]\, b_r[q]$, and the right side is 0 or 1. Elimination never leaves the rational numbers. The result is a decomposition into $R$ terms.
# ````
#
# So fit, then *pin*: move one entry of the first two modes to a small fraction, fit again, and go on until all are pinned. The third mode is then an exact linear system. Pinning may fail; then the fit stays a hint.
# Addition modulo 4 has rank 5 over the rational numbers too, and some start leads there. Addition modulo 5 has rank 7 only if roots are allowed: some fits with 7 terms converge, and none can become exact.

# %% tags=["check-u7"]
four, five = modular_addition(4), modular_addition(5)
exact = [rounded(four, 5, seed).terms for seed in range(6)]
exact = [terms for terms in exact if terms is not None]
assert exact and all(sums_to(terms, four) for terms in exact)

fits = [rounded(five, 7, seed) for seed in range(4)]
assert any(fit.converged for fit in fits)
assert all(fit.terms is None for fit in fits)
print("modulo 4: five exact terms; modulo 5: seven only as a hint")

# %% [markdown]
# Often what stays is a square root $s = \sqrt{d}$ of a whole number, in two terms that differ in its sign only. Such terms can be checked in fractions.
#
# ````{prf:proposition} U7 with square roots [ours]
# :label: claim-u7-roots
#
# Let $d \ge 1$ be a whole number, $s = \sqrt{d}$, and let the vectors $a, b, c, a', b', c'$ be rational. Then
#
# $$
# \sum_{\pm} (a \pm s a') \otimes (b \pm s b') \otimes (c \pm s c')
# = 2\, a \otimes b \otimes c + 2d\, (a \otimes b' \otimes c' + a' \otimes b \otimes c' + a' \otimes b' \otimes c).
# $$
#
# So if $n$ rational terms and $m$ such pairs sum to $D$, then $\operatorname{rank}(D) \le n + 2m$ over $\mathbb{R}$.
# ````
#
# ````{prf:proof}
# Multiply out. What has an odd number of the factors $s a'$, $s b'$, $s c'$ has the sign $+$ in one term and $-$ in the other, and cancels; two of them give $s^2 = d$. As $d > 0$, both terms are real.
# ````
#
# Twelve facts, four keys by three queries with random answers among three values: four real terms, and no four rational ones were found. The entries of the pair are in $\mathbb{Q}(\sqrt 5)$.

# %% tags=["check-u7-roots"]
few = Effort("fits", 0, 0, 0, seconds=float("inf"), fits=12)
rooted = certified(random_functional(4, 3, 3, 1.0, seed=49), few)
pairs = rooted.upper_proof["pairs"]
assert rooted.lower == rooted.upper == 4 < rooted.upper_rational
print(f"{rooted}; roots of {[pair['root'] for pair in pairs]}")


# %% [markdown]
# The other bridge begins where numbers are only 0 and 1. Modulo 2 the flips of {prf:ref}`claim-u6` are cheap. A decomposition modulo 2 is lifted, if it can be: to one modulo 4, then 8, 16 and so on. Each step is a linear system modulo 2. At the end the entries are read as fractions {cite}`kauers2022flip`.
# Here are 32 facts, eight keys by four queries, with random answers among eight values.

# %% tags=["check-lift"]
def best_lifted(db, seed):
    walks = lifted_terms(db, 20_000_000, seed, below=len(db))
    return min(walks, key=len)

for seed in range(5):
    db = total_functions(8, 4, 8, seed)
    terms = best_lifted(db, seed)
    assert sums_to(terms, db) and len(terms) <= 15
print("32 facts, in at most 15 terms each time, exactly")

# %% [markdown]
# Both bridges end with the same step: multiply out and compare. What passes is a proof, however it was found.
#
# ## Small databases, once more
#
# In {numref}`fig-small` about half of 60 small random databases were closed, and the criterion was missed. Now the package may use everything: P7 to P11 and the formulas C4 to C8, and flips modulo 2. The databases are the same up to labels, the work is as little, and the criterion is the old one: *sufficient* means at least 65 of 100 closed.
#
# :::{admonition} Guess first: the bounds of the last chapter closed 32 of 60. How many will all of them close?
# :class: dropdown guess
# 45, which meets the criterion.
# :::

# %% tags=["check-small-again"]
endless = float("inf")
modest = Effort("some", 150, 150, 20_000, seconds=endless)

def small(seed):
    rng = Random(seed)
    sizes = rng.randint(3, 6), rng.randint(2, 4), rng.randint(3, 5)
    density = rng.choice([0.5, 0.75, 1.0])
    return random_functional(*sizes, density, seed)

gaps, by_structure = Counter(), 0
for seed in range(60):
    found = certified(small(seed), modest)
    gaps[found.upper - found.lower] += 1
    names = found.lower_by, found.upper_by
    new = any(name.startswith(("P7", "P8", "P9", "P10", "P11", "C")) for name in names)
    by_structure += found.exact and new
print("closed:", gaps[0], "of 60")
print("of these, with an end by P7 to P11 or C4 to C8:", by_structure)
print("gaps, databases:", dict(sorted(gaps.items())))
print("sufficient:", gaps[0] >= 0.65 * 60)
assert gaps[0] >= 0.65 * 60

# %% [markdown]
# With the full normal search of `factrank rank` more are closed. Here are other small databases at random, with the same sizes, at four densities; the results were recorded by `make bench`.

# %% tags=["check-recorded-small"]
record = load_bench("benchmark", "results")
rows = [row for row in record["rows"] if "databases" in row]
for row in rows:
    print(f"{row['case']}: {row['closed']} of {row['databases']} closed")
closed = sum(row["closed"] for row in rows)
total = sum(row["databases"] for row in rows)
print(f"together: {closed} of {total}, {closed / total:.0%}")
assert closed >= 0.65 * total

# %% [markdown]
# The criterion is met. The denser the facts, the more intervals stay open.
#
# **Which stay open?** `make bench` keeps a list of them, with their ends, and tries each once more: up to ten times the work of the normal search, but no more than 25 seconds.

# %% tags=["check-open"]
kept = load_bench("small", "results")
assert sum(count["closed"] for count in kept["counts"]) == closed
left = kept["open"]
print("density  gaps, databases    facts     best lower bound")
for density in (0.5, 0.75, 1.0):
    some = [row for row in left if row["density"] == density]
    wide = Counter(row["upper"] - row["lower"] for row in some)
    size = [row["facts"] for row in some]
    by = Counter(row["lower_by"].split()[0] for row in some)
    ends = f"{min(size)} to {max(size)}"
    print(f"{density:7}  {dict(sorted(wide.items()))!s:17}  {ends:8}  {dict(by)}")
ones = sum(row["upper"] - row["lower"] == 1 for row in left)
more = sum(row["lower_more"] == row["upper_more"] for row in left)
shape = [row["shape"] for row in left]
print(f"{len(left)} open, {ones} of them by one term; more work closes {more}")
assert len(left) == total - closed and (ones, len(left)) == (7, 9)
assert min(row["facts"] for row in left) >= 11
assert all(sorted(sides)[0] >= 3 for sides in shape)
assert closed / total >= kept["aim"] == 0.95 and more == 0

# %% [markdown]
# So 95% close today, 189 of 198: what was wanted is reached, and nine stay open. All have three sides of at least 3, at least 11 facts, and no structure that a formula knows; eight of them have three quarters of the answers or all. In seven cases one term is missing, in two cases two. The 25 seconds, which cut every one of these searches, close none. Whether they lack a proof or a shorter sum, we do not know.
#
# So when are many facts few? When they are the table of something that few multiplications compute: a product of polynomials, a commutative group, a pair of matrices with distinct real roots. Permutations at random, with as many facts as addition modulo 5, had a larger rank in most cases.
#
# ## Exercises
#
# ````{exercise} Cycles, by hand
# :label: ex-05-cycles
#
# Two bijections $f_1$, $f_2$ between keys and values. The cycles of $f_1^{-1} f_2$ have the lengths 3, 3 and 5; in a second database 6, 4 and 2; in a third 9, 6 and 3.
# What are the three ranks?
# ````

# %% tags=["exercise"]
answer = ...  # three ranks
ch05.ranks_of_cycles(answer)

# %% [markdown]
# ````{solution-start} ex-05-cycles
# :label: sol-05-cycles
# :class: dropdown
# ````
#
# By {prf:ref}`claim-c4`. There are 11 keys, and $d = 3$ divides two of the lengths: 13. There are 12 keys; $d = 2$ divides all lengths but does not count, and each of 3, 4 and 6 divides one: 13. There are 18 keys, and 3 divides all lengths: 21.

# %% tags=["solution", "check-exercise-cycles"]
answer = 11 + 2, 12 + 1, 18 + 3
ch05.ranks_of_cycles(answer)
found = [certified(bijections(*lengths)) for lengths in ch05.CYCLES]
assert all(f.exact for f in found)
assert [f.lower for f in found] == list(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Addition modulo 12, by hand
# :label: ex-05-clock
#
# What is the rank of addition modulo 12 over the complex, the real and the rational numbers?
# ````

# %% tags=["exercise"]
answer = ...  # (complex, real, rational)
ch05.clock_of_twelve(answer)

# %% [markdown]
# ````{solution-start} ex-05-clock
# :label: sol-05-clock
# :class: dropdown
# ````
#
# By {prf:ref}`claim-c5`. Twelve complex waves, one term each. Of them $j = 0$ and $j = 6$ are real and the other ten are five pairs, three terms each: $2 + 15 = 17$. And 12 has the six divisors 1, 2, 3, 4, 6, 12, so $24 - 6 = 18$.

# %% tags=["solution", "check-exercise-clock"]
answer = 12, 2 + 5 * 3, 24 - 6
ch05.clock_of_twelve(answer)
found = certified(modular_addition(12))
assert found.lower == found.upper == 17
assert found.upper_rational == 18

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: a second relation for nothing
# :label: ex-05-free
#
# Somebody says: *a second relation is free only if it copies the first.* Find two different bijections between the same six keys and six values, under two queries, with rank 6.
# ````

# %% tags=["exercise"]
answer = ...  # a list of 12 facts ("key", "query", "value")
ch05.free_relation(answer)

# %% [markdown]
# ````{solution-start} ex-05-free
# :label: sol-05-free
# :class: dropdown
# ````
#
# Let the second relation exchange keys in pairs. All cycles have length 2, and {prf:ref}`claim-c4` adds nothing. Each pair takes two terms. With $x = e_0 + e_1$ and $y = e_0 - e_1$ over keys and values, they are $\tfrac12\, x \otimes (1, 1) \otimes x$ and $\tfrac12\, y \otimes (1, -1) \otimes y$: their sum keeps the pair as it is, their difference exchanges it.

# %% tags=["solution"]
answer = [(f"k{i}", "r", f"v{i}") for i in range(6)]
answer += [(f"k{i}", "s", f"v{i ^ 1}") for i in range(6)]
ch05.free_relation(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Structure makes many facts few: addition modulo 12 has 144 facts and rank 17.
# - A rank depends on the numbers that one allows. Addition modulo 5 has rank 5 with complex numbers, 7 with real ones and 8 with fractions.
# - With two relations the rank is always known exactly. Beyond that, a good fit proves nothing: some facts are approached by sums that are too short, and never reached.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | sums, whole and cut off, {prf:ref}`claim-c6`; the full grid under other labels | `check-c6` |
# | addition modulo $m$: exact ranks for $m$ = 2 to 12, {prf:ref}`claim-c5`; the waves for $m$ up to 31, error below $10^{-12}$ | `check-c5`, `check-c5-waves` |
# | a rank depends on the field: 5, 7 and 8; a real rank is certified beside rational terms | `check-fields`, `check-upper-proof` |
# | group tables under other labels, {prf:ref}`claim-c7` | `check-c7`, `check-c7-not-commutative` |
# | matrices multiply: tables that are algebras, {prf:ref}`claim-c8` | `check-c8` |
# | copies, addition modulo 5 and permutations at random differ in rank | `check-three-kinds` |
# | two slices have a known rank, {prf:ref}`claim-p8` (30 databases, and 134 of $2 \times 2 \times 2$) | `check-p8`, `check-p8-family` |
# | two bijections: the rank is read off the cycles, {prf:ref}`claim-c4` | `check-c4` |
# | Koszul flattenings, {prf:ref}`claim-p7` | `check-p7`, `check-p7-family` |
# | spaces not spanned by their matrices of rank one, {prf:ref}`claim-p9` | `check-p9`, `check-p9-family` |
# | substitutions in one mode after another, {prf:ref}`claim-p10` | `check-p10` |
# | matrices of rank one by cases, {prf:ref}`claim-p11` | `check-p11`, `check-p11-family` |
# | a fit is a hint: it misses, it stops, and it runs away | `check-fit`, `check-runaway` |
# | some fits become exact, {prf:ref}`claim-u7`, some with square roots, {prf:ref}`claim-u7-roots`; decompositions modulo 2 are lifted | `check-u7`, `check-u7-roots`, `check-lift` |
# | with all bounds, the criterion on small random databases is met; what stays open is dense, and most often by one term | `check-small-again`, `check-recorded-small`, `check-open` |
