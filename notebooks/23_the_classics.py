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
# # The classics
#
# **How few multiplications does it take to multiply two matrices, two polynomials, two elements of a group?**
# People have asked this since 1969, under the name of tensor rank. Their tables are tables of facts. So we can put what they know beside what this book certifies, and say where it falls short.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** why a product is a table of facts, what is known of the rank of 24 famous tables, how far our intervals are from it, how to exchange tensors and decompositions with others, and what is open.
# - **You need** {doc}`04_certified_rank` for intervals, and the section *Any algebra* of {doc}`05_structure`.
# - **It takes** twenty minutes to read, ten minutes for the exercises, and under half a minute to run.
# :::
#
# ```{preview} fig-classics-open
# What is known of the rank of matrices and of groups that do not commute, and what we certify.
# ```

# %%
from math import ceil, inf

import numpy as np
import tensorly as tl

from companion import ch23, load_bench, pictures, scratch
from factrank import FactrankError, certificate, rank_interval, read, verify
from factrank.facts.reading.sms import sms_lines
from factrank.rank import Effort, cp_tensor, factors, from_factors, sums_to

SOME = Effort("some", tries=300, solves=0, moves=1_000_000, seconds=inf)

def certified(name, seed=1):
    """The facts and their interval, once the independent checker agrees."""
    db = read(f"library:{name}")
    found = rank_interval(db, SOME, seed=seed)
    verdict = verify(db, certificate(db, found))
    assert (verdict.lower, verdict.upper) == (found.lower, found.upper)
    assert sums_to(found.terms, db)
    return db, found


# %% [markdown]
# The effort counts work, not seconds: 300 substitutions and a million flips for each table, no search of bases and no numerical fit. The seed is 1 throughout.
#
# ## A product is a table of facts
#
# :::{admonition} Guess first: two matrices of size $2 \times 2$ are multiplied in the usual way by eight products of numbers. How few are enough?
# :class: dropdown guess
# Seven, found by Strassen in 1969. It takes signs: each product is of a sum of entries with a sum of entries.
# :::
#
# Take a product in which every entry of the result is a sum of products, one factor from each side. Write it down as facts: the *key* is an entry of the first factor, the *query* an entry of the second, the *value* the entry of the result to which their product is added. Two matrices of size $2 \times 2$ are eight facts.
#
# A simple tensor is one multiplication: a sum of keys, with weights, times a sum of queries, and the weights over the values say where the result is added. So the least number of multiplications, when the weights are given numbers and the entries do not commute, is the **rank** of the table {cite}`burgisser1997complexity`. Strassen's discovery {cite}`strassen1969gaussian` is a decomposition with seven terms. Our search finds one too:

# %% tags=["check-seven"]
def written(vector, names):
    """A sum of labels with signs, as one writes it."""
    signs = {1: "+", -1: "-"}
    words = [f"{signs[x]} {names[i]}" for i, x in vector.items()]
    return " ".join(words).removeprefix("+ ")

two, seven = certified("matrices-2x2x2")
print(*two.triples(), sep="\n")
print("\nthe rank is exactly", seven.lower, "by", seven.lower_by)
for n, (a, b, c) in enumerate(seven.terms, 1):
    left, right = written(a, two.keys), written(b, two.queries)
    print(f"{n}: ({left}) ({right})  ->  {written(c, two.values)}")
assert seven.lower == seven.upper == len(seven.terms) == 7

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-classics-seven", "caption": "The eight facts of a product of $2 \\times 2$ matrices as a sum of seven simple tensors, found by the search with seed 1. Columns are terms, then their sum; rows are the queries, the entries of $B$. In each grid the rows are the entries of $A$, the columns the entries of $C$. Blue is plus, orange minus, and outside of the eight facts all cancel. Drawn by `pictures.draw_terms(seven.terms, two)`."}, "image": {"alt": "Seven columns of four small grids, four columns above and the others below, each with a few cells marked plus or minus, and an eighth column, their sum, with two marked cells in each grid."}}
_ = pictures.draw_terms(seven.terms, two)


# %% [markdown]
# Do the seven products multiply? The terms sum to the table in exact arithmetic, which `certified` has checked. Here they also do the work. Nothing in them assumes that the entries commute, so the entries may be matrices themselves, and the trick can be used again on the blocks of a larger matrix.

