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
# # Facts compiled into weights
#
# **Can facts be put into a layer without training, and how wide must the layer be?**
# Training finds weights and leaves you to wonder what is in them.
# This chapter writes the weights down. Each construction comes with a proof that its layer knows the facts, and with its price.
# (Others write facts into the feed-forward part of a block without training {cite}`dugan2025constructing,garcia2026hebbians`. Here it is the attention.)
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** to write facts into weights without training: eight facts stored in the attention of four heads; two widths traded for one another; three facts of rank 3 in width 2; a thousand facts in a layer whose width is exactly their rank; and what rounding may do to all this, with a bound that is proved.
# - **You need** the bounds of {doc}`03_rank_bounds`; the layer tensor $L$ of {doc}`06_attention_layer_tensor`, recalled below; and the bounds {prf:ref}`claim-a1` and {prf:ref}`claim-a2` of {doc}`07_layer_rank_bounds`.
# - **It takes** forty minutes to read with the proofs, twenty without, twenty minutes for the exercises, and under half a minute to run.
# :::
#
# ```{preview} fig-example-patterns
# Eight facts, written into the attention of four heads. Nothing was trained.
# ```

# %%
from dataclasses import replace

import numpy as np
import torch

from companion import ch08, pictures, say, scratch
from factrank import (
    AttentionLayer,
    Database,
    FactrankError,
    Layer,
    LayerConfig,
    compile_facts,
    rank_interval,
    read,
    recall,
    save,
)
from factrank.facts.families import (
    family_trees,
    modular_addition,
    random_facts,
    random_functional,
    total_functions,
)
from factrank.layer import (
    Heads,
    assemble,
    compile_circle,
    compile_gates,
    compile_key_independent,
    compile_relations,
    compile_tensor,
    compile_terms,
    compile_values,
    exactness_of,
    gated_heads,
    hold_scale,
    logits,
    report,
    slice_heads,
    tanh_heads,
    term_heads,
    verify_layer,
    waves,
)
from factrank.rank import (
    carry,
    exact_rank,
    hub_terms,
    pair_terms,
    slice_terms,
    sums_to,
    tree_terms,
)


# %% [markdown]
# ## Heads told by numbers
#
# A layer reads a key token, then a query token, and answers with one logit for each value. Without residual path, by {prf:ref}`claim-two-tokens`,
#
# $$
# \begin{aligned}
# L[k, q, v] &= \sum_h A^h[k,q]\, X^h[k,v] + (1 - A^h[k,q])\, Y^h[q,v], \\
# A^h[k,q] &= \sigma(s^h_{qk} - s^h_{qq}).
# \end{aligned}
# $$
#
# $A^h$ is how much head $h$ attends to the key rather than to the query itself; $\sigma$ is the sigmoid.
# $X^h$ is what a key says if it is heard alone, $Y^h$ what a query says. Both are products with the same output directions $o = W_O U$, a matrix of $d_{vo}$ rows: $X^h = x\,o$ and $Y^h = y\,o$, where $x$ and $y$ have a row of $d_{vo}$ numbers for each token.
#
# :::{admonition} Guess first: each token has a dimension of its own. Can a weight matrix then treat two tokens in ways that have nothing to do with each other?
# :class: dropdown guess
# Yes. It is a list of rows, one for each token, and nothing ties one row to another.
# :::
#
# To *compile* is to choose the scores and the matrices $x$, $y$, $o$ freely, and to find weights for them.
# Finding the weights is the easy part. Give keys and queries dimensions of their own, one for each token: $E_K = (I, 0)$ and $E_Q = (0, I)$.
# Then a weight matrix is a list of numbers, one row for each token, and nothing ties one row to another.
# The values share the dimensions of the keys (if there are more values than keys, some of these are for values alone). So $E_Q U = 0$: a residual path would add nothing.
#
# `assemble` does this. It can also use fewer dimensions, just enough for what the heads read and write. Let us check it against the formula, head by head.

# %%
def sigmoid(s):
    return 1 / (1 + np.exp(-s))

def told(heads):
    """L from the numbers of the heads, as in the formula."""
    s_qk = np.einsum("hki,hqi->hkq", heads.key, heads.ask)
    s_qq = np.einsum("hqi,hqi->hq", heads.own, heads.ask)
    A = sigmoid(s_qk - s_qq[:, None, :])
    X, Y = heads.x @ heads.out, heads.y @ heads.out
    keys = np.einsum("hkq,hkv->kqv", A, X)
    return keys + np.einsum("hkq,hqv->kqv", 1 - A, Y)

def L_of(layer):
    return layer.layer_tensor()[0].numpy()


# %% tags=["check-assemble"]
for seed in range(30):
    rng = np.random.default_rng(seed)
    H, K, Q, V, i, r = rng.integers(1, 5, 6)
    shapes = (H, Q, i), (H, K, i), (H, Q, i), (H, K, r), (H, Q, r), (H, r, V)
    heads = Heads(*(rng.normal(size=shape) for shape in shapes))
    for embeddings in ("smallest", "one-hot"):
        layer = assemble(heads, embeddings)
        assert abs(L_of(layer) - told(heads)).max() < 1e-12
        assert abs(layer.weights.E_Q @ layer.weights.U).max() < 1e-12

# %% [markdown]
# ## A head that leaves no trace
#
# Attention is never 0 and never 1. A head that should answer one question answers all others a little, too.
# The trick is to let it answer *with opposite signs*.
#
# ````{prf:definition} Tanh head [ours]
# :label: def-tanh-head
#
# A **tanh head** has $d_{vo} = 1$. Every key says $+1$, every query says $-1$, and every query scores 0 at itself: $s_{qq} = 0$. With scores $S[k,q] = s_{qk}$ and output direction $o$ it adds $\tanh(S/2) \otimes o$ to $L$, because
#
# $$
# A - (1 - A) = 2\,\sigma(S) - 1 = \tanh(S/2) .
# $$
# ````
#
# Where the score is 0, the head attends half to the key and half to the query, and the two cancel: it adds *nothing*.
#
# The smallest example stores one fact, *Ann likes tea*. The query *likes* scores 1 at Ann, and every other score is 0. The output is $o = e_{\text{tea}} / \tanh(1/2)$.
# Then $L$ is 1 at (Ann, likes, tea), and 0 everywhere else. Not nearly 0, and not in the limit of large weights.

# %% tags=["check-tanh-head"]
facts = ("Ann", "likes", "tea"), ("Bob", "owns", "milk")
small = Database.from_triples(facts)
key = np.array([[[1.0], [0.0]]])  # Ann, Bob
ask = np.array([[[1.0], [0.0]]])  # likes, owns
tea = np.array([[1.0, 0.0]])
layer = assemble(tanh_heads(ask, key, tea / np.tanh(1 / 2)))

only_tea = np.zeros(small.shape)
only_tea[0, 0, 0] = 1
assert abs(L_of(layer) - only_tea).max() < 1e-12
print((L_of(layer).round(12) + 0.0).tolist())

