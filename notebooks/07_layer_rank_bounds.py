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
# # What bounds the rank of a layer
#
# **How large can the tensor of a layer be?**
# A database has a size, its rank. If a layer is to store it exactly, $L = D$, its own tensor must have the same rank. So we ask how the rank of $L$ is limited by the layer's design: by $d_{\text{model}}$, by the number of heads, and by the two head widths. [paper]
# That all but the query-key width bound it is in summaries of the paper. The forms below and their proofs are ours; whether they are the paper's we could not read.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** how large the tensor of a layer can be: a decomposition of $L$ with exactly as many terms as a bound allows; a bound that a numerical rank calls loose, and a proof that calls it sharp; a head of width one whose attention has full rank; and what changes if each token has one vector only.
# - **You need** {doc}`06_attention_layer_tensor`, and {prf:ref}`claim-p1` and {prf:ref}`claim-p2` of {doc}`03_rank_bounds`.
# - **It takes** forty minutes to read with the proofs, twenty without, twenty minutes for the exercises, and under half a minute to run.
# :::
#
# ```{preview} fig-tightness
# The rank of random layers: to the left what can be seen of it, to the right what is proved.
# ```

# %%
from fractions import Fraction
from math import lcm, log

import numpy as np
import torch
from torch.nn.functional import pad

from companion import ch07, glue, pictures
from factrank import AttentionLayer, Database, LayerConfig, rank_interval, read
from factrank.facts.matrix import SparseMatrix
from factrank.layer import (
    Weights,
    compile_key_independent,
    compile_values,
    layer_tensor,
    rank_bound,
    unfolding,
    unfolding_ranks,
    value_rank_bound,
    width_needed,
)
from factrank.rank import exact_rank

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
TOLERANCE = 1e-11  # a singular value below this part of the largest is zero


# %% [markdown]
# ## What can be checked, and how
#
# :::{admonition} Guess first: a program computes the rank of a matrix of floating-point numbers, and says 3. Is that a proof?
# :class: dropdown guess
# No, a hint. A tolerance decided which numbers count as zero.
# :::
#
# The entries of $L$ are floating-point numbers. There is no exact rank to compute, and even for exact numbers the rank of a tensor is hard to find. So we are careful about words.
#
# - *At most.* An upper bound is a decomposition. We build it with the number of terms the theorem says, add it up, and compare with $L$ to $10^{-12}$. This is the check of an upper bound.
# - *At least.* The rank of an unfolding is a lower bound, {prf:ref}`claim-p1`. Computed from floats, with a tolerance, it is a **hint**: evidence, not proof.
#
# The layers we test on must reach the cases of the theorems. One of them is attention of low rank. We get it exactly, by giving the keys only $p$ different *looks*: $W_K$ sees the last coordinates of a key, and there only $p$ vectors occur. So $A^h$ has at most $p$ different rows, and so has $J - A^h$, where $J$ is the matrix of ones.
# With one look, $p = 1$, attention is the same for all keys. We call it **key-independent**.

# %%
def with_looks(layer, p):
    """W_K sees only the last half of a key, and there p vectors occur."""
    w, half = layer.weights, layer.config.d_model // 2
    E_K, W_K = w.E_K.clone(), w.W_K.clone()
    like = [k % p for k in range(layer.config.keys)]
    E_K[:, :, half:] = E_K[:, like, half:]
    W_K[:, :, :half] = 0
    return AttentionLayer(layer.config, w._replace(E_K=E_K, W_K=W_K))

def random_case(seed):
    """A layer, and an upper bound on the ranks of all A and J - A."""
    rng = np.random.default_rng(seed)
    K, Q, V, H, i, r = (int(n) for n in rng.integers(1, [13, 6, 7, 4, 3, 5]))
    d_model = int(rng.integers(2, 12))
    config = LayerConfig(K, Q, V, d_model, H, i, r, residual=seed % 3 == 0)
    std = float(rng.choice([0.3, 1, 3]))
    layer = AttentionLayer.random(config, seed=seed, std=std)
    p = int(rng.integers(1, 5))
    if seed % 2:
        return layer, min(K, Q)
    return with_looks(layer, p), min(p, K, Q)

cases = [random_case(seed) for seed in range(200)]


# %% [markdown]
# For layers written by hand, one line puts the axis of models and the axis of heads in front:

# %%
def layer_of(config, E_K, E_Q, U, *head):
    """A layer of one head (W_Q, W_K, W_V, W_O)."""
    weights = [E_K[None], E_Q[None], U[None], *(w[None, None] for w in head)]
    return AttentionLayer(config, Weights(*weights))


# %% [markdown]
# ## A1: heads, widths and attention
#
# Every head adds its share to $L$. The theorem bounds each share in two ways: the two paths of the head *together*, with $t$ terms, or each path *apart*, with $a_h$.
#
# :::{admonition} Guess first: one head has $d_{vo} = 2$, and there are three keys and two queries. How large can the rank of $L$ be?
# :class: dropdown guess
# 4 at most, without residual path: $d_{vo}$ times the fewer of keys and queries.
# :::
#
# ````{prf:theorem} A1, the rank of a layer [paper, ours]
# :label: claim-a1
#
# Let $J$ be the matrix with all entries 1. Then
#
# $$
# \operatorname{rank}(L) \le \sum_h \min( t, a_h ),
# \qquad
# t = d_{vo} \min(|K|, |Q|),
# $$
#
# $$
# a_h = \min\bigl(|K|,\, d_{vo} \operatorname{rank} A^h\bigr) + \min\bigl(|Q|,\, d_{vo} \operatorname{rank}(J - A^h)\bigr),
# $$
#
# and $\operatorname{rank}(E_Q U)$ more if the layer has the residual path. In a head, $d_{vo}$ may be replaced by $\operatorname{rank}(W_O^h U)$, which is at most $\min(d_{vo}, d_{\text{model}}, |V|)$.
# ````
#
# ````{prf:proof}
# Fix a head, drop its number, and let $o_1, \dots, o_r$ be a basis of the rows of $W_O U$, with $r \le d_{vo}$. A key says $X[k, :] = \sum_j x_j[k]\, o_j$, and a query says $Y[q, :] = \sum_j y_j[q]\, o_j$.
#
# *Together.* The share of the head is $\sum_j M_j \otimes o_j$ with the matrices $M_j[k, q] = A[k, q]\, x_j[k] + (1 - A[k, q])\, y_j[q]$. Each has rank at most $\min(|K|, |Q|)$. That is $r \min(|K|, |Q|)$ terms.
#
# *Apart.* Write $A = \sum_{i} \alpha_i \otimes \beta_i$ with $\operatorname{rank} A$ summands. The key path $A[k, q]\, X[k, v]$ is
# $\sum_{i, j} (\alpha_i x_j) \otimes \beta_i \otimes o_j$, where $\alpha_i x_j$ is the product entry by entry: $r \operatorname{rank} A$ terms. Or take one term for each key, $\sum_k e_k \otimes A[k, :] \otimes X[k, :]$: then there are $|K|$. The query path is the same with $J - A$, with the roles of keys and queries exchanged.
#
# The residual path does not depend on the key: $1_K \otimes (E_Q U)$, and $E_Q U$ is a sum of $\operatorname{rank}(E_Q U)$ products.
# ````
#
# By hand, for the layer of {numref}`fig-layer-by-hand`: 3 keys, 2 queries, $d_{vo} = 2$. In head 1, $A$ and $J - A$ have rank 1, so it gets $\min(4, 2 + 2) = 4$. In head 2, $W_O U$ has rank 1, so $\min(2, \dots) = 2$. Together at most 6; the true rank was 3. The theorem knows nothing of zeros and coincidences in the weights.
#
# The proof is a recipe, so we run it. Terms are kept as three arrays $a, b, c$ with one column for each term.

# %%
def product_form(M, rank):
    """M as a sum of `rank` products: the columns of two arrays."""
    left, sigma, right = np.linalg.svd(M, full_matrices=False)
    return left[:, :rank] * sigma[:rank], right[:rank].T

def together(A, x, y, out):
    pairs = zip(x.T, y.T, strict=True)
    M = [A * xj[:, None] + (1 - A) * yj for xj, yj in pairs]
    K, Q = A.shape
    a = [np.eye(K) if K <= Q else Mj for Mj in M]
    b = [Mj.T if K <= Q else np.eye(Q) for Mj in M]
    c = np.repeat(out.T, min(K, Q), axis=1)
    return np.hstack(a), np.hstack(b), c