# %% tags=["check-multiply"]
def multiply(A, B, count):
    """The product of square matrices, halved again and again; counts."""
    if len(A) == 1:
        count.append(1)
        return A * B
    half = len(A) // 2
    cut = slice(0, half), slice(half, None)
    parts = [(i, j) for i in cut for j in cut]
    C = np.zeros_like(A)
    for a, b, c in seven.terms:
        left = sum(x * A[parts[i]] for i, x in a.items())
        right = sum(x * B[parts[i]] for i, x in b.items())
        product = multiply(left, right, count)
        for i, x in c.items():
            C[parts[i]] += x * product
    return C

numbers = np.random.default_rng(0).integers(-9, 10, (2, 16, 16))
for size in (2, 4, 8, 16):
    A, B = numbers[:, :size, :size].astype(object)  # exact integers
    count = []
    assert (multiply(A, B, count) == A @ B).all()
    print(f"{size:2} x {size:<2}: {len(count):4} multiplications, not {size**3}")
    assert len(count) == 7 ** (size.bit_length() - 1)


# %% [markdown]
# ## What is known, and what we certify
#
# :::{admonition} Guess first: of two matrices of size $3 \times 3$, is the rank known?
# :class: dropdown guess
# No. It is at least 19 and at most 23, and both numbers have stood for decades. We certify 17 to 23.
# :::
#
# The list has matrices of size $m \times n$ times $n \times p$, polynomials, and groups: all of two to eight elements, and two larger ones. The literature says [cited]:
#
# - **Matrices.** $2 \times 2 \times 2$: seven are enough {cite}`strassen1969gaussian`, and fewer are not {cite}`winograd1971multiplication,hopcroft1971minimizing`. $2 \times 2 \times 3$: 11 {cite}`hopcroft1971minimizing,alekseyev1985complexity`. An $m \times 2$ matrix times a $2 \times p$ one takes at most $\lceil (3mp + \max(m, p)) / 2 \rceil$ {cite}`hopcroft1971minimizing`, and the order of $m$, $n$, $p$ does not matter. $2 \times 3 \times 3$: at least 14, which is the border rank {cite}`conner2019lower`. $3 \times 3 \times 3$: at least 19 {cite}`blaser2003formats` and at most 23 {cite}`laderman1976matrices`. (Over the field of two elements more is known: at least 20 {cite}`wang2026automated`. That says nothing over $\mathbb{R}$.)
# - **Polynomials** with $m$ and $n$ coefficients: $m + n - 1$, as {prf:ref}`claim-c6` proves.
# - **Groups.** At least $2n - t$ {cite}`alder1981algebras`, which is the rank if the group is commutative: {prf:ref}`claim-c7`. Otherwise the algebra of the group is a sum of smaller ones, and multiplying in each of them is enough. The group of the six orders of three things, and the symmetries of the square and of the pentagon, have matrices of size $2 \times 2$ in it, seven products each, and are known. The quaternion group has four copies of $\mathbb{R}$ and the quaternions, which take eight products {cite}`howell1975quaternion`: 11 or 12. The even orders of four things have $\mathbb{R}$, $\mathbb{C}$ and matrices of size $3 \times 3$: 21 to $1 + 3 + 23$.

# %% tags=["check-classics"]
def hopcroft_kerr(m, p):
    """So many products are enough for m x 2 times 2 x p."""
    return ceil((3 * m * p + max(m, p)) / 2)

KNOWN = {  # the least and the most that the rank can be, over the reals
    "matrices-2x2x2": (7, 7),
    "matrices-2x2x3": (11, hopcroft_kerr(2, 3)),
    "matrices-2x2x4": (None, hopcroft_kerr(2, 4)),
    "matrices-2x3x3": (14, hopcroft_kerr(3, 3)),
    "matrices-3x3x3": (19, 23),
}
KNOWN |= {f"polynomials-{n}x{n}": (2 * n - 1, 2 * n - 1) for n in range(2, 6)}
ALGEBRAS = {  # simple algebras: copies of R, of C, and what else takes so much
    "cyclic-2": (2, 0), "cyclic-3": (1, 1), "cyclic-4": (2, 1),
    "klein": (4, 0), "cyclic-5": (1, 2), "cyclic-6": (2, 2), "s3": (2, 0, 7),
    "cyclic-7": (1, 3), "cyclic-8": (2, 3), "cyclic-2x4": (4, 2),
    "cube": (8, 0), "d4": (4, 0, 7), "quaternion": (4, 0, 8),
    "d5": (2, 0, 7, 7), "a4": (1, 1, 23),
}
for name, (real, pairs, *more) in ALGEBRAS.items():
    n = len(read(f"library:group-{name}").keys)
    least = 2 * n - (real + pairs + len(more))
    KNOWN[f"group-{name}"] = least, real + 3 * pairs + sum(more)