# %% [markdown]
# A tanh head thus writes any matrix of the form $\tanh(S/2)$, in one direction, where $S$ has rank at most $d_{qk}$.
# This gives three ways to compile. Call a vector *ternary* if it is a multiple of a vector with entries $-1$, $0$, $1$.
#
# ````{prf:theorem} A4b, tanh heads [ours]
# :label: claim-a4b
#
# With tanh heads, finite weights and no training, $L$ can be made equal to
#
# 1. the sum of any $R$ terms $a \otimes b \otimes c$ in which $a$ or $b$ is ternary: $R$ heads with $d_{qk} = d_{vo} = 1$, total width $R$;
# 2. any database $D$: one head for each used value, so a total width of their number; $d_{qk} = \max_v \operatorname{rank} D[:,:,v]$, and a total query-key width in use of $\sum_v \operatorname{rank} D[:,:,v]$;
# 3. any real tensor $T$: total width $\operatorname{rank} T_{(V)}$ and $d_{qk} \le \min(|K|, |Q|)$.
#
# The decompositions of {prf:ref}`claim-u1`, {prf:ref}`claim-u2`, {prf:ref}`claim-u3` and {prf:ref}`claim-u4` (U1 to U4) can be chosen of the kind in 1. Keys and queries have vectors of their own here, and no residual path is needed. The width in 3 is the least possible without residual path, by {prf:ref}`claim-a2`. For a functional database so is the width in 2: there the number of used values is $\operatorname{rank} D_{(V)}$, by {prf:ref}`claim-p1`.
# ````
#
# ````{prf:proof}
# Fix $0 < \delta < 1$.
#
# *1.* Scale $a$ and $b$ to largest entry 1, and let $a$ be the ternary one. Take the scores $S[k,q] = a[k] \cdot 2\operatorname{artanh}(\delta\, b[q])$, which have rank one. Since artanh is odd and $a[k] \in \{-1, 0, 1\}$, this is $2\operatorname{artanh}(\delta\, a[k]\, b[q])$, so $\tanh(S/2) = \delta\, a\, b^T$. With $o = c/\delta$ and the scales put back, the head adds $a \otimes b \otimes c$. If $b$ is ternary, exchange the two.
#
# *2.* A used value $v$ has a slice $D[:,:,v]$ with entries 0 and 1. So $S = 2\operatorname{artanh}(\delta)\, D[:,:,v]$ has the rank of the slice, and $\tanh(S/2) = \delta D[:,:,v]$. With $o = e_v/\delta$ the head writes the slice.
#
# *3.* Factor the value unfolding: $T = \sum_{j=1}^{r} M_j \otimes o_j$ with $r = \operatorname{rank} T_{(V)}$. With $m_j$ the largest absolute entry of $M_j$, head $j$ has scores $2\operatorname{artanh}(\delta M_j/m_j)$, any matrix of rank at most $\min(|K|,|Q|)$, and output $m_j o_j / \delta$.
#
# *The decompositions.* In U1 both $a$ and $b$ have entries 0 and 1. In U2 a slice of rank $r$ is a product of $r$ of its own columns with $r$ rows, and a column $a$ has entries 0 and 1.
# U3, with the hub $v_0$, has the terms $1[f_q = v] \otimes e_q \otimes (e_v - e_{v_0})$, and matrices $N_{v_0}$ with entries 0 and 1, taken apart as in U2. In U4 the difference of two relations is added on a whole branch of the tree: $b$ marks that branch, with entries 0 and 1. With keys in the place of relations, $a$ marks it. With values in their place, the difference of two slices has entries −1, 0 and 1, and is taken apart into its own columns as in U2.
# ````
#
# :::{admonition} Guess first: the eight facts have rank 5. Can the logits of a layer of total width 4 be exactly these facts?
# :class: dropdown guess
# Yes: with one head for each of the four values. Then the facts stand in the attention patterns.
# :::
#
# The first way, on the example: its five terms from {doc}`02_rank_as_size` become five heads. The second way: four values, four heads. That is *less* than the rank.

# %% tags=["check-example-compiled"]
example = read("library:example")
D = example.tensor()
five = compile_terms(example.shape, rank_interval(example).terms)
by_value = compile_values(example)

for layer in (five, by_value):
    assert abs(L_of(layer) - D).max() < 1e-12
print("one head a term: width", five.config.width)
config = by_value.config
print("one head a value: width", config.width, "- d_qk", config.d_head_qk)
assert five.config.width == 5
assert config.width == len(example.used("V")) == 4

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-example-patterns", "caption": "The eight facts of the example in the attention of four heads, one for each value. A cell is $A^h[k,q]$, the attention of query $q$ on key $k$; an empty cell is 1/2, where the head adds nothing. Rows are keys. No training; one-hot or smaller embeddings give the same numbers. Drawn by `pictures.draw_numbers`."}, "image": {"alt": "Four grids named Singapore, Malaysia, Ringgit and Dollar, with the keys Astrid, Bernard, Colin, Malaysia, Singapore as rows and the queries born_in, lives_in, currency as columns. Each fact is a blue cell with the number .75 in the grid of its value, eight in all. All other cells are empty."}}
A = by_value.attention()[0].numpy()
patterns = {value: A[v] for v, value in enumerate(example.values)}
names = example.keys, example.queries
_ = pictures.draw_numbers(patterns, *names, middle=0.5, sides="VKQ")


# %% [markdown]
# Look at {numref}`fig-example-patterns`: it *is* the database. The facts are in the attention, that is in $W_Q W_K^T$. The value-output part of such a layer knows only which head speaks for which value.
# So it is false that only the value-output part can store facts. Which part stores them is a matter of cost.
#
# Now the theorem on random databases. First, are the decompositions of {doc}`03_rank_bounds`, as the package finds them, really of the kind in 1?

# %% tags=["check-ternary"]
def ternary(vector):
    return len({abs(x) for x in vector.values() if x}) <= 1

def by_pairs(mode):
    return lambda db: pair_terms(db, mode)

methods = [by_pairs("KQ"), by_pairs("QV"), by_pairs("KV"), slice_terms]
methods += [hub_terms, tree_terms, lambda db: tree_terms(db, "K"), lambda db: tree_terms(db, "V")]
for seed in range(20):
    db = random_functional(6, 4, 5, 0.5 + 0.5 * (seed % 2), seed)
    for method in methods:
        terms = method(db)
        assert all(ternary(term.a) or ternary(term.b) for term in terms)
        layer = compile_terms(db.shape, terms)
        assert abs(L_of(layer) - db.tensor()).max() < 1e-12
        assert layer.config.width == len(terms)
        assert layer.config.d_head_qk == layer.config.d_head_vo == 1

# %% [markdown]
# Then parts 2 and 3, on databases with several answers to a question too, and on real tensors:

# %% tags=["check-a4b"]
for seed in range(40):
    db = random_facts(6, 4, 5, 0.3, seed)
    layer, V = compile_values(db), range(db.shape[2])
    slices = [exact_rank(db.matrix("V", v)) for v in V]
    assert abs(L_of(layer) - db.tensor()).max() < 1e-12
    least = exact_rank(db.unfolding("V"))
    assert layer.config.width == len(db.used("V")) == least
    assert layer.config.d_head_qk == max(slices)

    rng = np.random.default_rng(seed)
    r = 1 + seed % 5  # the rank of the value unfolding
    T = rng.normal(size=(6, 4, r)) @ rng.normal(size=(r, 5))
    layer = compile_tensor(T)
    assert abs(L_of(layer) - T).max() < 1e-12 * abs(T).max()
    assert layer.config.width == r and layer.config.d_head_qk <= 4

# %% [markdown]
# "Functional" cannot be left out of the theorem's last sentence. One question with two answers has two used values, and a value unfolding of rank 1: part 3 then needs half the width of part 2.

# %% tags=["check-a4b-sets"]
two_answers = Database.from_triples([("a", "r", "x"), ("a", "r", "y")])
T, widths = two_answers.tensor(), []
for layer in compile_values(two_answers), compile_tensor(T):
    assert abs(L_of(layer) - T).max() < 1e-12
    widths.append(layer.config.width)
assert widths == [2, 1]


# %% [markdown]
# ## What one unit of width buys
#
# Between one head a term and one head a value there is a ladder. Merge *some* values, each into one head that carries its slice in the scores; leave the others as terms.
# Each rung is a layer with $L = D$. Each has two totals: value-output width, and query-key width.