def one_path(A, x, out, rank):
    """A[k, q] X[k, v] with X = x out."""
    if len(A) <= x.shape[1] * rank:
        return np.eye(len(A)), A.T, (x @ out).T
    alpha, beta = product_form(A, rank)
    a = np.hstack([alpha * xj[:, None] for xj in x.T])
    return a, np.tile(beta, x.shape[1]), np.repeat(out.T, rank, axis=1)


# %%
def head_terms(A, x, y, out, rank):
    a, b, c = one_path(A, x, out, rank)
    b2, a2, c2 = one_path((1 - A).T, y, out, rank)
    apart = [np.hstack(pair) for pair in ((a, a2), (b, b2), (c, c2))]
    return min(together(A, x, y, out), apart, key=lambda t: t[0].shape[1])

def in_basis(x, y, out, d_model):
    """The same head, with no more rows of output than W_O U can need."""
    left, right = product_form(out, min(*out.shape, d_model))
    return x @ left, y @ left, right.T

def a1_terms(layer, rank):
    """The terms in the proof of A1; `rank` bounds rank A and rank(J - A)."""
    E_K, E_Q, U, _, _, W_V, W_O = (w[0].numpy() for w in layer.weights)
    A = layer.attention()[0].numpy()
    heads = zip(A, E_K @ W_V, E_Q @ W_V, W_O @ U, strict=True)
    parts = [head_terms(A, *in_basis(x, y, out, len(U)), rank)
             for A, x, y, out in heads]
    if layer.config.residual:
        b, c = product_form(E_Q @ U, min(*E_Q.shape, U.shape[1]))
        parts.append((np.ones((len(E_K), b.shape[1])), b, c))
    return [np.hstack(mode) for mode in zip(*parts, strict=True)]


# %% [markdown]
# The check: the decomposition has exactly as many terms as `rank_bound` says, and its sum is $L$.

# %% tags=["check-a1"]
for layer, rank in cases:
    a, b, c = a1_terms(layer, rank)
    ranks = [rank] * layer.config.n_heads
    terms = rank_bound(layer.config, ranks, ranks)
    assert a.shape[1] == b.shape[1] == c.shape[1] == terms
    L = layer.layer_tensor()[0].numpy()
    error = abs(np.einsum("kr,qr,vr->kqv", a, b, c) - L).max()
    assert error < 1e-12 * max(1, abs(L).max())

low = [r for layer, r in cases if r < min(layer.attention().shape[2:])]
print(len(cases), "layers,", len(low), "of them with attention of low rank")
assert any(layer.config.residual for layer, _ in cases)
assert any(layer.config.keys < layer.config.queries for layer, _ in cases)


# %% [markdown]
# Attention of low rank and the residual path both occur, and so do keys fewer than queries.
#
# ## A2: the value unfolding
#
# The second theorem looks at one unfolding only. It is simple, and it tells you what a layer cannot store.
# The rank of the value unfolding is called **value rank** for short, of $L$ or of $D$. **Key rank** and **query rank** are the ranks of the other two unfoldings.
#
# :::{admonition} Guess first: the logits are to be exactly the facts of a table with 74 used values and one answer to each question. Which total width is too small?
# :class: dropdown guess
# Every one below 74, without residual path. Each row of logits is a combination of as many vectors as the layer is wide.
# :::
#
# ````{prf:theorem} A2, the value unfolding [paper, ours]
# :label: claim-a2
#
# The value unfolding of $L$ has rank at most $d_{\text{model}}$, and at most
#
# $$
# n_{\text{heads}}\, d_{vo} \;\bigl(+ \operatorname{rank}(E_Q U) \text{ with the residual path}\bigr).
# $$
#
# So $L = D$ needs $d_{\text{model}} \ge \operatorname{rank} D_{(V)}$, and without the residual path a total width $n_{\text{heads}}\, d_{vo} \ge \operatorname{rank} D_{(V)}$. For a functional database this is the number of used values.
# ````
#
# ````{prf:proof}
# Every row $L[k, q, :]$ of logits is a combination of the rows of the matrices $W_O^h U$, and of the rows of $E_Q U$ with the residual path. The first are $n_{\text{heads}}\, d_{vo}$ vectors, the second span $\operatorname{rank}(E_Q U)$ dimensions. All of them are combinations of the $d_{\text{model}}$ rows of $U$.
# The rank of $L_{(V)}$ is the dimension that these rows of logits span. For the number of used values see {prf:ref}`claim-p1`.
# ````

# %% tags=["check-a2"]
def relative(L, mode):
    """Singular values of an unfolding, the largest being 1."""
    sigma = torch.linalg.svdvals(unfolding(L, mode))
    return sigma / sigma[..., :1]

missed = []
for layer, _ in cases:
    bound = value_rank_bound(layer.config)
    sigma = relative(layer.layer_tensor()[0], "V")
    assert (sigma[bound:] < TOLERANCE).all()
    if int((sigma > TOLERANCE).sum()) < min(bound, len(sigma)):
        A = layer.attention()[0]
        one_look = bool((A == A[:, :1]).all())
        missed.append((layer.config.queries, one_look))
met = len(cases) - len(missed)
print("the bound is met by", met, "of", len(cases), "random layers")
assert missed == [(1, True)]


# %% [markdown]
# The one that misses it has a single query, and keys with one look. Half of the numbers of a key are then the same for all keys, and the logits vary in fewer directions.
#
# ````{prf:proposition} Some databases fit exactly, and others cannot [paper, ours]
# :label: claim-representable
#
# Let $w$ be a width. A layer without the residual path and with $d_{\text{model}}$ or $n_{\text{heads}}\, d_{vo}$ below $w$ has $L = D$ for *no* functional database with $w$ used values, however few its facts.
# Yet one head with $d_{\text{model}} = d_{vo} = w$ and $d_{qk} = 1$ has $L = D$ for every database of one relation that answers every key, with $w$ values, however many its facts.
# ````
#
# ````{prf:proof}
# The first part is {prf:ref}`claim-a2`. For the second, let the relation be $f$. Give key $k$ the unit vector $e_{f(k)}$ and the query the zero vector. All scores are 0, so $A = \tfrac12$. Let $W_V$ be twice the identity, $W_O$ and $U$ the identity. A key says $2\, e_{f(k)}$, the query says 0, and $L[k, q, :] = e_{f(k)}$.
# ````

# %% tags=["check-representable"]
def table_layer(f, w):
    one, score = torch.eye(w), torch.zeros(w, 1)
    config = LayerConfig(len(f), 1, w, w, 1, d_head_qk=1, d_head_vo=w)
    silent = torch.zeros(1, w)
    return layer_of(config, one[f], silent, one, score, score, 2 * one, one)

for w in range(1, 8):
    f = [k % w for k in range(100 * w)]
    triples = ((f"k{k}", "f", f"v{v}") for k, v in enumerate(f))
    db = Database.from_triples(triples)
    L = table_layer(f, w).layer_tensor()[0].numpy()
    assert len(db) == 100 * w and abs(L - db.tensor()).max() == 0
for w in range(2, 8):
    assert value_rank_bound(LayerConfig(100, 9, w, 99, 1, 9, w - 1)) < w
    assert value_rank_bound(LayerConfig(100, 9, w, w - 1, 9, 9, w)) < w

elements = read("library:elements")
needed = width_needed(len(elements.used("V")), 0)
glue("elements_too_narrow", needed - 1, display=False)
print("the elements need a d_model of", needed)
print("without the residual path they also need a total width of", needed)


# %% [markdown]
# So no layer of total width {glue:text}`elements_too_narrow` without the residual path has the table of elements as its tensor, whatever its number of heads and whatever $d_{qk}$. (To give the right value the *largest* logit needs less, as {doc}`09_argmax_and_softmax` shows.)
#
# ## How sharp is A1?
#
# **The criterion, before the picture.** We call A1 *sharp by the hint* for a design if the largest unfolding rank of $L$ equals the bound for all of 12 random layers, seeds in one stack. An unfolding rank counts singular values above $10^{-11}$ of the largest, in float64.
# All layers have 24 keys, 6 queries, 24 values and $d_{\text{model}} = 32$; embeddings are random and frozen.
#
# :::{admonition} Guess first: for how many of the nine designs below does the visible rank meet the bound?
# :class: dropdown guess
# For five.
# :::