def told(least, most):
    if least is None:
        return f"at most {most}"
    return f"{least}" if least == most else f"{least} to {most}"

OURS = {}
print("table              facts  known      certified here")
for name, (least, most) in KNOWN.items():
    db, found = certified(name)
    OURS[name] = found
    by = f"{found.lower_by}; {found.upper_by}"
    ours = told(found.lower, found.upper)
    print(f"{name:18} {len(db):5}  {told(least, most):10} {ours:9} {by}")
    assert found.lower <= (most if least is None else least)
    assert most <= found.upper
exact = sum(found.exact for found in OURS.values())
same = [n for n, (low, high) in KNOWN.items() if low == high]
print(f"{len(OURS)} tables: {exact} exact here, {len(same)} in the literature")
assert (len(OURS), exact, len(same)) == (24, 15, 19)

# %% [markdown]
# The last two columns name our proofs: of *at least*, then of *at most*. **Each interval contains what the literature knows**, as the asserts demand; if one did not, we or they would be wrong. Nothing here is sharper than what is quoted, and nothing is taken from it: the numbers on the right are computed, and an independent checker has seen the proof of each.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-classics-open", "caption": "What is known and what is certified here, for matrices and for the five groups that do not commute; elsewhere in the table the two agree. A mark stands at the shortest sum that is known, and a line leads from it to what is proved to be needed. For $2 \\times 2 \\times 4$ we quote no lower end, so its blue mark has no line. Effort and seed as in the table. Drawn by `pictures.draw_predictors`."}, "image": {"alt": "For matrices the marks of both kinds stand at the same places, and our lines reach further down. For the five groups that do not commute the lower ends agree and our marks lie far to the right of those of the literature."}}
rows = {}
for name, (least, most) in KNOWN.items():
    found = OURS[name]
    if not found.exact or least != most or name == "matrices-2x2x2":
        ends = (most, most if least is None else least, most)
        ours = (found.upper, found.lower, found.upper)
        rows[name] = {"known": ends, "certified here": ours}
_ = pictures.draw_predictors(rows, chance=None, xlabel="rank")

# %% [markdown]
# Two patterns show.
#
# - **For matrices our sums are as short as any that is known**, 23 products for $3 \times 3$ among them; flips modulo 2 find them and are lifted to whole numbers ({doc}`05_structure`). Our lower ends fall short: 9 where 11 is known, 12 where 14 is, 17 where 19 is. The proofs that close such gaps are about one format each.
# - **For groups that do not commute it is the other way round.** The lower end is the literature's, and our sums are too long: 25 for the symmetries of the square, where 11 are enough. There a change of basis splits the table into matrices, and our search changes one flip at a time in the basis that it is given.
#
# ## Exchange with others
#
# :::{admonition} Guess first: how can one check a decomposition that somebody sends, if only its numbers are given?
# :class: dropdown guess
# Multiply it out and compare it with the table: with whole numbers that is exact, and a proof that so many terms are enough.
# :::
#
# A tensor travels as a list of its entries. For matrices the SMS format is in use among those who collect fast algorithms; a line of one number more gives tensors. The command line writes it,
#
# ```console
# $ factrank rank library:matrices-2x2x2 --write-sms two.sms
# ```
#
# and what ends in `.sms` is read like any table. A decomposition travels as three arrays, of which column $r$ holds the three vectors of term $r$: the usual form of a *CP decomposition*, in TensorLy and elsewhere. `factors` gives them, in whole numbers or fractions, `cp_tensor` the same as TensorLy has it.

# %% tags=["check-exchange", "show-code"]
with scratch() as folder:
    path = folder / "two.sms"
    path.write_text("".join(sms_lines(two)))
    back = read(path)
assert (back.tensor() == two.tensor()).all()

U, V, W = factors(two, seven)
assert (np.einsum("kr,qr,vr->kqv", U, V, W) == two.tensor()).all()
assert (tl.cp_to_tensor(cp_tensor(two, seven)) == two.tensor()).all()
print(U)