# %%
def rung(db, merged, rest):
    """One head a merged value, terms for the rest; query-key width."""
    part = db.restrict(values=[db.values[v] for v in rest])
    terms = rank_interval(part, "quick").terms if rest else ()
    terms = carry(terms, part, db)
    D, V = db.tensor().astype(float), np.eye(db.shape[2])
    lots = [term_heads(db.shape, terms)] if terms else []
    lots += [slice_heads(D[:, :, merged], V[merged])] if merged else []
    heads = lots[0] if len(lots) == 1 else lots[0].and_also(lots[1])
    used = len(terms) + sum(exact_rank(db.matrix("V", v)) for v in merged)
    return assemble(heads), used

def ladder(db):
    size = {v: exact_rank(db.matrix("V", v)) for v in db.used("V")}
    order = sorted(size, key=lambda v: -size[v])
    for m in range(len(order) + 1):
        layer, used = rung(db, order[:m], order[m:])
        assert abs(L_of(layer) - db.tensor()).max() < 1e-12
        padded = layer.config.n_heads * layer.config.d_head_qk
        yield layer.config.width, used, padded


# %% [markdown]
# :::{admonition} Guess first: a layer whose facts have rank 41 saves 35 units of value-output width. How many units of query-key width does that cost?
# :class: dropdown guess
# Seven, for the random database below.
# :::
#
# Two databases: eight random relations that share six values, and the two family trees of {doc}`04_certified_rank`, 112 facts of kinship {cite}`hinton1986concepts`.
# (Intervals in this chapter that are not exact are those of the quick search. For the family trees {doc}`04_certified_rank` proves more.)