# %%
def design(n_heads, d_qk, d_vo, p=None, residual=False):
    """(hint, bound) of twelve random layers; the keys have p looks."""
    sizes = 24, 6, 24, 32, n_heads, d_qk, d_vo
    config = LayerConfig(*sizes, residual=residual)
    layers = AttentionLayer.random(config, models=12, seed=0)
    layers = with_looks(layers, p) if p else layers
    ranks = [p or 6] * n_heads
    hints = unfolding_ranks(layers.layer_tensor(), TOLERANCE)
    best = torch.stack([hints[mode] for mode in "KQV"]).amax(0)
    return [(int(hint), rank_bound(config, ranks, ranks)) for hint in best]

designs = {
    "1 head, $d_{qk}$ 1, $d_{vo}$ 1": design(1, 1, 1),
    "1 head, $d_{qk}$ 1, $d_{vo}$ 3": design(1, 1, 3),
    "1 head, $d_{qk}$ 2, $d_{vo}$ 3": design(1, 2, 3),
    "2 heads, $d_{qk}$ 1, $d_{vo}$ 2": design(2, 1, 2),
    "2 heads, $d_{qk}$ 1, $d_{vo}$ 4": design(2, 1, 4),
    "1 head, $d_{vo}$ 1, key-independent": design(1, 2, 1, p=1),
    "1 head, $d_{vo}$ 4, key-independent": design(1, 2, 4, p=1),
    "1 head, $d_{vo}$ 2, two looks": design(1, 2, 2, p=2),
    "1 head, $d_{vo}$ 2, residual": design(1, 2, 2, residual=True),
}

# %% tags=["check-sharpness"]
sharp = []
for name, found in designs.items():
    assert all(hint <= bound for hint, bound in found)
    sharp.append(all(hint == bound for hint, bound in found))
    hints, bound = {hint for hint, _ in found}, found[0][1]
    plain = name.replace("$", "").replace("{", "").replace("}", "")
    verdict = "sharp" if sharp[-1] else "open"
    print(f"{plain:31s} hints {sorted(hints)}, bound {bound}: {verdict}")
assert sharp == [True, True, True, True, False, True, False, False, False]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-tightness", "caption": "The rank of random layers between a hint, the largest unfolding rank at tolerance 1e-11, and the bound A1. 24 keys, 6 queries, 24 values, d_model 32, embeddings random and frozen; no residual path but in the last design. All 12 layers of each design are drawn. Drawn by `pictures.draw_tightness(designs)`."}, "image": {"alt": "Nine rows, one for each design, with twelve marks each. Five rows show dots, where hint and bound agree, at 6, 18, 18, 24 and 2. Four rows show lines from hint to bound, from 24 to 48, from 5 to 8, from 6 to 8 and from 13 to 18."}}
_ = pictures.draw_tightness(designs)


# %% [markdown]
# Read {numref}`fig-tightness` from the top.
# As long as $n_{\text{heads}}\, d_{vo} \min(|K|, |Q|)$ stays at or below $|K| = 24$, every unit of value-output width adds its full share of 6. And $d_{qk} = 1$ does as well as $d_{qk} = 2$.
# Beyond 24 no unfolding *can* reach the bound, as with two heads of width 4: the ranks are at most 24, 6 and $n_{\text{heads}}\, d_{vo}$. There the hint says nothing for or against it.
#
# Three more designs are open: one with key-independent attention, one with two looks, and the one with the residual path. Is the bound too high there, or the hint too low?
#
# ## The bound is right, the hint is low
#
# Take the purest case, key-independent attention: $A[k, q] = g[q]$. Then the bound is $2\, d_{vo}$, and the hint $d_{vo} + 1$. Substitution settles it, and the other two cases with it.
#
# :::{admonition} Guess first: the hint is $d_{vo} + 1$ and the bound is $2\, d_{vo}$. Which of the two is the rank?
# :class: dropdown guess
# The bound, under conditions that the random layers of the picture meet.
# :::
#
# ````{prf:proposition} Where A1 is the rank [ours]
# :label: claim-a1-sharp
#
# Let a layer have one head, of width $d = d_{vo}$. In the notation of the proof of {prf:ref}`claim-a1`, let the $d$ rows $o_1, \dots, o_d$ of $W_O U$ be independent.
#
# (a) *Few looks.* Let the keys have $p$ looks: $A[k, :] = g_c$ for all $k$ in a set $C_c$, where $c = 1, \dots, p$. Let the $p(d + 1)$ vectors $1_{C_c}$ and $x_j 1_{C_c}$ over keys be independent, and the $p(d + 1)$ vectors $g_c$ and $(1 - g_c)\, y_j$ over queries as well. Then, without the residual path, $\operatorname{rank}(L) = 2pd$, while the unfoldings have rank $p(d+1)$, $p(d+1)$ and $d$. For $p = 1$, key-independent attention, tensors of rank $d + 1$ come as near to $L$ as one likes.
#
# (b) *Residual path.* Let the layer have the residual path. Let $1_K$ and the columns of $M_1, \dots, M_d$ be independent, and also the rows of $E_Q U$ together with $o_1, \dots, o_d$. Then $\operatorname{rank}(L) = d\,|Q| + |Q|$, while the largest unfolding rank is $d\,|Q| + 1$.
#
# Both are the bound A1.
# ````
#
# ````{prf:proof}
# In both cases $L = \sum_{i=1}^{n} u_i \otimes N_i + \sum_c w_c \otimes R_c$ with independent vectors $u_i, w_c$ over keys and independent matrices $N_i$. Change the basis of keys so that these vectors become unit vectors; no rank changes. Then the $N_i$ and $R_c$ are the key slices; all others are zero, and we drop them. Remove the $N_i$ one after the other by {prf:ref}`claim-p2`. Each changes only by multiples of those before it and is independent of them, so none has become zero, and each counts 1:
#
# $$
# \operatorname{rank}(L) \ge n + \operatorname{rank}\Bigl( R_c - \sum_i \lambda_{ci} N_i \Bigr)_c \quad\text{for some numbers } \lambda_{ci}.
# $$
#
# (a) $L = \sum_{c, j} x_j 1_{C_c} \otimes g_c \otimes o_j + \sum_c 1_{C_c} \otimes \sum_j z_{cj} \otimes o_j$ with $z_{cj} = (1 - g_c)\, y_j$. So $n = pd$ and $N_{cj} = g_c \otimes o_j$. A linear map of queries can send all $g_c$ to 0 and keep the $z_{cj}$ independent. It takes the rest to $\sum_{c, j} e_c \otimes z_{cj} \otimes o_j$, whatever the $\lambda$; the query unfolding of this has rank $pd$. Together at least $2pd$.
# In each unfolding $L$ is a sum of products of independent vectors with independent matrices: $p(d+1)$ products for keys and for queries, $d$ for values.
#
# (b) $L = \sum_{j, q} M_j[:, q] \otimes e_q \otimes o_j + 1_K \otimes E_Q U$. So $n = d\,|Q|$ and $N_{jq} = e_q \otimes o_j$. A linear map of values can send all $o_j$ to 0 and keep the $|Q|$ rows of $E_Q U$ independent. It takes the rest to a matrix of rank $|Q|$. Together at least $d\,|Q| + |Q|$.
# The key unfolding has rank $n + 1$. The query unfolding has $|Q|$ rows, and the value unfolding has rank at most $d + |Q| \le d\,|Q| + 1$.
#
# *The bound.* In (a) $A$ has rank at most $p$, and so has $J - A$: A1 is at most $pd + pd$. In (b) it is at most $d\,|Q| + |Q|$. It cannot be less than the rank, so in both cases it is the rank.
#
# *Near.* For $p = 1$ a change of basis in all modes turns $L$ into
# $S_d = \sum_{j=1}^{d} (e_j \otimes e_0 + e_0 \otimes e_j) \otimes e_j$. For $\varepsilon > 0$ the $d + 1$ terms
# $\frac1\varepsilon \sum_j (e_0 + \varepsilon e_j) \otimes (e_0 + \varepsilon e_j) \otimes e_j - \frac1\varepsilon\, e_0 \otimes e_0 \otimes \sum_j e_j$ add up to $S_d + \varepsilon \sum_j e_j \otimes e_j \otimes e_j$.
# ````
#
# The sentence about near tensors explains the hint. A method that cannot tell a tensor from its neighbours cannot see more than $d + 1$ here, and unfoldings are of this kind. Substitution is not.
#
# The smallest such layer is almost empty: $W_Q = 0$, so that attention is $\tfrac12$ everywhere. We build it, change bases, and find $S_d$, a tensor of $2d$ ones. It is a database, and the package certifies its rank.