# %% [markdown]
# The other way is `from_factors`. It takes three arrays, with weights or without, as TensorLy or pyttb have them, multiplies them out in exact arithmetic, and compares them with the table cell by cell. What passes is an interval, with a certificate; what does not is refused, with the first wrong cell. Here are the seven products as Strassen wrote them {cite}`strassen1969gaussian`, typed in:

# %% tags=["check-strassen", "show-code"]
A = "A11+A22  A21+A22  A11      A22      A11+A12  A21-A11  A12-A22"
B = "B11+B22  B11      B12-B22  B21-B11  B22      B11+B12  B21+B22"
C = "C11+C22  C21-C22  C12+C22  C11+C21  C12-C11  C22      C11"

def typed(sums, labels):
    """A column for each sum of labels with signs."""
    columns = [
        [(f"+{x}" in f"+{it}") - (f"-{x}" in it) for x in labels]
        for it in sums.split()
    ]
    return np.array(columns).T

sides = (A, two.keys), (B, two.queries), (C, two.values)
strassen = [typed(*side) for side in sides]
found = from_factors(two, strassen)
verdict = verify(two, certificate(two, found))
print(found, "by", found.upper_by, "-", verdict.message)
assert verdict.valid and verdict.upper == 7

strassen[2][0, 0] += 1
try:
    from_factors(two, strassen)
except FactrankError as error:
    print(error)
    assert "at ('A11', 'B11', 'C11'), found 2" in str(error)

# %% [markdown]
# `make bench` does this with TensorLy and pyttb for five tables, both ways, and keeps the result:
#
# - *Out.* Our shortest decomposition, made a tensor again by each of them, and its largest distance from the table.
# - *In, typed.* A decomposition by hand or from the literature, handed over by each, certified and verified here; and refused with one number changed.
# - *In, fitted.* Alternating least squares of each from ten starts, at the rank: how many come within $10^{-3}$, and how many of these are the table exactly, once columns are scaled and numbers rounded to fractions with denominators up to 8.

# %% tags=["check-peers"]
kept = load_bench("exchange", "results")
print("table            rank  tool      off by   typed  fits near, exact")
for row in kept["rows"]:
    assert row["typed"] == row["upper"] == row["lower"]
    assert row["typed, one number changed"] is None
    for tool in ("tensorly", "pyttb"):
        off, typed_in, near, exact = (
            row[f"{tool}: {what}"]
            for what in ("off by", "typed, back", "fits near", "fits exact")
        )
        start = f"{row['table']:16} {row['upper']:4}  {tool:9}"
        print(f"{start} {off:6.0e} {typed_in:6}  {near:9}, {exact}")
        assert off < 1e-15 and typed_in == row["upper"]
        assert (exact > 0) == (row["table"] == "group-klein")

# %% [markdown]
# Both tools rebuild all five tables; where our factors are fractions, floats are off in the last digit. All ten typed decompositions pass through them and are certified. (On the fits the two agree in every count.) A fit is another thing: in four of five tables none could be made exact by rounding, though up to nine of ten came near. There a decomposition can be moved along a whole family without a change of its sum, and a fit ends somewhere in it. Only the table of Klein's group has a decomposition that is unique, and there each fit that came near is the sum of its four characters. To make other fits exact takes more than rounding, which is what U7 does ({doc}`05_structure`).
#
# ## What is open
#
# :::{admonition} Guess first: a table of real facts has 25 relations among 104 people. Can a bound by the rank of a matrix show that its rank is 1000?
# :class: dropdown guess
# No. It is a theorem that such bounds stop at a small multiple of the side.
# :::
#
# **Lower bounds.** P1 and P7 write the tensor into a matrix whose entries depend linearly on it, and divide the matrix's rank by the largest that one term can give. Efremenko, Garg, Oliveira and Wigderson {cite}`efremenko2018barriers` showed that no method of this kind proves a rank above $8n$ for a tensor with three sides of length $n$. Yet a tensor drawn at random has a rank of at least about $n^2 / 3$, since with fewer terms there are not enough numbers to choose. Substitution (P2 to P6) is not of this kind.
#
# A real table where this is felt is Alyawarra kinship, of {doc}`22_real_knowledge_graphs`, with all its answers: most pairs of people are named by some relation, and there are many answers to a question. Here is what the normal effort certified, as recorded by `make bench`.