# %% tags=["check-exchange"]
shared, families = total_functions(60, 8, 6, seed=0), family_trees()
both = {"random, rank 41": shared, "family trees": families}
ladders = {}
for name, db in both.items():
    ladders[name] = list(ladder(db))
    interval = rank_interval(db, "quick")
    least = exact_rank(db.unfolding("V"))
    top, bottom = ladders[name][0], ladders[name][-1]
    print(f"{name}: {len(db)} facts, {interval},")
    print(f"  value unfolding of rank {least}")
    ends = {"one head a term ": top, "one head a value": bottom}
    for label, (width, used, padded) in ends.items():
        print(f"  {label}: value-output {width}, query-key {used} in use,")
        print(f"    {padded} in the weights")
    assert top[0] == interval.upper and bottom[0] == least
    assert bottom[1] == len(slice_terms(db))
    _, used, padded = ladders[name][len(ladders[name]) // 2]
    assert padded > 2 * used  # half-way, most of it is zeros

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-exchange", "caption": "Layers with $L = D$ exactly, for two databases. From right to left, more and more values are merged into one head each. Filled, the query-key width that is in use; hollow, the width in the weights when $d_{qk}$ must be the same for all heads. Random is `total_functions(60, 8, 6, seed=0)`; terms come from `rank_interval(db, \"quick\")`; no training. Drawn by `pictures.draw_exchange(ladders)`."}, "image": {"alt": "Two nearly flat filled lines. For the random database the query-key width in use rises from 41 to 48 while the value-output width falls from 41 to 6. For the family trees it rises from 64 to 68 while the value-output width falls from 64 to 24. The two hollow lines jump up by several times when the first values are merged, and then fall. At the left end the one of the random database meets its filled line at 48, and the one of the family trees ends at 96."}}
_ = pictures.draw_exchange(ladders)

# %% [markdown]
# Read {numref}`fig-exchange` from right to left. The value-output width falls to the rank of the value unfolding. The query-key width in use hardly rises: by 7 while 35 of value-output are saved, and by 4 while 40 are.
# So $\operatorname{rank}(D)$ is not the value-output width that $L = D$ needs. A little more query-key width replaces a lot of it.
#
# Two warnings go with it.
# A layer has *one* $d_{qk}$ for all heads: half-way down the ladder most of the query-key weights are zeros (the hollow marks). Only the two ends are cheap.
# And at the left end all facts of a value hang on the scores of one head. What this means when numbers are rounded is measured under {ref}`compiling-precision`.
#
# ## When attention cannot look at the key
#
# :::{admonition} Guess first: attention may look at the query alone, and queries say nothing. How wide must a layer be whose logits are the facts?
# :class: dropdown guess
# As wide as their rank at least, and twice the rank is always enough.
# :::
#
# What if the scores carry no facts at all? Let attention be key-independent: it depends on the query alone. Now rank is the price.
# The number $A^h[k,q]$ says how far head $h$ is open to the key. So we call it the **gate** of the head. Here the gate depends on $q$ alone, $A^h[k,q] = g_h[q]$.
#
# ````{prf:theorem} A4, key-independent attention [ours]
# :label: claim-a4
#
# A decomposition of $D$ into $R$ terms compiles into a layer with finite weights and $L = D$, with key-independent attention and **silent queries**: no query says anything, $Y = 0$. Its total width is at most $R + \min(R, |K|, |V|)$.
# ````
#
# ````{prf:proof}
# Group the terms by the direction of $b$, scaled to largest absolute entry 1, and let $C_g = \sum a\, c^T$ over group $g$, scales included: $D[k,q,v] = \sum_g b_g[q]\, C_g[k,v]$.
# Fix $0 < \varepsilon < 1$. Group $g$ gets gates $A[k,q] = \tfrac12 + \tfrac{\varepsilon}{2} b_g[q]$, by $s_{qk} = 0$ and $s_{qq} = -\log\frac{1 + \varepsilon b_g[q]}{1 - \varepsilon b_g[q]}$, and $X = \tfrac{2}{\varepsilon} C_g$, $Y = 0$. It adds $\tfrac1\varepsilon C_g[k,v] + b_g[q]\, C_g[k,v]$.
# Further heads with $A = \tfrac12$ and $X = -\tfrac2\varepsilon \sum_g C_g$ take the first part away.
# The width is $\sum_g \operatorname{rank} C_g + \operatorname{rank}\bigl(\sum_g C_g\bigr)$. The first sum is at most $R$; the last matrix is $|K| \times |V|$ and a sum of $R$ matrices of rank one.
# ````
#
# By hand: one key, two queries, *a is red at dawn, blue at noon*. Two terms, two groups: $b = (1, 0)$ and $(0, 1)$. With $\varepsilon = \tfrac12$ the gates are $(\tfrac34, \tfrac12)$ and $(\tfrac12, \tfrac34)$, the heads say $4$ red and $4$ blue, and a third head with gate $\tfrac12$ says $-4$ red $-4$ blue. At dawn: $3 - 2 = 1$ red, $2 - 2 = 0$ blue.

# %% tags=["check-a4"]
day = Database.from_triples([("a", "dawn", "red"), ("a", "noon", "blue")])
gate = np.array([[3 / 4, 1 / 2], [1 / 2, 3 / 4], [1 / 2, 1 / 2]])
says = np.array([[[4.0, 0]], [[0, 4.0]], [[-4.0, -4.0]]])
by_hand = gated_heads(gate, np.ones((3, 1, 1)), says)
assert abs(told(by_hand) - day.tensor()).max() < 1e-12

for seed in range(20):
    db = random_functional(6, 4, 5, 0.5 + 0.5 * (seed % 2), seed)
    best = rank_interval(db, "quick").terms
    for terms in slice_terms(db), tree_terms(db), best:
        layer, R = compile_key_independent(db.shape, terms), len(terms)
        A = layer.attention()
        assert abs(L_of(layer) - db.tensor()).max() < 1e-12
        assert (A - A[:, :, :1]).abs().max() < 1e-12  # the same for all keys
        queries_say = layer.value_paths()[1]
        assert queries_say.abs().max() < 1e-12
        assert layer.config.width <= R + min(R, db.shape[0], db.shape[2])

# %% [markdown]
# The terms here need not be ternary. Any decomposition will do, also one with fractions. (On paper. What becomes of the fractions in a computer is asked {ref}`below <compiling-floating-point>`.)
# If a word has one vector in all its roles, both theorems hold as long as no word is a key and a query. Otherwise A4 can fail at every width ({prf:ref}`claim-shared-embedding`).
#
# ## How narrow can it be?
#
# {prf:ref}`claim-a1` bounds the rank of any layer. Where attention is key-independent, $A^h$ and $J - A^h$ have rank 1, and it gives $2w$ for a total width $w$. More can be said.
#
# :::{admonition} Guess first: three facts have rank 3, and attention cannot look at the key. Can their layer have width 2?
# :class: dropdown guess
# Yes, if its queries speak for themselves.
# :::
#
# ````{prf:theorem} A5, the converse [ours]
# :label: claim-a5
#
# Let attention be key-independent, with gates $A^h[k,q] = g_h[q]$, and let $w = \sum_h d_{vo}$ be the total width. Then
#
# $$
# \begin{aligned}
# L[k,q,v] &= \sum_h g_h[q]\, X^h[k,v] + N[q,v], \\
# \operatorname{rank}(L) &\le w + \operatorname{rank}(N).
# \end{aligned}
# $$
#
# 1. With silent queries ($Y = 0$, no residual path), $L = D$ needs $w \ge \operatorname{rank}(D)$.
# 2. If queries speak, without residual path, $L = D$ needs $w \ge \operatorname{rank} D_{(V)}$, $w \ge \tfrac12 \operatorname{rank}(D)$, and $w \ge \operatorname{rank}$ of the tensor of differences $(D[k] - D[k_0])_k$ for each key $k_0$.
# 3. In 2 the bound $\operatorname{rank}(D)$ would be wrong: three facts of rank 3 fit into width 2.
# ````
#
# ````{prf:proof}
# $N = \sum_h (1 - g_h) Y^h$, each row of $Y^h$ weighted, plus $E_Q U$ with the residual path. It does not depend on $k$.
# Head $h$ contributes $X^h \otimes g_h$, of rank at most $\operatorname{rank} X^h \le d_{vo}$, and $N$ contributes $1_K \otimes N$, of rank $\operatorname{rank} N$.
#
# *1.* There $N = 0$.
#
# *2.* The value unfolding has rank at most $w$ ({prf:ref}`claim-a2`). The rows of $N$ lie in the row spaces of the $W_O^h U$, so $\operatorname{rank} N \le w$, and $\operatorname{rank}(D) \le 2w$. In a difference $L[k] - L[k_0]$ the part $N$ cancels, and what remains has rank at most $w$.
#
# *3.* The facts are $(0,0,1)$, $(0,1,0)$, $(1,0,0)$, the W-state of {prf:ref}`claim-border-rank`, which has rank 3. Two heads of width 1 store it:
#
# | head | gates $g$ | keys say | queries say | output $o$ |
# |---|---|---|---|---|
# | 1 | $(\tfrac12, \tfrac12)$ | $(2, 0)$ | $(2, 0)$ | $(3, -1)$ |
# | 2 | $(\tfrac23, \tfrac13)$ | $(3, 0)$ | $(3, 0)$ | $(-2, 1)$ |
#
# At $k = q = 0$ head 1 says $2$, head 2 says $3$: together $(6, -2) + (-6, 3) = (0, 1)$, value 1. Where one of $k$, $q$ is 1, each head says $1$: $(3,-1) + (-2,1) = (1,0)$, value 0. Where both are, nothing.
# ````
#
# Do not believe the table; put it into weights. And the rank is 3, exactly.

# %% tags=["check-w-state"]
three = (0, 0, 1), (0, 1, 0), (1, 0, 0)
w_state = Database(("k0", "k1"), ("q0", "q1"), ("v0", "v1"), three)
g = np.array([[1 / 2, 1 / 2], [2 / 3, 1 / 3]])
says = np.array([[[2.0], [0]], [[3.0], [0]]])
heads = gated_heads(g, says, np.array([[[3.0, -1]], [[-2.0, 1]]]))
layer = assemble(replace(heads, y=says))  # queries say what keys say

assert abs(L_of(layer) - w_state.tensor()).max() < 1e-12
print(rank_interval(w_state), "- width", layer.config.width)
assert rank_interval(w_state).lower == 3 and layer.config.width == 2


# %% [markdown]
# So a query that speaks for itself helps. Next, the inequality on random key-independent layers: each unfolding of $L$ has at most its rank, and so have the differences.

# %% tags=["check-a5"]
def flat(T, modes=range(3)):
    return [np.moveaxis(T, i, 0).reshape(T.shape[i], -1) for i in modes]

def unfolding_rank(T):
    """The largest rank of an unfolding, to 1e-9: at most rank(T)."""
    rank = np.linalg.matrix_rank
    return max(rank(M, tol=1e-9 * np.linalg.norm(M)) for M in flat(T))

for seed in range(100):
    rng = np.random.default_rng(seed)
    H, r = rng.integers(1, 4, 2)
    gate, x = rng.uniform(0.05, 0.95, (H, 7)), rng.normal(size=(H, 8, r))
    heads = gated_heads(gate, x, rng.normal(size=(H, r, 9)))
    y = rng.normal(size=(H, 7, r)) * (seed % 3 > 0)
    L = told(replace(heads, y=y))
    N = np.einsum("hq,hqv->qv", 1 - gate, y @ heads.out)
    keys_say = np.einsum("hq,hkv->kqv", gate, x @ heads.out)
    assert abs(L - keys_say - N).max() < 1e-12
    rank_N = np.linalg.matrix_rank(N, tol=1e-9) if N.any() else 0
    assert unfolding_rank(L) <= H * r + rank_N and rank_N <= H * r
    assert unfolding_rank(L - L[:1]) <= H * r

# %% [markdown]
# Now we try to break it. Take a database, a layer one head too narrow, and descend on $\|L - D\|^2$ from many random starts.
#
# (eckart-young-floor)=
# By the theorem of Eckart and Young {cite}`eckart1936approximation` [cited], no tensor whose unfolding has rank $w$ is nearer to $D$, squared, than the sum of the squared singular values beyond the $w$-th. Call that the floor.
# The criterion, before the figures: *no run below its floor, and none that reaches $L = D$*.

# %%
free = {"dtype": torch.float64, "requires_grad": True}

def descend(T, width, silent, starts=32, steps=1500, seed=0):
    """Squared distances to T after descent; the largest number used."""
    rng = torch.Generator().manual_seed(seed)
    K, Q, V = T.shape
    g, x, y, o = (
        torch.randn(starts, width, n, generator=rng, **free)
        for n in (Q, K, Q, V)
    )
    learned = [g, x, o] if silent else [g, x, y, o]
    optimizer = torch.optim.Adam(learned, lr=0.05)
    T = torch.tensor(T, dtype=torch.float64)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = 0.05 * (1 - step / steps) + 1e-4
        A = torch.sigmoid(g)
        L = torch.einsum("shq,shk,shv->skqv", A, x, o)
        if not silent:
            N = torch.einsum("shq,shq,shv->sqv", 1 - A, y, o)
            L = L + N.unsqueeze(1)
        loss = (L - T).square().sum((1, 2, 3))
        optimizer.zero_grad()
        loss.sum().backward()
        optimizer.step()
    largest = max(t.detach().abs().max() for t in (x, o))
    return loss.detach().numpy(), float(largest)

def floor(T, width, modes=range(3)):
    """No tensor whose unfoldings have this rank is nearer (squared)."""
    sigmas = (np.linalg.svd(M, compute_uv=False) for M in flat(T, modes))
    return max((sigma[width:] ** 2).sum() for sigma in sigmas)


# %% tags=["check-a5-attack"]
T = example.tensor().astype(float)  # rank 5, which its key unfolding proves
distance, _ = descend(T, 4, silent=True)
least, closest = floor(T, 4), distance.min()
print(f"the example, width 4: floor {least:.2f}, closest {closest:.2f}")
assert least <= closest <= 1.02 * least

closest = []
for seed in range(4):  # rank 5, which no unfolding proves: the floor is 0
    db = random_functional(4, 3, 4, 0.7, seed)
    assert rank_interval(db).lower == 5
    T = db.tensor().astype(float)
    distance, _ = descend(T, 4, silent=True, steps=1000)
    closest.append(distance.min())
print(f"four random databases, width 4: closest {min(closest):.2f}")
assert min(closest) > 1e-3

# %% [markdown]
# The first descent comes within two percent of its floor, and does not pass it. The four others have no floor, and yet none arrives. What of the W-state, which two terms approach as nearly as you like?

# %% tags=["check-a5-border"]
T = w_state.tensor().astype(float)
for steps in (500, 4000):
    distance, largest = descend(T, 2, silent=True, steps=steps)
    print(f"silent queries, {steps} steps: {distance.min():.3f},", end=" ")
    print(f"numbers up to {largest:.0f}")
    assert distance.min() > 1e-4
for width in (1, 2):
    distance, _ = descend(T, width, silent=False)
    print(f"speaking queries, width {width}: {distance.min():.3f}")
    assert distance.min() >= floor(T, width, modes=[2]) - 1e-12
assert distance.min() < 1e-12  # at width 2 the bound is met

# %% [markdown]
# With silent queries the error creeps down while the numbers creep up: no layer of width 2 is the best, there are only better ones.
# With queries that speak, width 2 is enough, as the table said, and the bound of part 2 is met with equality.
#
# ## One head a relation
#
# The design that comes to mind first is one head for each relation, which opens its gate for its own query. It works, in the limit.
#
# :::{admonition} Guess first: each relation gets a head that opens for its own query. Are the logits then the facts, exactly?
# :class: dropdown guess
# In general only in the limit of ever sharper gates. Tanh heads are exact at the same width.
# :::
#
# ````{prf:theorem} A6, relation heads [ours]
# :label: claim-a6
#
# Let $D$ be functional with at least one fact, and $M_q = D[:, q, :]$.
#
# 1. Let head $q$ have gates $\sigma(t)$ on its own query and $\sigma(-t)$ on the others, and $X = M_q$, $Y = 0$. The width is $\sum_q |\operatorname{range} f_q|$ (more if all heads must be as wide as the widest), and $|L - D| \le |Q|\, \sigma(-t)$ in every cell. The error vanishes only as $t$ grows (except for two relations that are equal).
# 2. One tanh head for each used pair $(q, v)$ has the same width $\sum_q |\operatorname{range} f_q|$, finite weights, and $L = D$.
# ````
#
# ````{prf:proof}
# *1.* $M_q$ has rank $|\operatorname{range} f_q|$. Column $q$ of $L$ is $\sigma(t) M_q + \sigma(-t) \sum_{p \ne q} M_p$, which is $M_q$ plus $\sigma(-t)$ times the matrix $\sum_{p \ne q} M_p - M_q$, with entries between $-1$ and $|Q| - 1$. If this matrix is zero for every $q$, then all $M_q$ are equal, not zero, and $|Q| = 2$. In all other cases some cell is off by $\sigma(-t)$ at least, since the entries are whole numbers.
#
# *2.* The terms $1[f_q = v] \otimes e_q \otimes e_v$ have ternary vectors: {prf:ref}`claim-a4b`, part 1.
# ````

# %% tags=["check-a6"]
for seed in range(30):
    db = random_functional(6, 4, 5, 0.7, seed)
    D, pairs = db.tensor(), db.pair_counts()["QV"]
    for t in (2.0, 5.0, 10.0):
        error = abs(L_of(compile_relations(db, sharpness=t)) - D).max()
        least, most = sigmoid(-t), len(db.queries) * sigmoid(-t)
        assert least * (1 - 1e-9) <= error <= most * (1 + 1e-9)
    layer = compile_relations(db)
    assert abs(L_of(layer) - D).max() < 1e-12 and layer.config.width == pairs

# %% [markdown]
# Neither sees that relations agree. The terms of a short decomposition do, and need fewer weights where that happens. Here are the attention weights ($W_Q, W_K, W_V, W_O$) of layers with $L = D$:

# %% tags=["check-parameters"]
elements = read("library:elements")
big = {"elements": elements, **both}
print(f"{'':16s} facts  one head a pair   a term  a value")
for name, db in big.items():
    terms = rank_interval(db, "quick").terms
    layers = [compile_relations(db), compile_terms(db.shape, terms)]
    layers += [compile_values(db)]
    pair, term, value = (x.parameters()["attention"] for x in layers)
    print(f"{name:16s} {len(db):5d} {pair:16d} {term:8d} {value:8d}")
    assert pair >= term >= value

# %% [markdown]
# For the elements all three have the same size: their columns have disjoint ranges, so the rank is the number of used values, and there is nothing to save ({prf:ref}`claim-c1`).
# Sharing is what makes rank smaller than the sum of ranges, and the value unfolding smaller still.
#
# ## Everything in one pattern
#
# How far can this be driven, if the layer need only *recall*, that is, give the right value the largest logit?
#
# :::{admonition} Guess first: only the largest logit has to be right. How many heads does one need?
# :class: dropdown guess
# One, of value-output width 2, for every functional database with two values or more.
# :::
#
# ````{prf:theorem} A7, facts in the attention pattern [ours]
# :label: claim-a7
#
# For every functional database with $|V| \ge 2$ there is a layer with *one* head, $d_{qk} = \min(|K|, |Q|)$, $d_{vo} = 2$ and no residual path that recalls every fact: the logit of the right value is the largest, and its *margin* over the next is exactly $1/|V|^2$.
# ````
#
# ````{prf:proof}
# Give value $v$ an attention weight of its own, its gate $g_v = (v + \tfrac12)/|V|$. Let $f_q(k)$ be the value of the fact at $(k, q)$. Choose the scores so that $A[k,q] = g_v$ at $v = f_q(k)$: that is, $s_{qq} = 0$ and $s_{qk} = \log\frac{g_v}{1 - g_v}$, a matrix of rank at most $\min(|K|,|Q|)$ like any other. Where nothing is known, $s_{qk} = 0$.
# Keys say $(1, 0)$, queries $(0, 1)$. The two rows of $W_O U$ are $2g_v - g_v^2$ and $-g_v^2$. Then
#
# $$
# \begin{aligned}
# L[k,q,v] &= A\,(2 g_v - g_v^2) - (1 - A)\, g_v^2 \\
# &= 2 A g_v - g_v^2 = A^2 - (A - g_v)^2 .
# \end{aligned}
# $$
#
# The largest logit is that of the gate nearest to $A$. At a fact the right gate is at distance 0 and the next at $1/|V|$.
# ````
#
# With two values the gates are $\tfrac14$ and $\tfrac34$. At $A = \tfrac14$ the logits are $\tfrac1{16} - 0$ and $\tfrac1{16} - \tfrac14$: a margin of $\tfrac14 = 1/2^2$.

# %% tags=["check-a7"]
for seed in range(40):
    db = random_functional(2 + seed % 7, 4, 2 + seed % 5, 0.8, seed)
    layer = compile_gates(db)
    found, config = recall(Layer.of(db, layer), db), layer.config
    assert found.recalled == 1
    assert config.n_heads == 1 and config.width == config.d_head_vo == 2
    assert config.d_head_qk == min(db.shape[:2])
    assert abs(found.margin - 1 / db.shape[2] ** 2) < 1e-12

# %% [markdown]
# The value unfolding of this $L$ has rank at most two, whatever the database. So recall does not need the width that $L = D$ needs.
# {doc}`09_argmax_and_softmax` asks what it needs instead.
#
# A question with two answers has no single gate, and the construction says so:

# %% tags=["check-refuses-sets"]
try:
    compile_gates(families)
    refused = ""
except FactrankError as error:
    refused = str(error)
say(refused)
assert "'Colin' 'uncle': 'Arthur', 'Charles'" in refused

# %% [markdown]
# ## A thousand facts, and a family
#
# Time to compile real facts: the elements, and the family trees. This time we also ask how sure a layer is. The softmax of the logits of a question, $e^{L[k,q,v]} / \sum_w e^{L[k,q,w]}$, gives each value a **probability**.
#
# :::{admonition} Guess first: 1054 facts of rank 74. How wide is the layer with one head for each term?
# :class: dropdown guess
# 74. If attention cannot look at the key, the layer below has width 137.
# :::
#
# A logit of 1 is little among 74 values: with $L = D$ the right one gets $e/(e + 73)$, less than four percent. So we scale: $L = \beta D$ with the least $\beta$ at which the answer to a question has probability $0.95$. Then we ask for $0.9$: some room for rounding.
#
# One more construction joins the others, the **circle**. Place the values evenly on a circle. At a fact the logit of each value is the cosine of its angle to the right one, elsewhere it is 0. So the right value has the largest, 1. The cosine of a difference of angles is a sum of two products, so the value rank is at most two, and two heads of width 1 write this tensor, by part 3 of {prf:ref}`claim-a4b`.
# A7 and the circle have least scales of their own. There the package adds one percent, and never goes below a scale of 1.
#
# *Recalled* and *held* are shares of the facts: those with the largest logit, and those with probability $0.9$ or more. Where a question has two answers, both must stand above all other values, and each needs half of that probability. The last two columns count what the layer says where the database says nothing: questions without a fact that get an answer all the same, and *artifacts*, values with a probability of $0.9$ or more that are no facts.

# %%
aim, tau = 0.95, 0.9

def compiled(db):
    """Every construction that db allows, scaled to hold its facts."""
    beta = hold_scale(len(db.values), aim)
    terms = rank_interval(db, "quick").terms
    yield "A4b, terms", compile_terms(db.shape, terms, scale=beta)
    yield "A4b, values", compile_values(db, scale=beta)
    yield "A4", compile_key_independent(db.shape, terms, scale=beta)
    yield "A6, pairs", compile_relations(db, scale=beta)
    near = compile_relations(db, sharpness=20, scale=beta)
    yield "A6, relation heads", near
    if db.functional:
        yield "A7", compile_gates(db, tau=aim)
        yield "circle", compile_circle(db, tau=aim)


# %% tags=["check-elements"]
layers, found = {}, {}
for name in "elements", "family trees":
    db = big[name]
    print(f"{name}: {len(db)} facts, {rank_interval(db, 'quick')}")
    print(f"{'':18s} d_qk width weights recalled held answers artifacts")
    for method, layer in compiled(db):
        layers[name, method] = Layer.of(db, layer)
        r = found[name, method] = recall(layers[name, method], db, tau)
        config, weights = layer.config, layer.parameters()["attention"]
        wide = config.d_head_qk, config.width
        print(f"{method:18s} {wide[0]:4d} {wide[1]:5d}", end=" ")
        print(f"{weights:7d} {r.recalled:8.0%} {r.held:4.0%}", end=" ")
        print(f"{r.answers_off:7d} {r.artifacts:9d}")
        assert r.recalled == r.held == 1


# %% tags=["check-elements-width"]
def width(name, method):
    return layers[name, method].layer.config.width

assert rank_interval(elements).exact and rank_interval(elements).lower == 74
assert width("elements", "A4b, terms") == 74
assert width("elements", "A4") < 2 * 74
exact = [m for _, m in found if m.startswith(("A4", "A6, p"))]
for (_, method), r in found.items():
    if method in exact:  # L = beta D: nothing is said where there is no fact
        assert r.answers_off == r.artifacts == 0

# %% [markdown]
# With one tanh head a term, the layer of the elements has as its width exactly the rank, 74. Key-independent attention (A4) costs more, 137, but less than twice as much.
#
# Where $L = \beta D$, a question without a fact gets no answer: all values have the same logit, and a tie is no answer. The circle has zeros there, and gives no answer either.
# A7 is different. A question that nobody answered sits at $A = \tfrac12$, and the gate nearest to one half gets it. With 74 values, an even number, two gates are equally near, and it is a tie. Drop one value with its facts, and 73 have a gate in the middle:

# %% tags=["check-off"]
fewer = elements.restrict(values=elements.values[1:])
unasked = len(fewer.keys) * len(fewer.queries) - len(fewer)
r = recall(Layer.of(fewer, compile_gates(fewer, tau=aim)), fewer, tau)
print(f"recalled {r.recalled:.0%}; {unasked} questions without a fact:")
print(f"{r.answers_off} answers, {r.artifacts} artifacts")
assert r.recalled == r.held == 1 and r.answers_off == r.artifacts == unasked

# %% [markdown]
# Every question without a fact gets an answer, and with a probability of $0.9$ at that.
# An artifact is a by-product of the weights, not knowledge. It belongs in every report.
#
# (compiling-floating-point)=
# ## In floating point
#
# So far $L = D$ was said of numbers on paper. A computer rounds. For the tables above that changed the twelfth digit. It need not end so well.
#
# :::{admonition} Guess first: a sum of fractions gives the facts exactly. Does the layer made of it?
# :class: dropdown guess
# Not this one: in 64 bits it loses most of the facts.
# :::
#
# Addition modulo 13 has rank 19 over the real numbers. The shortest decomposition with *rational* entries that the package finds has a few terms more ({prf:ref}`claim-c7`). It sums to $D$ exactly, in fractions. Let us make weights of it.

# %% tags=["check-cancels"]
thirteen = modular_addition(13)
fractions = rank_interval(thirteen, "quick").terms
assert sums_to(fractions, thirteen)
lost = compile_terms(thirteen.shape, fractions)
known = recall(Layer.of(thirteen, lost), thirteen).recalled
loudest = float(max(w.abs().max() for w in lost.weights))
print(f"{len(fractions)} terms; largest weight 10^{np.log10(loudest):.0f}")
print("a logit is off by more than 1, most facts are lost")
assert abs(L_of(lost) - thirteen.tensor()).max() > 1 and known < 0.2

# %% [markdown]
# The terms multiply polynomials by their values at whole numbers, and powers of whole numbers grow like factorials. The large parts cancel, exactly on paper. In 64 bits a number of size $10^{18}$ keeps no digit behind the point.
# So a proof about terms is not a proof about a layer. We need one about the layer.
#
# Let $u$ be the *unit roundoff*, $2^{-53}$ in 64 bits and $2^{-24}$ in 32: a sum or product of two numbers comes out right up to a factor between $1 - u$ and $1 + u$. Let $\gamma_n = nu/(1 - nu)$.
#
# ````{prf:theorem} A9, a layer in floating point [cited, ours]
# :label: claim-a9
#
# Let the weights be floating-point numbers, and let $\hat L$ be computed from them by the formula of the layer, sums in any order. (No sum overflows, nothing underflows, and the exponential is off by at most $8u$, relatively.) Write $e_z$ for a bound on what $z$ is off, and $|z|$ for a size that neither the exact $z$ nor the computed one exceeds. Then the following rules hold, entry by entry, and end in a bound $e_L$ with $|\hat L - L| \le e_L$, $L$ the tensor of the *same weights* in exact arithmetic.
#
# 1. A matrix product with inner length $n$: $e_{AB} = \gamma_n |A||B| + e_A |B| + |A|\, e_B$.
# 2. A gate: $e_A = e_t / 4 + 16u$, where $t$ is what the sigmoid is taken of.
# 3. What a head says, $m = y + A(x - y)$: $e_m = e_A (|x| + |y|) + A e_x + (1 - A) e_y + \gamma_3 (|x| + 2|y|)$.
#
# If $|\hat L - \beta D| + e_L \le \varepsilon$ in every cell, then $|L - \beta D| \le \varepsilon$ in every cell; and for $\varepsilon < \beta/2$ every fact is recalled with a margin of at least $\beta - 2\varepsilon$.
# ````
#
# ````{prf:proof}
# *1.* A sum of $n$ products is off by at most $\gamma_n$ times the sum of the absolute products, in whatever order they are added, and with fused operations too {cite}`higham2002accuracy`. [cited] These are products of computed values, $\hat A \hat B$. The rest is $\hat A \hat B - AB = (\hat A - A)\hat B + A(\hat B - B)$. (The program takes $|\hat z| + 3 e_z$ for the size.)
#
# *2.* The sigmoid has a slope of at most $\tfrac14$, so a score that is off by $e_t$ moves it by at most $e_t/4$. Computing it takes an exponential, a sum and a quotient: less than $16u$ of a number that is at most 1.
#
# *3.* The exact $m$ is $A x + (1 - A) y$. Put in what was computed, first $\hat x$ and $\hat y$, then $\hat A$: that moves it by at most $A e_x + (1 - A) e_y$, then by at most $e_A |\hat x - \hat y|$. The last part is a difference, a product and a sum, each rounded once.
#
# Scores are products, a difference and a quotient by $\sqrt{d_{qk}}$; logits are products again. So the rules lead from the weights to $L$. The bound itself is a sum of positive numbers: computed in floating point it is off by a tiny part of itself, and one percent is added for that. The last sentence is the triangle inequality: a right logit is at least $\beta - \varepsilon$, a wrong one at most $\varepsilon$.
# ````
#
# The reference in this theorem is $D$, the facts. It is not the terms, and not another copy of the layer.
#
# The bound must not be too small: that is what the proof is for, and a test of the package holds it against arithmetic with 300 binary digits. Here the same weights are summed in 32 bits and in 64. The two may differ by what both bounds allow, and no more.

# %% tags=["check-a9"]
for seed in range(40):
    rng = np.random.default_rng(seed)
    sizes = map(int, rng.integers(1, 6, 7))
    config = LayerConfig(*sizes, residual=bool(seed % 2))
    layer = AttentionLayer.random(config, seed=seed)
    single = layer.to(torch.float32)
    rough, fine = logits(single), logits(single.to(torch.float64))
    apart = (rough.L - fine.L).abs()
    assert (apart <= rough.rounding + fine.rounding).all()
    assert (fine.rounding < 1e-7 * rough.rounding).all()

for db in example, shared:
    seen = exactness_of(compile_values(db), db)
    assert seen.error <= seen.bound < 1e-11
assert exactness_of(lost, thirteen).bound > 1  # and it says so

# %% [markdown]
# ### Waves instead of powers
#
# A bound that says "no" is half of the answer. The other half is a better decomposition. Addition modulo $n$ is a wheel, and wheels have *waves*: cosines and sines, which never grow.
#
# ````{prf:proposition} Real waves [cited, ours]
# :label: claim-waves
#
# Let $D$ be the table of an abelian group of $n$ elements, with characters $\chi$ (for addition modulo $n$: $\chi_j(x) = e^{2\pi i j x/n}$). Then $D[k,q,v] = \frac1n \sum_\chi \chi(k)\, \chi(q)\, \overline{\chi(v)}$. Put together over the real numbers this is a sum of $n$ plus the number of pairs $\chi \ne \overline{\chi}$ terms, which is $\operatorname{rank}(D)$; no entry of $a$ or $b$ is larger than $\sqrt2$, none of $c$ larger than $2\sqrt2/n$.
# The table $k + q$ without wrap, $m$ keys and $n$ queries, is a part of addition modulo $m + n - 1$.
# ````
#
# ````{prf:proof}
# The first formula is the orthogonality of characters: the sum of $\chi(k + q - v)$ over all $\chi$ is $n$ if $k + q = v$, and else 0. [cited]
# A real character is one term. For a pair, write $\chi = c + i s$. The pair adds $\frac2n$ times the real part of $\chi(k + q)\overline{\chi(v)}$, that is $\frac2n \bigl(c(k+q)\, c(v) + s(k+q)\, s(v)\bigr)$, where $c(k+q) = P_1 - P_2$ and $s(k+q) = P_3 - P_1 - P_2$ with three products
#
# $$
# P_1 = c(k)\, c(q), \quad P_2 = s(k)\, s(q), \quad P_3 = (c + s)(k)\, (c + s)(q) .
# $$
#
# So the pair is three terms, and the count is that of {prf:ref}`claim-c7`. $c + s$ is a wave of height $\sqrt2$, and so is $c - s$.
# ````
#
# Most of these entries are not rational, so waves say nothing about the rank over the rational numbers, and a certificate cannot hold them. A layer can.

# %% tags=["check-waves"]
print("mod   rational terms: lost   waves: terms  heads  exact to")
for n in (5, 7, 13, 17, 19, 23, 31):
    db = modular_addition(n)
    interval, seen = rank_interval(db, "quick"), waves(db)
    assert len(seen.a) == interval.upper  # C7: the rank
    assert abs(seen.dense() - db.tensor()).max() < 1e-13
    rough = exactness_of(compile_terms(db.shape, interval.terms), db)
    gone = "yes" if rough.bound > 0.5 else "no"
    named = compile_facts(db, interval=lambda _, it=interval: it)
    assert named.exact.bound < 1e-11
    heads = named.layer.config.n_heads
    print(f"{n:3d} {gone:>21s} {len(seen.a):14d} {heads:6d}     1e-11")
    assert (gone == "yes") == (n >= 13)


# %% [markdown]
# What is not ternary costs a layer up to two heads a term, by A4. So the shortest decomposition need not have the fewest heads, and the fewest heads need not survive rounding.
# `factrank compile` therefore tries several: the terms of the interval; waves, where the facts or a block of them are addition; and the shortest by counting, whose entries are 0, 1 and $-1$. It takes the fewest heads that stay within $10^{-9}$ of the logit of a fact in every cell, rounding included. If none does, it refuses, says which method would do, and writes nothing.
#
# A file can be checked by somebody who does not trust the compiler. `factrank verify FACTS LAYER` runs a program of its own, less than 150 lines of plain numpy that import nothing of the compiler. It computes every logit as a midpoint with a radius, and compares with the facts.

# %% tags=["check-verify"]
def checked(db, named):
    with scratch() as folder:
        path = folder / "layer.safetensors"
        save(path, named)
        return verify_layer(db, path)

good = compile_facts(thirteen)
verdict = checked(thirteen, good)
assert verdict.valid and verdict.bound < 1e-11
print("compiled:", verdict.message.split(" to within")[0])

boast = replace(good, layer=lost)  # says that it is exact
verdict = checked(thirteen, boast)
assert not verdict.valid and verdict.recalled < 34
print("the other one:", verdict.message.split(" to ")[0])

# %% [markdown]
# (compiling-precision)=
# ## The price in precision
#
# All this was in 64 bits. Models often compute in 32 or 16. So we run every layer of the elements again with all its weights and sums in *float32* and *bfloat16*, and read the logits.
#
# :::{admonition} Guess first: which layers lose facts when numbers are rounded to 16 bits?
# :class: dropdown guess
# The two narrowest, of width 2. They put 74 values into one number.
# :::

# %% tags=["check-precision"]
print(f"{'':18s} ---- recalled ----   ------ held ------")
print(f"{'elements':18s} float32   bfloat16   float32   bfloat16")
lost = {}
for (name, method), named in layers.items():
    if name == "elements":
        double, single, half = report(named, elements, tau).precisions
        some = [x < 1 for r in (single, half) for x in (r.recalled, r.held)]
        a, b, c, d = ("some lost" if x else "all" for x in some)
        print(f"{method:18s} {a:9s} {c:10s} {b:9s} {d}")
        assert double.recalled == double.held == 1
        lost[method] = some

for method, (*in_single, recall_lost, held_lost) in lost.items():
    assert not any(in_single)
    assert recall_lost == held_lost == (method in ("A7", "circle"))
for method in ("A7", "circle"):
    loudest = abs(L_of(layers["elements", method].layer)).max()
    margin = found["elements", method].margin
    print(f"{method}: logits up to {loudest:.0f}, margin {margin:.1f}")

# %% [markdown]
# In float32 nothing is lost. In bfloat16, with its 8 binary digits (between two and three decimal ones), the layers that give each value or each term a head of its own still know everything.
# The two that put 74 values into *one* number, a gate or an angle, do not. Neighbours stand $1/74$ of the range apart. Logits go up to a thousand (circle) or twenty thousand (A7), and the margin is below four.
# They are the cheapest layers of the table, and the most fragile: what they save in width they pay in precision.
#
# ## Exercises
#
# ````{exercise} Ann likes tea, louder, by hand
# :label: ex-08-score
#
# The layer that stores *Ann likes tea* has score 1 and $o = e_{\text{tea}} / \tanh(1/2)$. Let the score be $\log 9$.
# Which multiple of $e_{\text{tea}}$ must $o$ be, so that $L$ is the same?
# ````

# %% tags=["exercise"]
answer = ...  # a number
ch08.output_at_score(answer)

# %% [markdown]
# ````{solution-start} ex-08-score
# :label: sol-08-score
# :class: dropdown
# ````
#
# The head writes $\tanh(S/2) \otimes o$. Half of $\log 9$ is $\log 3$, and $\tanh(\log 3) = \frac{3 - 1/3}{3 + 1/3} = 0.8$. So $o = 1.25\, e_{\text{tea}}$.

# %% tags=["solution", "check-exercise-score"]
answer = 1 / np.tanh(np.log(9) / 2)
ch08.output_at_score(answer)

loud = tanh_heads(ask * np.log(9), key, tea * answer)
assert abs(L_of(assemble(loud)) - only_tea).max() < 1e-12

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} A single value, by hand
# :label: ex-08-yes
#
# A question has the answer *yes* or none. There are four keys and the queries $r$, $s$, $t$: a has yes under $r$ and $s$, b under $s$ and $t$, c under $r$ and $s$, d under $r$ and $t$.
# How wide is its layer by part 2 of {prf:ref}`claim-a4b`, and what is its $d_{qk}$? How wide is it by part 1?
# ````