# %% tags=["check-one-look"]
def half_attention(d):
    """Key j says e_j, query j says 2 e_j, key 0 and query 0 say nothing."""
    one = torch.eye(d)
    says = torch.vstack([torch.zeros(1, d), one])
    E_K, E_Q = torch.hstack([says, 0 * says]), torch.hstack([0 * says, says])
    W_V, U = torch.vstack([one, 2 * one]), torch.vstack([one, 0 * one])
    config = LayerConfig(d + 1, d + 1, d, 2 * d, 1, 1, d)
    none = torch.zeros(2 * d, 1)
    return layer_of(config, E_K, E_Q, U, none, none, W_V, U.T)

for d in range(1, 6):
    layer = half_attention(d)
    L = layer.layer_tensor()[0]  # [k = v]/2 + [q = v]
    S = torch.cat([L[:1], L[1:] - L[:1]])  # a new basis of keys
    S = torch.cat([2 * S[:, :1], S[:, 1:] - S[:, :1]], dim=1)  # of queries
    facts = tuple(map(tuple, S.nonzero().tolist()))
    assert set(S.unique().tolist()) == {0, 1} and len(facts) == 2 * d
    names = (tuple(map(str, range(size))) for size in S.shape)
    interval = rank_interval(Database(*names, facts))
    assert interval.lower == interval.upper == 2 * d
    assert rank_bound(layer.config, [1], [1]) == 2 * d
    found = unfolding_ranks(L, TOLERANCE)
    assert [int(found[mode]) for mode in "KQV"] == [d + 1, d + 1, d]

# %% [markdown]
# All steps here are exact: the entries of $L$ are 0, ½, 1 and 3/2, and these numbers are floats without error.
# And this is the neighbour, for $d = 4$: as near as $\varepsilon$, with 5 terms instead of 8.

# %% tags=["check-near"]
e = torch.eye(5)

def add_up(a, b):
    return torch.einsum("jk,jq,jv->kqv", a, b, torch.eye(4))

e_0 = e[:1].expand(4, 5)
S = add_up(e[1:], e_0) + add_up(e_0, e[1:])
for eps in (1e-1, 1e-2, 1e-3):
    moved = e_0 + eps * e[1:]
    near = (add_up(moved, moved) - add_up(e_0, e_0)) / eps  # 4 terms and 1
    assert abs(float((near - S).abs().max()) - eps) < 1e-9


# %% [markdown]
# Do the random layers of the picture satisfy the conditions? Independence can be seen in floats, if the smallest singular value is far above rounding. It is, for all seeds.

# %%
def independent(*columns):
    """The smallest singular value is above a millionth of the largest."""
    sigma = torch.linalg.svdvals(torch.cat(columns, -1))
    wide_enough = sum(c.shape[-1] for c in columns) == sigma.shape[-1]
    return wide_enough and bool((sigma[:, -1] > 1e-6 * sigma[:, 0]).all())

def parts_of(layers):
    w, A = layers.weights, layers.attention()[:, 0]
    x, y, out = w.E_K @ w.W_V[:, 0], w.E_Q @ w.W_V[:, 0], w.W_O[:, 0] @ w.U
    return A, x, y, out.mT


# %% tags=["check-a1-sharp"]
ones = torch.ones(12, 24, 1)
for d, p in (4, 1), (2, 2):
    config = LayerConfig(24, 6, 24, 32, 1, 2, d)
    layers = AttentionLayer.random(config, models=12, seed=0)
    A, x, y, out = parts_of(with_looks(layers, p))
    C = [(torch.arange(24) % p == c)[:, None] * ones for c in range(p)]
    g = [A[:, c, :, None] for c in range(p)]
    assert independent(*C, *(x * at for at in C))
    assert independent(*g, *((1 - at) * y for at in g)) and independent(out)

w = layers.weights  # two wide, without looks, for the residual path
A, x, y, out = parts_of(layers)
M = A[..., None] * x[:, :, None] + (1 - A)[..., None] * y[:, None]  # m k q j
assert independent(ones, M.flatten(2))
assert independent((w.E_Q @ w.U).mT, out)


# %% [markdown]
# So three of the four open designs in {numref}`fig-tightness` show no gap: in these layers the rank *is* the bound.
# The fourth, two heads of width 4, stays open. There the hint is 24 and the bound 48, and we do not know where the rank lies between them.
#
# ## Trying to break A1 and A2
#
# A proof may hide a mistake. So we look for a layer that is larger than it should be.
# If the bound on an unfolding is $B$, its singular value number $B + 1$ must be zero. The *violation* is this value divided by the largest one.
#
# :::{admonition} Guess first: a thousand random layers try to break two bounds that are proved. How near do they come?
# :class: dropdown guess
# As near as rounding: the largest violation is below $10^{-12}$.
# :::
#
# First a random search: a thousand layers, small and large weights, all unfoldings.

# %% tags=["check-search"]
def violation(L, mode, bound):
    sigma = relative(L, mode)
    return float(sigma[bound]) if bound < len(sigma) else None

found = []
for seed in range(1000, 2000):
    layer, rank = random_case(seed)
    L, ranks = layer.layer_tensor()[0], [rank] * layer.config.n_heads
    bound = rank_bound(layer.config, ranks, ranks)
    found += [violation(L, mode, bound) for mode in "KQV"]
    found.append(violation(L, "V", value_rank_bound(layer.config)))

tried = [x for x in found if x is not None]
print(len(tried), "unfoldings have more singular values than their bound")
print("largest violation below 1e-12:", max(tried) < 1e-12)
assert len(tried) > 300 and max(tried) < 1e-12


# %% [markdown]
# Then gradient ascent: twelve layers at once climb on the logarithm of the violation. In exact arithmetic there is nothing to climb; a slope would betray an error.
# To see that the climber can climb, it also gets the *last allowed* singular value, number $B$.

# %%
def climb(config, mode, number, steps=100):
    """The largest ratio seen of singular value `number` to the first."""
    start = AttentionLayer.random(config, models=12, seed=0)
    weights = Weights(*(w.clone().requires_grad_() for w in start.weights))
    optimizer, best = torch.optim.Adam(weights, lr=0.05), 0.0
    for _ in range(steps):
        L = layer_tensor(weights, residual=config.residual)
        ratio = relative(L, mode)[:, number - 1]
        best = max(best, float(ratio.detach().max()))
        optimizer.zero_grad()
        (-torch.log(ratio + 1e-300).sum()).backward()
        optimizer.step()
    return best


# %% tags=["check-climb"]
with_path = LayerConfig(6, 2, 12, 12, 1, 2, 2, residual=True)
attempts = {
    "A1, keys": (LayerConfig(12, 3, 12, 12, 1, 2, 2), "K", 6),
    "A2, total width": (LayerConfig(6, 4, 12, 12, 2, 2, 2), "V", 4),
    "A2, d_model": (LayerConfig(6, 4, 12, 3, 2, 2, 3), "V", 3),
    "A2, residual": (with_path, "V", 4),
}
for name, (config, mode, bound) in attempts.items():
    proved = rank_bound(config) if mode == "K" else value_rank_bound(config)
    assert bound == proved
    allowed = climb(config, mode, bound)
    forbidden = climb(config, mode, bound + 1)
    print(f"{name:16s} number {bound} above 0.5: {allowed > 0.5},", end=" ")
    print(f"number {bound + 1} below 1e-12: {forbidden < 1e-12}")
    assert allowed > 0.5 and forbidden < 1e-12