# %% tags=["check-kinship"]
rows = load_bench("real_databases", "results")["rows"]
(kinship,) = (row for row in rows if row["database"] == "kinship")
shape = [kinship[mode] for mode in ("keys", "queries", "values")]
low, high = kinship["normal_lower"], kinship["normal_upper"]
print(f"kinship, {kinship['facts']} facts, shape {shape}: rank {low} to {high}")
generic = ceil(np.prod(shape) / (sum(shape) - 2))
barrier = 8 * max(shape)
print("a random tensor of this shape: at least", generic)
print("bounds by ranks of matrices prove at most", barrier)
assert (low, high) == (110, 969) and low < barrier < high < generic

# %% [markdown]
# Its interval is 110 to 969. By matrices one could come to 832 at the most, and we do not come near. We do not know where the truth lies.
#
# **Border rank.** A tensor may be approached by shorter sums without being one ({prf:ref}`claim-border-rank`). For $2 \times 2$ matrices border rank is 7 as well; for $2 \times 2 \times 3$ it is 10 where the rank is 11, and for $2 \times 3 \times 3$ it is 14 {cite}`conner2019lower`. This book certifies rank alone. P1 and P7 hold for border rank too, substitution does not.
#
# **The exponent.** Seven products for $2 \times 2$, used again and again, multiply matrices of size $n$ in about $n^{2.81}$ steps, as above. The least exponent is called $\omega$. What has gone through review is $\omega < 2.371339$ {cite}`alman2025asymmetry`. Such bounds are about large $n$: to a table of size 2 or 3 they add nothing.
#
# ## Exercises
#
# ````{exercise} Three times in a row
# :label: ex-23-thrice
#
# Two matrices of size $8 \times 8$ are cut into blocks three times, and seven products are made each time. How many multiplications of numbers are that, and how many does the usual way take?
# ````

# %% tags=["exercise"]
answer = ...  # (with seven products, the usual way)
ch23.three_times(answer)

# %% [markdown]
# ````{solution-start} ex-23-thrice
# :label: sol-23-thrice
# :class: dropdown
# ````
#
# Each cut turns one product into seven: $7 \cdot 7 \cdot 7$. The usual way takes $8 \cdot 8 \cdot 8$.

# %% tags=["solution"]
answer = 7**3, 8**3
ch23.three_times(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} The twelve symmetries of a hexagon
# :label: ex-23-hexagon
#
# The algebra of this group of twelve elements is the sum of four copies of $\mathbb{R}$ and two of the matrices of size $2 \times 2$. Which bound does $2n - t$ give from below, and how many products are enough?
# ````

# %% tags=["exercise"]
answer = ...  # (at least, at most)
ch23.hexagon(answer)

# %% [markdown]
# ````{solution-start} ex-23-hexagon
# :label: sol-23-hexagon
# :class: dropdown
# ````
#
# There are six simple algebras, so at least $24 - 6$. One product for each copy of $\mathbb{R}$ and seven for each of the matrices are enough: $4 + 14$. So the rank is 18.

# %% tags=["solution", "check-exercise-hexagon"]
answer = 2 * 12 - 6, 4 * 1 + 2 * 7
ch23.hexagon(answer)
hexagon = rank_interval(read("library:group-d6"), "quick")
assert hexagon.lower == 18 and hexagon.lower_by.startswith("C7")

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - A product is a table of facts, and its rank is the least number of multiplications: 7 for matrices of size 2, 19 to 23 for size 3, and nobody knows which.
# - On 24 famous tables each certified interval contains what the literature knows; 15 are exact here, 19 there.
# - Our sums for matrices are as short as any known, our lower bounds are not. Bounds by ranks of matrices have a ceiling that is proved: 8 times the side.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | seven products multiply $2 \times 2$ matrices, six do not; used again they multiply larger ones exactly | `check-seven`, `check-multiply` |
# | 24 tables: certified, checked, and each interval contains the literature's | `check-classics` |
# | tensors and decompositions go out and come back unchanged; Strassen's own seven products are certified, and refused with a number changed | `check-exchange`, `check-strassen` |
# | five tables: TensorLy and pyttb rebuild ours, typed ones are certified from theirs, and fits are exact by rounding in one of five | `check-peers` |
# | kinship: 110 to 969, recorded; 832 is the most that matrices can prove, for sides of 104 | `check-kinship` |
# | the bound of the hexagon's group, by hand and by the package | `check-exercise-hexagon` |