# %% tags=["exercise"]
answer = ...  # (width, d_qk) by part 2
ch08.one_value(answer)

# %% [markdown]
# ````{solution-start} ex-08-yes
# :label: sol-08-yes
# :class: dropdown
# ````
#
# Part 2: one head, width 1, with $d_{qk}$ the rank of the $4 \times 3$ matrix of yeses, which is 3. Part 1: as many heads as there are terms, three at least, since the rank of $D$ is the rank of the matrix.
# The whole database sits in the scores.

# %% tags=["solution", "check-exercise-yes"]
answer = 1, 3
ch08.one_value(answer)

config = compile_values(ch08.YES).config
assert (config.width, config.d_head_qk) == answer
for seed in range(10):
    yes = random_facts(6, 5, 1, 0.5, seed)
    size = exact_rank(yes.matrix("V", 0))
    config = compile_values(yes).config
    assert (config.width, config.d_head_qk) == (1, size)
    found = rank_interval(yes)
    assert found.lower == found.upper == size

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: narrower than the rank
# :label: ex-08-narrow
#
# Somebody says: *$L = D$ needs a total width of $\operatorname{rank}(D)$.* Find a database of rank three times as large as the width of a layer with $L = D$, or more.
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts ("key", "query", "value")
ch08.narrower_than_rank(answer)