# %% [markdown]
# The closest approach is rounding, below $10^{-12}$. The same climber lifts the last allowed singular value to more than half of the first.
#
# ## A3: one dimension of query-key width is enough for full rank
#
# In A1 the query-key width appears only through the rank of $A$. Scores have rank at most $d_{qk}$. But attention is a sigmoid of scores, and a sigmoid does not keep rank low.
#
# :::{admonition} Guess first: a head looks with one number. Can its attention pattern on 12 keys and 12 queries have rank 12?
# :class: dropdown guess
# Yes. Scores then have rank 1, but a sigmoid does not keep rank low.
# :::
#
# ````{prf:theorem} A3, attention of full rank [ours]
# :label: claim-a3
#
# With $d_{qk} = 1$, $d_{\text{model}} = 2$ and finite weights, an attention pattern $A$ can have the full rank $\min(|K|, |Q|)$, and $J - A$ too.
# Precisely: let $A[k, q] = \sigma\bigl(\beta (\alpha_k - \kappa_q)\bigr)$ with $\beta \neq 0$. If all $\alpha_k$ are different and all $\kappa_q$ are different, both matrices have full rank.
# ````
#
# ````{prf:proof}
# Such a pattern is a head: $E_K[k] = (\alpha_k, 0)$, $E_Q[q] = (\kappa_q, 1)$, $W_K = (1, 0)^\top$, $W_Q = (0, \beta)^\top$ give $s_{qk} = \beta \alpha_k$ and $s_{qq} = \beta \kappa_q$.
#
# Put $u_k = e^{\beta \alpha_k}$ and $w_q = e^{\beta \kappa_q}$, all positive. Then
#
# $$
# A[k, q] = \frac{u_k}{u_k + w_q}, \qquad (J - A)[k, q] = \frac{w_q}{u_k + w_q} .
# $$
#
# So both are the matrix $C[k, q] = 1/(u_k + w_q)$, with its rows or its columns multiplied by positive numbers, and we must show that $C$ has full rank.
# Take $n = \min(|K|, |Q|)$ keys and queries, and suppose $\sum_q c_q / (u_k + w_q) = 0$ for these $n$ values of $u_k$. Multiply the function $t \mapsto \sum_q c_q / (t + w_q)$ by $\prod_q (t + w_q)$. The result is a polynomial of degree at most $n - 1$ with $n$ different zeros $u_k$, so it is zero. At $t = -w_q$ it is $c_q$ times a product that is not zero. Hence all $c_q$ are 0, and the $n$ columns are independent.
# ````
#
# ($C$ is known as a Cauchy matrix; that it has full rank is classical.) By hand: $u = (1, 3)$ and $w = (2, 4)$ give $A = \begin{pmatrix} 1/3 & 1/5 \\ 3/5 & 3/7 \end{pmatrix}$ with determinant $\tfrac17 - \tfrac{3}{25} = \tfrac{4}{175}$.
#
# With $\alpha_k = \log u_k$ for integers $u_k$ the pattern is rational. So this theorem can be checked exactly: fractions, made integers row by row.

# %%
def integers(rows):
    """Each row times its common denominator, as a sparse integer matrix."""
    scaled = []
    for row in rows:
        common = lcm(*(x.denominator for x in row))
        scaled.append({j: int(x * common) for j, x in enumerate(row) if x})
    return SparseMatrix((len(rows), len(rows[0])), tuple(scaled))

def line_layer(alpha, kappa, beta):
    """A = sigmoid(beta (alpha - kappa)); keys say 1, queries say 0."""
    E_K = torch.tensor([[a, 0.0, 1.0] for a in alpha])
    E_Q = torch.tensor([[c, 1.0, 0.0] for c in kappa])
    W_K, W_Q, W_V = torch.eye(3).split(1, dim=1)
    config = LayerConfig(len(alpha), len(kappa), 1, 3, 1, 1, 1)
    return layer_of(config, E_K, E_Q, W_V, beta * W_Q, W_K, W_V, W_V.T)


# %% tags=["check-a3"]
rng, numbers = np.random.default_rng(0), np.arange(1, 60)
for _ in range(60):
    K, Q = rng.integers(1, 13, size=2)
    u, w = (rng.choice(numbers, n, replace=False).tolist() for n in (K, Q))
    A = [[Fraction(x, x + y) for y in w] for x in u]
    rest = [[1 - entry for entry in row] for row in A]
    assert exact_rank(integers(A)) == min(K, Q)
    assert exact_rank(integers(rest)) == min(K, Q)
    layer = line_layer([log(x) for x in u], [log(y) for y in w], 1.0)
    pattern = layer.attention()[0, 0].numpy()
    assert abs(pattern - np.array(A, dtype=float)).max() < 1e-12

# %% [markdown]
# With $\beta > 0$, query $q$ gives more than half of its attention to the keys with $\alpha_k > \kappa_q$. The theorem needs no special order of the $\alpha_k$ and the $\kappa_q$, and no large $\beta$.
# But a rank can be full and hard to see. Put the $\alpha_k$ and the $\kappa_q$ on a line in turn, and let $\beta$ grow. The sigmoid becomes a step at $\kappa_q$, and $A$ a triangle.

# %%
alpha, kappa = [k + 0.5 for k in range(12)], [float(q) for q in range(12)]
patterns = {
    rf"$\beta = {b:g}$": line_layer(alpha, kappa, b).attention()[0, 0]
    for b in (0.5, 2, 8)
}
patterns = {name: A.numpy() for name, A in patterns.items()}

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-thresholds", "caption": "Attention patterns of one head with query-key width 1, 12 keys and 12 queries, at three scales of the scores. Each has rank 12. White is 0, full colour 1. Weights written by hand, embeddings frozen, no residual path. Drawn by `pictures.draw_patterns(patterns)`."}, "image": {"alt": "Three square grids of twelve by twelve cells, keys downwards, queries to the right. For beta 0.5 the grid fades softly from dark at the lower left to white at the upper right. For beta 2 it has a narrow soft edge along the diagonal. For beta 8 the lower left triangle is dark, diagonal included, and the rest white."}}
_ = pictures.draw_patterns(patterns)


# %% tags=["check-spectra"]
def singular_values(A):
    return np.linalg.svd(A, compute_uv=False)

spectra = {name: singular_values(A) for name, A in patterns.items()}
visible = [int((s > 1e-3 * s[0]).sum()) for s in spectra.values()]
lowest = [float(s[-1]) for s in spectra.values()]
print("singular values above 1/1000 of the largest:", visible)
assert visible == [5, 12, 12]
assert lowest[0] < 1e-6 < 0.04 < lowest[1] < 0.06 < 0.4 < lowest[2]

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-spectra", "caption": "Singular values of the three patterns. All twelve are positive, but at $\\beta = 0.5$ seven of them are below a thousandth of the largest. Drawn by `pictures.draw_spectra(spectra)`."}, "image": {"alt": "Three falling curves of twelve points on a logarithmic axis, all from about 8. At beta 0.5 the singular values drop by seven powers of ten, to below one millionth. At beta 2 they end at 0.05, at beta 8 near one half."}}
_ = pictures.draw_spectra(spectra)

# %% [markdown]
# {numref}`fig-spectra` shows how to read A3. Query-key width hardly bounds the *rank* of attention. But in these patterns the width 1 has its price: scores are large, or singular values are tiny.
# With large scores a small layer has a rank that can be seen. In `line_layer` a third dimension lets the keys say 1 and the queries 0. Then both widths are 1, $d_{\text{model}}$ is 3, and $L = A \otimes o$ has rank 12, the bound A1.

# %% tags=["check-width-one"]
layer = line_layer(alpha, kappa, 8.0)
L = layer.layer_tensor()[0]
assert (L[:, :, 0] - layer.attention()[0, 0]).abs().max() < 1e-12
assert int(unfolding_ranks(L, 1e-3)["K"]) == rank_bound(layer.config) == 12


# %% [markdown]
# ## What query-key width does limit
#
# Rank is not the whole of a pattern. With one dimension, all queries see the keys on one line.
#
# :::{admonition} Guess first: twelve queries look at twelve keys, each has one favourite, and $d_{qk} = 1$. How many different favourites can there be?
# :class: dropdown guess
# Two at most, the two ends of the line. With $d_{qk} = 2$ every key can be a favourite.
# :::
#
# ````{prf:proposition} Two favourites [ours]
# :label: claim-two-favourites
#
# In a head with $d_{qk} = 1$ all queries together have at most two favourite keys: if each query has a single key with the largest $A[k, q]$, at most two keys occur. With $d_{qk} = 2$ every key can be the favourite of a query of its own.
# ````
#
# ````{prf:proof}
# With $d_{qk} = 1$ the score is $s_{qk} = b_q\, \alpha_k$, a product of two numbers. For $b_q > 0$ the favourite is the key with the largest $\alpha_k$, for $b_q < 0$ the one with the smallest, and for $b_q = 0$ all are equal.
# With $d_{qk} = 2$ put the keys on a circle at angles $\theta_k$, and let query $q$ ask for the angle $\theta_q$. Then $s_{qk}$ is a positive multiple of $\cos(\theta_k - \theta_q)$, which is largest at $k = q$.
# ````

# %% tags=["check-two-favourites"]
def favourites(layers):
    best = layers.attention()[:, 0].argmax(1)  # m q
    return [len(row.unique()) for row in best]

one_wide = LayerConfig(8, 8, 1, 4, 1, d_head_qk=1, d_head_vo=1)
narrow = AttentionLayer.random(one_wide, models=2000, seed=0)
assert max(favourites(narrow)) == 2

angle = 2 * torch.pi * torch.arange(8) / 8
circle = torch.stack([angle.cos(), angle.sin()], 1)
none = torch.zeros(8, 2)
E_K, E_Q = torch.hstack([circle, none]), torch.hstack([none, circle])
W_K, W_Q, U = torch.eye(4)[:, :2], torch.eye(4)[:, 2:], torch.ones(4, 1)
two_wide = LayerConfig(8, 8, 1, 4, 1, d_head_qk=2, d_head_vo=1)
wide = layer_of(two_wide, E_K, E_Q, U, W_Q, W_K, U, U.T)
assert favourites(wide) == [8]


# %% [markdown]
# In our layer a query meets one key at a time, so it need not have favourites. With longer contexts it must choose among many keys, and then query-key width matters: there are tasks where low-rank attention needs exponentially many heads {cite}`amsel2024benefits`, and the number of token-to-token relations that can be recovered grows with the total query-key width {cite}`adler2025capacity`.
# In five language models the scores on real text use few directions, while the learned matrices behind them use many {cite}`lee2026compressible`.
# So read A3 as a statement about this layer, and not as advice for every model.
#
# ## One vector for each token
#
# In this book $E_K$, $E_Q$ and $U$ are apart: a word that is a key here and a value there has two vectors. A language model has one set of tokens. By public summaries the paper, too, draws keys, queries and values from one set [paper]. Give each token one vector, a row of a matrix $E$, in every role that it plays. What becomes of the theorems?
#
# A1 and A2 hold for *every* layer, so also for these. The question is what can still be reached. Two theorems of {doc}`08_compiling_facts` say what is reached with vectors apart: {prf:ref}`claim-a4b` (A4b), with a total width of $\operatorname{rank} D_{(V)}$, and {prf:ref}`claim-a4` (A4), with key-independent attention.
#
# :::{admonition} Guess first: a token is key and query, and is asked about itself. How much does it attend to the key?
# :class: dropdown guess
# One half. Both tokens are the same, so both scores are.
# :::
#
# ````{prf:theorem} One vector for each token [ours]
# :label: claim-shared-embedding
#
# Let $E_K$ and $E_Q$ be rows of one matrix $E$, one row a token.
#
# 1. *No token is both key and query; no residual path.* Every layer has a twin of this kind with the same heads, widths, attention, value paths and $L$. With $U$ free it has the same $d_{\text{model}}$. With $U = E_V^T$, the rows of the values, it has at most $\min(d_{\text{model}}, |V|)$ dimensions more, and none if no value is a key or a query.
# 2. *The same with the residual path* and $U = E_V^T$: the $L$ of 1 is reached with at most twice the dimensions of 1 and, if some queries are values, further heads with $A = \tfrac12$, together as wide as there are such queries, rounded up to a multiple of $d_{vo}$ if all heads have one.
# 3. *A token $t$ is key and query.* Then $A^h[t, t] = \tfrac12$ and $X^h[t, :] = Y^h[t, :]$ in all heads. Without residual path a total width of $\operatorname{rank} D_{(V)}$ is then not always enough. For a real tensor $T$, $L = T$ is reached at a total width of $2 \operatorname{rank} T_{(V)}$, and of $\operatorname{rank} T_{(V)} + 1$ if $T[t, t, :] = 0$ for all such $t$; with $d_{qk} \le \min(|K|, |Q|)$, $E$ one-hot, and $U = E_V^T$ if one likes.
# 4. *With key-independent attention* then some databases are reached at no width: two tokens, both key and query, with the facts $(a, b, v)$ and $(b, a, v)$.
# ````
#
# ````{prf:proof}
# *1.* Give token $t$ the vector $z_t = (i_t, o_t)$. Here $i_t$ is its row of $E_K$ or of $E_Q$, or 0 if it is a value only. Write $U = P\,C$, $C$ with $\min(d_{\text{model}}, |V|)$ rows; $o_t$ is the column of $C$ if $t$ is a value, else 0. The heads read the first part, by the old matrices, and write $W_O P$ into the second. There the value reads $W_O P\,C = W_O U$. If $U$ is free the first part is enough. If no value is a key or a query, it may have its column of $U$ as its vector.
#
# *2.* Put $x_t = (z_t, z_t)$, but $x_t = (z_t, -z_t)$ for queries. The heads read and write the first half, as before. The residual path adds $\langle x_q, x_v \rangle$, which is $\langle z_q, z_v\rangle - \langle z_q, z_v \rangle = 0$ unless $v$ is a query. So at most as many columns of $E_Q U$ are not zero as there are values that are queries.
# The map $\Pi(a, b) = \tfrac12(a - b, b - a)$ is 0 on keys and the identity on queries. Factor $E_Q U = F G$ through its rank, with $G G^+ = 1$. Heads with $A = \tfrac12$ and $W_V = \Pi\, U G^+$, $W_O U = -2G$ say $-2 E_Q U$ on queries and nothing on keys. (There is such a $W_O$: rows of $G$ are combinations of rows of $U$.) Together they add $-E_Q U$.
#
# *3.* The first line: $s_{qk}$ and $s_{qq}$ are equal for $k = q = t$, and so are the two vectors that $W_V$ reads. Hence $L[t, t, :] = \sum_h X^h[t, :]$.
# *Not enough:* let all keys be queries, no fact have $k = q$, and some fact have a key as its query. Let the total width be $r = \operatorname{rank} D_{(V)}$ and $L = D$. The $r$ rows of all $W_O^h U$ together span the rows of $D$, so they are independent. From $L[t, t, :] = 0$ no key says anything in any head. As queries, these tokens say nothing either. So $L[:, q, :] = 0$ if $q$ is a key, against the assumption.
# *Enough:* let $T = \sum_{j \le r} M_j \otimes o_j$, $r = \operatorname{rank} T_{(V)}$. Put $\delta_j[t] = M_j[t, t]$ if $t$ is key and query, else 0. Let all tokens say different numbers $x[t]$ in head $j$, in the direction $o_j$. It has the scores $S[k, q] = 2 \operatorname{artanh} \frac{2 M_j[k, q] - \delta_j[k] - \delta_j[q]}{x[k] - x[q]}$ for $k \ne q$, and 0 for $k = q$; the $x$ lie so far apart that the fractions are below 1. Since $A = \tfrac12 + \tfrac12 \tanh(S/2)$, the head adds $\tfrac12(x[k] + x[q]) + M_j[k, q] - \tfrac12(\delta_j[k] + \delta_j[q])$ in its direction, and $x[t]$ at $(t, t)$. Heads with $A = \tfrac12$ say $\sum_j (\delta_j - x) \otimes o_j$ and take the rest away: $M_j[k, q]$ is left, and at $(t, t)$ it is $x[t] + \delta_j[t] - x[t]$. That matrix has rank at most $r$, and at most 1 if all $\delta_j = 0$. The scores are a matrix of $|K| \times |Q|$ that is 0 where a query meets itself: one-hot vectors give it with $d_{qk} = \min(|K|, |Q|)$.
#
# *4.* At $k = q = t$ the attention is $\tfrac12$, so for a query $t$ it is $\tfrac12$ at all keys. Then $L[k, q, :] = N[k] + N[q] + R[q]$, with $N = \tfrac12 \sum_h X^h$ and $R$ from the residual path. From $L[a, a] = L[b, b] = 0$ follows $R = -2N$ on $a$ and $b$, and so $L[a, b] = N[a] - N[b] = -L[b, a]$. Two facts cannot be each other's negative.
# ````
#
# By hand, the pair of 3 and 4. Tokens $a$ and $b$ ask each other, and the answer is $v$. In one head of width 1 the logits at $(a, a)$ and $(b, b)$ are what $a$ and $b$ say, and those at $(a, b)$ and $(b, a)$ lie between the two. Two zeros at the first make the other two zero. With a second head of width 1 the two facts and the two zeros come out.
#
# The twins of 1 and 2 in code. `K`, `Q` and `V` number the tokens of the keys, queries and values.