# %% [markdown]
# ````{solution-start} ex-08-narrow
# :label: sol-08-narrow
# :class: dropdown
# ````
#
# One value is enough for that. Three keys, each with *yes* under a query of its own: the slice is an identity matrix of rank 3, and one head of width 1 writes it. The price is $d_{qk} = 3$.
# The sentence becomes true with key-independent attention and silent queries, by part 1 of {prf:ref}`claim-a5`.

# %% tags=["solution", "check-exercise-narrow"]
answer = [("a", "r", "yes"), ("b", "s", "yes"), ("c", "t", "yes")]
ch08.narrower_than_rank(answer)

db = Database.from_triples(answer)
layer = compile_values(db)
assert abs(L_of(layer) - db.tensor()).max() < 1e-12
assert layer.config.width == 1 and rank_interval(db).lower == 3

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Facts can be written into a layer without training, and exactly: one head for each piece of a decomposition, or one for each value.
# - How wide the layer must be depends on its attention. If it may look at the key, the number of used values is enough; if it may not, and queries are silent, the rank is needed.
# - What is saved in width is paid for in precision. The two cheapest layers of the elements lose facts in bfloat16; the others know all of them.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | weights realize any heads told by numbers, and $E_Q U = 0$ (30 random layers, $10^{-12}$) | `check-assemble` |
# | a tanh head writes one fact and nothing else | `check-tanh-head` |
# | A4b, {prf:ref}`claim-a4b`: the example in width 5 and in width 4; U1 to U4 have ternary terms (20 databases); least width for 40 databases and 40 real tensors; where one head a value is not the least | `check-example-compiled`, `check-ternary`, `check-a4b`, `check-a4b-sets` |
# | every rung of the ladder has $L = D$; its ends | `check-exchange` |
# | A4, {prf:ref}`claim-a4`: 60 layers with key-independent attention and silent queries, within the width | `check-a4` |
# | A5, {prf:ref}`claim-a5`: 100 random layers; the three facts in width 2; descents that try to break it and do not | `check-a5`, `check-w-state`, `check-a5-attack`, `check-a5-border` |
# | A6, {prf:ref}`claim-a6`: error between $\sigma(-t)$ and $\lvert Q\rvert\sigma(-t)$; tanh heads exact at the same width | `check-a6`, `check-parameters` |
# | A7, {prf:ref}`claim-a7`: recall 1 and margin $1/\lvert V\rvert^2$ on 40 databases; sets are refused | `check-a7`, `check-refuses-sets` |
# | elements: recall 100%, width exactly the rank (A4b), below twice the rank (A4); what is said off the database | `check-elements`, `check-elements-width`, `check-off` |
# | in floating point, A9, {prf:ref}`claim-a9`: a sum of fractions that is exact and a layer that is not; 40 random layers in 32 and 64 bits within the bound | `check-cancels`, `check-a9` |
# | waves, {prf:ref}`claim-waves`: as many terms as the rank, layers exact to $10^{-11}$ up to addition mod 31; a checker of its own says which layer is exact and which only says so | `check-waves`, `check-verify` |
# | precision: float32 loses nothing, in bfloat16 only the two layers of width two lose facts | `check-precision` |