# %%
def far(L, T):
    return float((L - T).abs().max())

def one_vector(layer, K, Q, V):
    """E and heads of the twin: its tokens have one vector each."""
    E_K, E_Q, U, W_Q, W_K, W_V, W_O = (w[0] for w in layer.weights)
    (P, C), d = torch.linalg.qr(U), len(U)  # U = P C
    E = torch.zeros(max(*K, *Q, *V) + 1, d + len(C))
    E[K, :d], E[Q, :d], E[V, d:] = E_K, E_Q, C.T
    reads = [pad(W, (0, 0, 0, len(C))) for W in (W_Q, W_K, W_V)]
    return E, [*reads, pad(W_O @ P, (d, 0))]

def mirrored(E, heads, Q, V):
    """The twin with the residual path, and heads that take it away."""
    sign = torch.ones(len(E), 1)
    sign[Q] = -1
    d, E = E.shape[1], torch.hstack([E, sign * E])
    one, U = torch.eye(d), E[V].T
    only_queries = torch.vstack([torch.hstack([one, -one])] * 2) / 2
    only_queries[d:] *= -1
    _, sigma, G = torch.linalg.svd(E[Q] @ U, full_matrices=False)
    G = G[sigma > 1e-12]
    read = only_queries @ U @ torch.linalg.pinv(G)
    wide = [pad(W, (0, 0, 0, d, 0, len(G))) for W in heads[:3]]
    wide.append(pad(heads[3], (0, d, 0, 0, 0, len(G))))
    if len(G):
        wide[2][-len(G) :, :, 0] = read.T
        wide[3][-len(G) :, 0] = -2 * G @ torch.linalg.pinv(U)
    return E, wide, len(G)

def tied(E, heads, K, Q, V, residual=False):
    """A layer of these heads; the package checks that U is tied to E_K."""
    ties = tuple((K.index(t), v) for v, t in enumerate(V) if t in K)
    sizes = *heads[0].shape[1::-1], heads[0].shape[2], heads[2].shape[2]
    sizes = len(K), len(Q), len(V), *sizes
    config = LayerConfig(*sizes, residual=residual, tied=ties)
    weights = E[K], E[Q], E[V].T, *heads
    return AttentionLayer(config, Weights(*(w[None] for w in weights)))


# %% tags=["check-shared-twin"]
for seed in range(60):
    rng = np.random.default_rng(seed)
    keys, queries, *rest = (int(n) for n in rng.integers(1, 7, size=7))
    layer = AttentionLayer.random(LayerConfig(keys, queries, *rest), seed=seed)
    tokens = rng.permutation(20).tolist()
    K, Q = tokens[:keys], tokens[keys : keys + queries]
    V = rng.permutation(20)[: rest[0]].tolist()  # any of them
    E, heads = one_vector(layer, K, Q, V)
    twin = tied(E, heads, K, Q, V)
    assert twin.config.d_model <= rest[1] + min(rest[:2])
    assert (twin.attention() - layer.attention()).abs().max() < 1e-12
    assert far(twin.layer_tensor(), layer.layer_tensor()) < 1e-10
    E, heads, more = mirrored(E, heads, Q, V)
    twin = tied(E, heads, K, Q, V, residual=True)
    assert more <= len(set(Q) & set(V))
    assert far(twin.layer_tensor(), layer.layer_tensor()) < 1e-10

# %% [markdown]
# In the table of eight facts Malaysia and Singapore are keys and values. With one vector each, A4b and A4 lose nothing:

# %% tags=["check-shared-example"]
example = read("library:example")
words = sorted({*example.keys, *example.queries, *example.values})
sides = example.keys, example.queries, example.values
roles = [[words.index(word) for word in side] for side in sides]
terms = rank_interval(example).terms
by_value = compile_values(example)
by_term = compile_key_independent(example.shape, terms)
D = torch.from_numpy(example.tensor()).double()
for separate in (by_value, by_term):
    E, heads = one_vector(separate, *roles)
    layer = tied(E, heads, *roles)
    assert layer.config.width == separate.config.width
    assert len(layer.config.tied) == 2
    assert far(layer.layer_tensor()[0], D) < 1e-12
    E, heads, more = mirrored(E, heads, *roles[1:])
    layer = tied(E, heads, *roles, residual=True)
    assert more == 0 and far(layer.layer_tensor()[0], D) < 1e-12
    print("width", layer.config.width, "and d_model", separate.config.d_model, end="")
    print(", with one vector a token, residual path too,", layer.config.d_model)

# %% [markdown]
# Now tokens that are key *and* query. First what they force, on random layers: attention on itself is a half. Then the pair of facts, in 100,000 random heads of width 1, each with its best multiple. With $t$ the larger of the two numbers that $a$ and $b$ say, neither answer exceeds $t$, and one gap is at $t$. So the squared error is at least the least $t^2 + 2 (1-t)^2$, which is $\tfrac23$, where $L = 0$ has 2.

# %% tags=["check-both-roles-forced"]
sizes = LayerConfig(6, 4, 5, 7, 3, 2, 2)
layer = AttentionLayer.random(sizes, models=50, seed=0).weights
layer = layer._replace(E_Q=layer.E_K[:, 2:])  # queries 0, 1, .. are keys 2, 3, ..
layer = AttentionLayer(sizes, layer)
both = range(2, 6), range(4)
assert (layer.attention()[:, :, *both] - 1 / 2).abs().max() < 1e-12
by_keys = layer.value_paths()[0].sum(1)[:, 2:]
assert (layer.layer_tensor()[:, *both] - by_keys).abs().max() < 1e-12

pair = LayerConfig(2, 2, 1, 3, 1, 2, 1)
heads = AttentionLayer.random(pair, models=100_000, seed=0, std=3.0)
heads = AttentionLayer(pair, heads.weights._replace(E_Q=heads.weights.E_K))
L = heads.layer_tensor()[..., 0]
swap = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
scale = (L * swap).sum((1, 2)) / (L * L).sum((1, 2))  # the best multiple
nearest = float((scale[:, None, None] * L - swap).square().sum((1, 2)).min())
print(f"smallest squared error of one head: {nearest:.3f}")
assert 2 / 3 < nearest + 1e-9 < 2 / 3 + 0.01


# %% [markdown]
# And what reaches every tensor all the same, the heads of the proof:

# %%
def both_roles(T, K, Q):
    """L = T, tokens one-hot: scores, what tokens say and where, per head."""
    k, q = np.meshgrid(K, Q, indexing="ij")
    left, sigma, o = np.linalg.svd(T.reshape(k.size, -1), full_matrices=False)
    r, same = int((sigma > 1e-12 * sigma[0]).sum()), k == q
    M, o = (left * sigma).T[:r].reshape(r, *k.shape), o[:r]
    delta = np.zeros((r, max(*K, *Q) + 1))
    delta[:, k[same]] = M[:, same]
    rest = np.where(same, 0, 2 * M - delta[:, k] - delta[:, q])
    x = 2.0 * (1 + abs(rest).max()) * np.arange(delta.shape[1])
    S = 2 * np.arctanh(rest / np.where(same, 1, x[k] - x[q]))
    left, sigma, right = np.linalg.svd((delta - x).T @ o, full_matrices=False)
    kept = sigma > 1e-12 * sigma[0]
    S = np.concatenate([S, np.zeros((kept.sum(), *k.shape))])
    says = np.vstack([[x] * r, (left * sigma).T[kept]])
    return S, says, np.vstack([o, right[kept]])

def of_scores(S, says, out, K, Q):
    """Scores S[h, k, q] and says[h, token] as weights; U is E_V^T."""
    H, d, V = len(S), min(S.shape[1:]), range(out.shape[1])
    E = np.eye(max(says.shape[1], out.shape[1]))
    (W_Q, W_K), one = np.zeros((2, H, len(E), d)), d**0.5 * np.eye(d)
    if len(Q) <= len(K):
        W_Q[:, Q], W_K[:, K] = one, S
    else:
        W_Q[:, Q], W_K[:, K] = S.swapaxes(1, 2), one
    W_V, W_O = np.zeros((H, len(E), 1)), np.zeros((H, 1, len(E)))
    W_V[:, : says.shape[1], 0], W_O[:, 0, V] = says, out
    E, *heads = (torch.from_numpy(w) for w in (E, W_Q, W_K, W_V, W_O))
    return tied(E, heads, K, Q, list(V))


# %% tags=["check-both-roles"]
def widths(T, K, Q):
    layer = of_scores(*both_roles(T, K, Q), K, Q)
    error = far(layer.layer_tensor()[0], torch.from_numpy(T))
    assert error < 1e-10 * max(1, abs(T).max())
    assert layer.config.d_head_qk <= min(len(K), len(Q))
    return layer.config.width, np.linalg.matrix_rank(T.reshape(-1, T.shape[2]))

for seed in range(60):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 6, size=3)
    K, Q = (rng.permutation(7)[:n].tolist() for n in sizes[:2])
    T = rng.normal(size=sizes)
    width, r = widths(T, K, Q)
    assert width <= 2 * r
    T[np.equal.outer(K, Q)] = 0
    if T.any():
        width, r = widths(T, K, Q)
        assert width <= r + 1

swapped, digits = swap.numpy()[:, :, None], list(range(5))
print("the pair: width", widths(swapped, [0, 1], [0, 1])[0])
sums = np.eye(5)[np.add.outer(digits, digits) % 5]
print("addition modulo 5, each digit one token: width", widths(sums, digits, digits)[0])
assert widths(swapped, [0, 1], [0, 1]) == (2, 1)

# %% [markdown]
# So a shared embedding changes nothing but the size of the stream as long as keys and queries are different words, as people and relations are (and, with a residual path, no query is a value). Ties of keys and values cost dimensions and no width. {prf:ref}`claim-a3` (A3) survives too, even if all tokens are key and query: put each token at one place of the line, $\kappa = \alpha$, and the Cauchy matrix $1/(u_k + u_q)$ still has full rank. What does not survive is the silence of a token that asks about itself: one head more is its least price.

# %% tags=["check-a3-one-line"]
for n in range(1, 13):
    u = np.random.default_rng(n).choice(np.arange(1, 60), n, replace=False)
    A = [[Fraction(int(x), int(x + y)) for y in u] for x in u]
    assert exact_rank(integers(A)) == n and A[0][0] == Fraction(1, 2)

# %% [markdown]
# ## Exercises
#
# ````{exercise} A thousand facts, two values, by hand
# :label: ex-07-two-values
#
# A database has 1000 facts, 50 keys, 20 queries, all questions answered, and only two values are used. What total width does $L = D$ need by A2?
# And what rank does A1 allow one head with $d_{vo} = 2$, without residual path?
# ````

# %% tags=["exercise"]
answer = ...  # (least width, bound A1)
ch07.two_values(answer)

# %% [markdown]
# ````{solution-start} ex-07-two-values
# :label: sol-07-two-values
# :class: dropdown
# ````
#
# Width two, one for each used value. A1 allows one head of width 2 a rank of $2 \cdot 20 = 40$.
# For two values and no missing answers the rank of $D$ is at most $20 + 1$: the slices add up to the matrix of ones. So neither theorem forbids it. Whether it can be done is the question of the next chapter.

# %% tags=["solution", "check-exercise-two-values"]
answer = 2, 2 * 20
ch07.two_values(answer)
assert rank_bound(LayerConfig(50, 20, 2, 80, 1, 20, 2)) == 40
for seed in range(20):
    M = np.random.default_rng(seed).integers(0, 2, size=(50, 20))
    cells = np.ndenumerate(M)
    triples = ((f"k{k}", f"q{q}", f"v{v}") for (k, q), v in cells)
    assert rank_interval(Database.from_triples(triples)).upper <= 21

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} A Cauchy matrix, by hand
# :label: ex-07-cauchy
#
# In {prf:ref}`claim-a3` let $u = (1, 2)$ and $w = (1, 3)$. What is the determinant of the attention pattern $A$?
# ````

# %% tags=["exercise"]
answer = ...  # a number, such as Fraction(1, 2)
ch07.full_pattern(answer)

# %% [markdown]
# ````{solution-start} ex-07-cauchy
# :label: sol-07-cauchy
# :class: dropdown
# ````
#
# $A = \begin{pmatrix} 1/2 & 1/4 \\ 2/3 & 2/5 \end{pmatrix}$, with determinant $\tfrac15 - \tfrac16 = \tfrac1{30}$.

# %% tags=["solution"]
A = [[Fraction(u, u + w) for w in (1, 3)] for u in (1, 2)]
(a, b), (c, d) = A
answer = a * d - b * c
ch07.full_pattern(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: A1 is not the last word
# :label: ex-07-cap
#
# The bound A1 grows with every head. Show that $\operatorname{rank}(L)$ never exceeds $d_{\text{model}} \min(|K|, |Q|)$, whatever the number of heads.
# Then find a design for which this is less than A1: a `LayerConfig(keys, queries, values, d_model, n_heads, d_head_qk, d_head_vo)`.
# ````

# %% tags=["exercise"]
answer = ...  # LayerConfig(...)
ch07.loose_bound(answer)

# %% [markdown]
# ````{solution-start} ex-07-cap
# :label: sol-07-cap
# :class: dropdown
# ````
#
# Each $L[k, q, :]$ is a combination of the $d_{\text{model}}$ rows of $U$, so $L = \sum_j M_j \otimes U[j, :]$ with $d_{\text{model}}$ matrices $M_j$ of rank at most $\min(|K|, |Q|)$.
# Many heads at a small $d_{\text{model}}$ show it. The designs of {numref}`fig-tightness` have $d_{\text{model}} = 32$, and $32 \cdot 6 = 192$ improves none of them.

# %% tags=["solution", "check-exercise-cap"]
widths = {"d_head_qk": 1, "d_head_vo": 1}
answer = LayerConfig(6, 4, 9, d_model=2, n_heads=8, **widths)
ch07.loose_bound(answer)
for seed in range(20):
    L = AttentionLayer.random(answer, seed=seed).layer_tensor()[0]
    hint = max(map(int, unfolding_ranks(L, TOLERANCE).values()))
    assert rank_bound(answer) > 2 * 4 >= hint

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Heads and widths bound the rank of what a layer can say. To have the table of elements as its logits, a layer without residual path needs a total width of 74, the number of values.
# - Query-key width hardly bounds the rank: one dimension can give an attention pattern of full rank. It does bound favourites: with one dimension all queries together have two.
# - A rank that is seen in floating point can be too low. In three of four doubtful designs the rank is the bound, though no unfolding shows it.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | A1, {prf:ref}`claim-a1`: a decomposition with exactly the bound's number of terms, for 200 layers | `check-a1` |
# | A2, {prf:ref}`claim-a2`: 200 layers, 199 of which meet the bound | `check-a2` |
# | some databases fit exactly, and others cannot, {prf:ref}`claim-representable` | `check-representable` |
# | the hint meets A1 for five designs of nine | `check-sharpness` |
# | in three of the other four the bound is the rank all the same, {prf:ref}`claim-a1-sharp`; the smallest case certified | `check-a1-sharp`, `check-one-look`, `check-near` |
# | a thousand random layers and gradient ascent do not break A1 or A2; closest approach below $10^{-12}$ | `check-search`, `check-climb` |
# | A3, {prf:ref}`claim-a3`, in exact fractions; how visible that rank is; a layer of both widths 1 | `check-a3`, `check-spectra`, `check-width-one` |
# | one vector a token, {prf:ref}`claim-shared-embedding`: 60 random layers and their twins, with and without residual path; the eight facts by A4b and A4; 60 random tensors with tokens in both roles | `check-shared-twin`, `check-shared-example`, `check-both-roles` |
# | a token that is key and query forces a half; one head of width 1 stays away from two facts; A3 with one place a token | `check-both-roles-forced`, `check-a3-one-line` |
# | one query-key dimension gives two favourites, two give all, {prf:ref}`claim-two-favourites` | `check-two-favourites` |
