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
# # The tensor of an attention layer
#
# **What does an attention layer store?**
# Ask it about every key and every query, and write all its answers down. The result is a table of numbers with three sides: keys, queries, values.
# This chapter takes one layer apart until that table is a short formula. It is the second tensor of this book, beside the one of the facts.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** how all answers of a layer become one tensor; to read a layer that stores six facts, all its numbers on one page; and how its two *heads*, the parts of it that look and speak, vote.
# - **You need** {doc}`01_database_tensor`, and from {doc}`02_rank_as_size` what a rank is. You need not know attention, but it helps.
# - **It takes** twenty minutes to read, twenty minutes for the exercises, and a few seconds to run.
# :::
#
# ```{preview} fig-layer-by-hand
# One attention layer, all its numbers on one page. What it stores are six facts.
# ```

# %%
from itertools import product

import numpy as np
import torch
from torch import einsum, nn

from companion import ch06, pictures
from factrank import AttentionLayer, Database, LayerConfig, rank_interval
from factrank.layer import PlainLayer, Weights, config_for

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
torch.set_grad_enabled(False)

def apart(S, T):
    return float((S - T).abs().max())


# %% [markdown]
# ## A question is two tokens
#
# :::{admonition} Guess first: four values can be an answer. With how many numbers does a layer answer one question?
# :class: dropdown guess
# With four, one for each value. The largest is its answer.
# :::
#
# We ask a question with two tokens, first a key, then a query: *Astrid*, *born_in*. The layer reads both, and answers at the second with one number for each value. The largest number is its answer.
#
# ````{prf:definition} Attention layer [paper, ours]
# :label: def-layer
#
# A layer has a vector of $d_{\text{model}}$ numbers for each key and each query, the rows of $E_K$ and $E_Q$, and for each value a column of the **unembedding** $U$. Each of its $n_{\text{heads}}$ heads has four matrices,
#
# $$
# W_Q, W_K \in \mathbb{R}^{d_{\text{model}} \times d_{qk}}, \qquad
# W_V \in \mathbb{R}^{d_{\text{model}} \times d_{vo}}, \qquad
# W_O \in \mathbb{R}^{d_{vo} \times d_{\text{model}}}.
# $$
#
# Vectors are rows and stand on the left: $x W_Q$.
# A token with vector $x$ looks at a token with vector $y$ with the **score** $\langle x W_Q,\, y W_K \rangle / \sqrt{d_{qk}}$.
# The query looks at the key and at itself. The softmax of its two scores, their exponentials divided by the sum of both, gives two weights. The **message** of the head is the sum of the vectors $y W_V$ of both tokens with these weights.
# Each message is multiplied by the $W_O$ of its head, and so has $d_{\text{model}}$ numbers again. Their sum over the heads, with the query's own vector added if there is a **residual path**, is multiplied by $U$. The result is a row of $|V|$ numbers, the **logits**.
# ````
#
# Such a layer is the subject of the paper. One thing is ours: that keys, queries and values have their vectors *apart*, in $E_K$, $E_Q$ and $U$. By public summaries of the paper all three are drawn from one set of tokens, which has one embedding. {prf:ref}`claim-shared-embedding` says what that would change: if keys and queries are different words, nothing but $d_{\text{model}}$ (with a residual path, if no query is a value either).
#
# The vectors of $d_{\text{model}}$ numbers, which heads read and into which they write, are called the **stream**.
# The widths have long names in code, `d_head_qk` and `d_head_vo`. In formulas we write $d_{qk}$ and $d_{vo}$.
#
# What a head does with a question takes four steps: scores, weights, message, output. In code each is one line. The way from the tokens to the logits is called the *forward pass*.

# %%
def answer(layer, k, q):
    """The logits (V) of one question."""
    E_K, E_Q, U, *heads = (weight[0] for weight in layer.weights)
    z = torch.stack([E_K[k], E_Q[q]])  # two tokens
    read = z[1] * layer.config.residual
    for W_Q, W_K, W_V, W_O in zip(*heads, strict=True):
        scores = z @ W_K @ W_Q.T @ z[1] / W_Q.shape[1] ** 0.5  # of both
        weight = torch.softmax(scores, 0)  # positive, with sum 1
        message = weight @ (z @ W_V)  # a mixture of what both say
        read = read + message @ W_O
    return read @ U


# %% [markdown]
# With scores and weights a head decides *whom* to hear: this is its query-key part. Message and output are *what* it hears: its value-output part.
# `residual` is 1 if the layer has the residual path, else 0.
#
# Many programs compute this with a function that torch brings, `scaled_dot_product_attention`. The package has such a layer, `PlainLayer`. It must agree with our lines: we draw 60 layers of random shapes.

# %% tags=["check-forward"]
def random_layer(seed):
    rng = np.random.default_rng(seed)
    sizes = [int(n) for n in rng.integers(1, 7, size=7)]
    ties = ((0, 0),) if seed % 3 == 0 else ()
    config = LayerConfig(*sizes, residual=seed % 2 == 0, tied=ties)
    return AttentionLayer.random(config, seed=seed)

layers = [random_layer(seed) for seed in range(60)]
for layer in layers:
    keys = layer.config.keys
    plain = PlainLayer.of(layer)
    for k, q in product(range(keys), range(layer.config.queries)):
        tokens = torch.tensor([[k, keys + q]])
        assert apart(answer(layer, k, q), plain(tokens)[0]) < 1e-12


# %% [markdown]
# ## A softmax over two is a sigmoid
#
# :::{admonition} Guess first: two weights have the sum 1. How many numbers tell them both?
# :class: dropdown guess
# One: the sigmoid of the difference of the two scores.
# :::
#
# The softmax has only two numbers to weigh: the score $s_{qk}$ of the query at the key, and the score $s_{qq}$ of the query at itself. So one number says all.
#
# ````{prf:theorem} The layer tensor [paper, ours]
# :label: claim-two-tokens
#
# Let $\sigma(x) = 1/(1 + e^{-x})$ and, for each head $h$,
#
# $$
# A^h[k, q] = \sigma\bigl(s^h_{qk} - s^h_{qq}\bigr), \quad
# X^h = E_K W_V^h W_O^h U, \quad
# Y^h = E_Q W_V^h W_O^h U .
# $$
#
# Then the logits of all questions are
#
# $$
# L[k, q, v] = \sum_h \Bigl( A^h[k, q]\; X^h[k, v] + \bigl(1 - A^h[k, q]\bigr)\, Y^h[q, v] \Bigr),
# $$
#
# plus $(E_Q U)[q, v]$ if the layer has the residual path.
# ````
#
# ````{prf:proof}
# The weight on the key is $e^{s_{qk}} / (e^{s_{qk}} + e^{s_{qq}}) = 1 / (1 + e^{-(s_{qk} - s_{qq})}) = A^h[k, q]$, and the weight on the query is the rest.
# The message of head $h$ is therefore $A^h[k,q]\, E_K[k] W_V^h + (1 - A^h[k,q])\, E_Q[q] W_V^h$. Everything after it is linear: multiply by $W_O^h U$ and add up the heads.
# ````
#
# We call $L$ the **layer tensor**, $A^h$ the **attention pattern** of a head, and $X^h$, $Y^h$ its **value paths**: what a key says, and what a query says, if all attention is theirs.
#
# That a layer has a 3-tensor is the paper's; this formula for two tokens is ours. Summaries of the paper speak of two 3-tensors. They may mean $D$ and $L$, or two of one layer. The two halves of our sum, over $A X$ and over $(1 - A) Y$, would be such a pair. Which is meant is open: we could not read it.
#
# In code, an equation becomes a string with its indices. `h` is a head, `i` runs over $d_{qk}$, `r` over $d_{vo}$, `d` and `e` over $d_{\text{model}}$.

# %%
def attention(E_K, E_Q, W_Q, W_K):
    ask = einsum("qd,hdi->hqi", E_Q, W_Q)
    s_qk = einsum("hqi,kd,hdi->hkq", ask, E_K, W_K)
    s_qq = einsum("hqi,qd,hdi->hq", ask, E_Q, W_K)
    scale = W_Q.shape[-1] ** -0.5
    return torch.sigmoid(scale * (s_qk - s_qq[:, None, :]))  # A[h, k, q]

def value_paths(E_K, E_Q, W_V, W_O, U):
    X = einsum("kd,hdr,hre,ev->hkv", E_K, W_V, W_O, U)  # X[h, k, v]
    Y = einsum("qd,hdr,hre,ev->hqv", E_Q, W_V, W_O, U)  # Y[h, q, v]
    return X, Y

def layer_tensor(A, X, Y):
    by_key = einsum("hkq,hkv->kqv", A, X)
    by_query = einsum("hkq,hqv->kqv", 1 - A, Y)
    return by_key + by_query  # L[k, q, v]


# %% [markdown]
# Three checks in one: these lines agree with the package, and both agree with the forward pass of every single question.

# %% tags=["check-layer-tensor"]
for layer in layers:
    E_K, E_Q, U, W_Q, W_K, W_V, W_O = (w[0] for w in layer.weights)
    A = attention(E_K, E_Q, W_Q, W_K)
    X, Y = value_paths(E_K, E_Q, W_V, W_O, U)
    L = layer_tensor(A, X, Y) + layer.config.residual * (E_Q @ U)
    assert apart(A, layer.attention()[0]) < 1e-12
    assert apart(X, layer.value_paths()[0][0]) < 1e-12
    assert apart(Y, layer.value_paths()[1][0]) < 1e-12
    assert apart(L, layer.layer_tensor()[0]) < 1e-12
    for k, q in product(*map(range, L.shape[:2])):
        assert apart(L[k, q], answer(layer, k, q)) < 1e-12
        one = layer.forward(torch.tensor([[k, q]]))
        assert apart(L[k, q], one[0, 0]) < 1e-12

# %% [markdown]
# The package adds one axis in front, `m` for models: many layers of one shape at once. A single layer is a stack of one, hence the `[0]`.
#
# ## A layer by hand
#
# Six facts from {doc}`01_database_tensor`: three people, where they were born and where they live.
# A rule and an exception describe them: *people live where they were born; Astrid does not*.

# %%
people = Database.from_triples([
    ("Astrid", "born_in", "Singapore"),
    ("Astrid", "lives_in", "Malaysia"),
    ("Bernard", "born_in", "Singapore"),
    ("Bernard", "lives_in", "Singapore"),
    ("Colin", "born_in", "Malaysia"),
    ("Colin", "lives_in", "Malaysia"),
])
print(rank_interval(people), "with", len(people), "facts")

# %% [markdown]
# :::{admonition} Guess first: a rule with one exception. How many heads will be enough?
# :class: dropdown guess
# Two: one for the rule, one for the exception.
# :::
#
# We build a layer of two heads, one for the rule, one for the exception. Nothing is trained.
# Every key, query and value gets a dimension of its own. So $d_{\text{model}} = 3 + 2 + 2 = 7$, and a row of $W_Q$, $W_K$ or $W_V$ is what one token does.
#
# **Head 1, the rule.** Its scores are zero, so it attends to key and query with weight $\tfrac12$ each. A key says *twice* its place of birth, a query says nothing. On every question $\tfrac12 \cdot 2 = 1$ vote goes to the place of birth.
#
# **Head 2, the exception.** All keys say $o$, all queries say $-o$. With attention $\tfrac12$ they cancel, and the head is silent. Only *lives_in* looks at *Astrid*, with score $\log 3$. There $A = \sigma(\log 3) = \tfrac34$, and $\tfrac34 o - \tfrac14 o = \tfrac12 o$ remains.
# We want it to take away Singapore and to put Malaysia: $o = 2\,(e_{\text{Malaysia}} - e_{\text{Singapore}})$.

# %%
tokens = *people.keys, *people.queries
at = {name: i for i, name in enumerate(tokens)}  # its dimension
Singapore, Malaysia = torch.eye(7)[5:]
zero = torch.zeros(2, 7, 2)

W_Q, W_K = zero[:, :, :1].clone(), zero[:, :, :1].clone()  # d_qk = 1
W_Q[1, at["lives_in"]] = 1
W_K[1, at["Astrid"]] = np.log(3)

W_V, W_O = zero.clone(), zero.transpose(1, 2).clone()  # d_vo = 2
W_V[0, :3] = torch.tensor([[2, 0], [2, 0], [0, 2]])  # twice the birthplace
W_O[0, 0], W_O[0, 1] = Singapore, Malaysia
W_V[1, :3, 0], W_V[1, 3:5, 0] = 1, -1  # keys +1, queries -1
W_O[1, 0] = 2 * (Malaysia - Singapore)

# %% tags=["check-by-hand"]
E_K, E_Q, U = torch.eye(7)[:3], torch.eye(7)[3:5], torch.eye(7)[:, 5:]
weights = Weights(*(w[None] for w in (E_K, E_Q, U, W_Q, W_K, W_V, W_O)))
sizes = {"d_model": 7, "n_heads": 2, "d_head_qk": 1, "d_head_vo": 2}
by_hand = AttentionLayer(config_for(people, **sizes), weights)

L = by_hand.layer_tensor()[0]
assert apart(L, torch.from_numpy(people.tensor())) < 1e-12
assert abs(by_hand.attention()[0, 1, 0, 1] - 3 / 4) < 1e-12

# %% [markdown]
# $L = D$: the layer stores the six facts, and nothing else.

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-layer-by-hand", "caption": "The layer of two heads, all its numbers, as the formula puts them together; a dot multiplies cell by cell. Attention is 1/2 everywhere but at Astrid, lives_in in head 2. The layer tensor is the database. Weights written by hand, embeddings one-hot and frozen, no residual path. Drawn by `pictures.draw_layer(A, X, Y, L, names)`."}, "image": {"alt": "Two rows of three grids with the signs of the formula between them, and the layer tensor below, behind an equals sign. Head 1 has attention one half everywhere, its keys say 2 for Singapore, Singapore, Malaysia, its queries say 0. Head 2 has attention three quarters at Astrid, lives_in, else one half; its keys say minus 2 Singapore and 2 Malaysia, its queries the opposite. The slices of L for born_in and lives_in hold a 1 at each of the six facts and 0 elsewhere."}}
A, (X, Y) = by_hand.attention()[0], by_hand.value_paths()
names = people.keys, people.queries, people.values
grids = A.numpy(), X[0].numpy(), Y[0].numpy(), L.numpy()
_ = pictures.draw_layer(*grids, names)

# %% [markdown]
# Look at {numref}`fig-layer-by-hand` and multiply one cell out: *Astrid, lives_in, Malaysia*.
# Head 1 gives $\tfrac12 \cdot 0 + \tfrac12 \cdot 0 = 0$. Head 2 gives $\tfrac34 \cdot 2 + \tfrac14 \cdot (-2) = 1$. Together 1, as it should be.
#
# The two parts of the layer do different things. The rule stands in the value-output part, in $X^1$. *Who* is the exception stands in the query-key part, in $A^2$.
#
# ## Heads vote
#
# The formula for $L$ is a sum, and each summand belongs to one head and to one of the two tokens. Such a summand casts a **vote**: one number for each value.
#
# ````{prf:proposition} Additive motif [paper, cited]
# :label: claim-additive-motif
#
# The logits of a question are the sum of $2\, n_{\text{heads}}$ votes, one for each head and source token, and one more for the residual path. A vote of a head through the key is $A^h[k,q]\, X^h[k,:]$; through the query it is $(1 - A^h[k,q])\, Y^h[q,:]$.
# ````
#
# ````{prf:proof}
# These are the summands of {prf:ref}`claim-two-tokens`.
# ````
#
# In large language models the same was found by measuring: several parts of the model, none of them sure, add up to the right answer {cite}`chughtai2024summing`. In one layer it is exact.

# %% tags=["check-additive-motif"]
for layer in layers:
    votes = layer.votes()[0]  # h s k q v; source s: 0 the key, 1 the query
    A, (X, Y) = layer.attention()[0], layer.value_paths()
    for h, k, q in product(*map(range, A.shape)):
        a = A[h, k, q]
        assert apart(votes[h, 0, k, q], a * X[0, h, k]) < 1e-12
        assert apart(votes[h, 1, k, q], (1 - a) * Y[0, h, q]) < 1e-12
    total = votes.sum((0, 1)) + layer.residual_vote()[0]
    assert apart(total, layer.layer_tensor()[0]) < 1e-12

# %% [markdown]
# And here is how the layer by hand answers *Where does Astrid live?*
#
# :::{admonition} Guess first: she was born in Singapore and lives in Malaysia. Whom does the head of the rule vote for?
# :class: dropdown guess
# Singapore. It knows only the rule. The head of the exception outvotes it.
# :::

# %% tags=["check-votes-by-hand"]
pair = torch.tensor([[at["Astrid"], people.queries.index("lives_in")]])
votes = by_hand.votes_of(pair)[0, 0].reshape(4, 2)
expected = torch.tensor([[1, 0], [0, 0], [-3 / 2, 3 / 2], [1 / 2, -1 / 2]])
assert apart(votes, expected) < 1e-12
assert apart(votes.sum(0), by_hand.forward(pair)[0, 0]) < 1e-12

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-votes", "caption": "Four votes and their sum, for the question \"Astrid, lives_in\" put to the layer by hand (embeddings one-hot and frozen, no residual path). Drawn by `pictures.draw_votes(votes, voters, values, total)`."}, "image": {"width": "360px", "alt": "A grid of four rows and two columns, Singapore and Malaysia. Head 1, key Astrid votes 1 and 0. Head 1, query lives_in votes 0 and 0. Head 2, key Astrid votes minus 3/2 and 3/2. Head 2, query lives_in votes 1/2 and minus 1/2. The sum is 0 and 1."}}
sources = "key Astrid", "query lives_in"
voters = [f"head {h}, {source}" for h in (1, 2) for source in sources]
total = votes.sum(0).numpy()
_ = pictures.draw_votes(votes.numpy(), voters, people.values, total)


# %% [markdown]
# In {numref}`fig-votes` the rule votes for Singapore. The exception outvotes it. In head 2 the query takes back a third of what the key votes. It has to: attention is never 0, so where head 2 should be silent, its key still votes, and the query must cancel that.
#
# ## Why two widths
#
# :::{admonition} Guess first: did the layer by hand need more numbers to look with, or to speak with?
# :class: dropdown guess
# To speak with: one number was enough to look, and the head of the rule speaks with two.
# :::
#
# In this book $d_{qk}$ and $d_{vo}$ are two numbers. Usual tools have one.
# In `torch.nn.MultiheadAttention`, in TransformerLens and in nanoGPT a single head width serves all four matrices, and usually it is even $d_{\text{model}} / n_{\text{heads}}$. (Keras and Equinox let you choose two.)
# Without its biases, a layer of such a tool is one of ours with $d_{qk} = d_{vo}$. Let us see this for torch's module, by copying its weights.

# %% tags=["check-multihead"]
def as_layer(module, E_K, E_Q, U):
    """The same weights by heads; torch has them transposed, side by side."""
    d, H = module.embed_dim, module.num_heads
    w = module.in_proj_weight.view(3, H, d // H, d).mT  # Q, K, V
    W_O = module.out_proj.weight.T.view(H, d // H, d)
    sizes = len(E_K), len(E_Q), U.shape[1], d, H, d // H, d // H
    weights = Weights(*(x[None] for x in (E_K, E_Q, U, *w, W_O)))
    return AttentionLayer(LayerConfig(*sizes), weights)

causal = nn.Transformer.generate_square_subsequent_mask(2)
for seed in range(20):
    _ = torch.manual_seed(seed)
    n_heads = [1, 2, 4, 8][seed % 4]
    module = nn.MultiheadAttention(8, n_heads, bias=False, batch_first=True)
    E_K, E_Q, U = torch.randn(5, 8), torch.randn(3, 8), torch.randn(8, 6)
    layer = as_layer(module, E_K, E_Q, U)
    for k, q in product(range(5), range(3)):
        z = torch.stack([E_K[k], E_Q[q]])[None]
        mixed, _ = module(z, z, z, attn_mask=causal)
        assert apart(mixed[0, 1] @ U, layer.layer_tensor()[0, k, q]) < 1e-12


# %% [markdown]
# Why separate them? The two parts have different work to do, as in the layer by hand: there $d_{qk} = 1$ was enough, but the head of the rule names two places and uses $d_{vo} = 2$.
# With one width for both, nobody can ask what the layer gains from more of the one and less of the other. The next chapter shows that the rank of $L$ depends on the two in very different ways.
#
# ## What a layer costs
#
# :::{admonition} Guess first: which costs more parameters, one unit more of $d_{qk}$ or one unit more of $d_{vo}$?
# :class: dropdown guess
# Neither. Each costs $2\, d_{\text{model}}$ numbers in every head.
# :::
#
# We count the numbers in a layer, and keep two sorts apart: those of the heads and those of the embeddings.
#
# $$
# \underbrace{2\, d_{\text{model}}\, n_{\text{heads}}\, (d_{qk} + d_{vo})}_{\text{attention}}
# \qquad
# \underbrace{d_{\text{model}}\, (|K| + |Q| + |V|)}_{\text{embedding}}
# $$
#
# Per unit, the two widths cost the same. So one can be exchanged for the other at a constant number of parameters.
#
# Three options matter for what the count means. The figures of layers say which were chosen.
#
# | option | if it is on | if it is off |
# |---|---|---|
# | residual path | the query's vector goes straight to $U$: $L$ gets the summand $E_Q U$, the same for every key | only heads speak |
# | trained embeddings | $E_K$, $E_Q$, $U$ are learned too, and can store facts themselves | frozen: what is stored is stored in the heads |
# | tied | a label that is a key and a value has one vector, $U[:, v] = E_K[k]$, counted once | all vectors are separate, also where one label has two roles |

# %% tags=["check-parameters"]
def learned(module):
    return sum(p.numel() for p in module.parameters() if p.requires_grad)

for seed, trains in product(range(40), (False, True)):
    drawn = random_layer(seed).config
    ties = drawn.tied
    config = LayerConfig(**{**vars(drawn), "trainable_embeddings": trains})
    layer = AttentionLayer.random(config, seed=seed)
    copies = len(ties) * config.d_model * trains  # tied vectors, kept twice
    counted = learned(PlainLayer.of(layer)) - copies
    assert layer.parameters()["trained"] == counted
    d, width = config.d_model, config.d_head_qk + config.d_head_vo
    assert layer.parameters()["attention"] == 2 * d * config.n_heads * width

print("layer by hand:", by_hand.parameters())

# %% [markdown]
# The layer by hand has 84 numbers in its heads, most of them zero, for six facts. Is this much? {doc}`07_layer_rank_bounds` asks what the widths can buy at best.
#
# ## What this layer leaves out
#
# The model is small on purpose. It is good to know where it ends.
#
# - **Two tokens only.** With more tokens in front of the query, the softmax weighs all of them, and a pattern is no longer one sigmoid per key and query.
# - **No positions.** The key always comes first and the query second, so a position vector would be part of $E_K$ and $E_Q$.
# - **No normalisation of the stream, no biases, no feed-forward part.** Real models have them; {doc}`24_a_whole_block` adds all but the biases. A bias of queries, keys or values can be written as one more dimension that is 1 on every token.
# - **Logits, not probabilities.** What argmax and softmax make of $L$ is the question of {doc}`09_argmax_and_softmax`.
#
# ## Exercises
#
# ````{exercise} Two logits, by hand
# :label: ex-06-logits
#
# A layer has one head and no residual path. For some question the query's score at the key is $\log 6$, and its score at itself $\log 2$.
# If all attention is theirs, the key says $(4, 0)$ and the query says $(0, 8)$. What are the two logits?
# ````

# %% tags=["exercise"]
answer = ...  # [first logit, second logit]
ch06.two_logits(answer)

# %% [markdown]
# ````{solution-start} ex-06-logits
# :label: sol-06-logits
# :class: dropdown
# ````
#
# The weight on the key is $6 / (6 + 2) = \tfrac34$, which is $\sigma(\log 6 - \log 2) = \sigma(\log 3)$. So $\tfrac34 (4, 0) + \tfrac14 (0, 8) = (3, 2)$.
# A head with $W_Q = 0$ would have all scores zero, $A = \tfrac12$, and the logits $(2, 4)$.

# %% tags=["solution"]
answer = [3, 2]
ch06.two_logits(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} A weaker look, by hand
# :label: ex-06-factor
#
# In the layer by hand *lives_in* looks at *Astrid* with score $\log 3$, and $o = 2\,(e_{\text{Malaysia}} - e_{\text{Singapore}})$.
# Let the score be $\log 2$ instead. Which factor must stand in the place of 2?
# ````

# %% tags=["exercise"]
answer = ...  # a number
ch06.factor_of_exception(answer)

# %% [markdown]
# ````{solution-start} ex-06-factor
# :label: sol-06-factor
# :class: dropdown
# ````
#
# Now $A = \sigma(\log 2) = \tfrac23$. The key says $o$ and the query $-o$, so $\tfrac23 o - \tfrac13 o = \tfrac13 o$ remains. It must be $e_{\text{Malaysia}} - e_{\text{Singapore}}$: the factor is 3.
# Who looks less must speak louder.

# %% tags=["solution", "check-exercise-factor"]
answer = 3
ch06.factor_of_exception(answer)

weak_K, loud_O = W_K.clone(), W_O.clone()
weak_K[1, at["Astrid"]] = np.log(2)
loud_O[1, 0] = answer * (Malaysia - Singapore)
changed = weights._replace(W_K=weak_K[None], W_O=loud_O[None])
L = AttentionLayer(by_hand.config, changed).layer_tensor()[0]
assert apart(L, torch.from_numpy(people.tensor())) < 1e-12

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Find a counterexample: other weights, the same layer
# :label: ex-06-shift
#
# Somebody says: *from the layer tensor one can read off the weights.* Add seven numbers, not all zero, to the single column of $W_K$ in head 2 of the layer by hand, so that $L$ stays as it is.
# The dimensions are those of Astrid, Bernard, Colin, *born_in*, *lives_in*, Singapore, Malaysia; the last two are read by no token, so put something into the others.
# ````

# %% tags=["exercise"]
answer = ...  # seven numbers
ch06.same_tensor(answer)

# %% [markdown]
# ````{solution-start} ex-06-shift
# :label: sol-06-shift
# :class: dropdown
# ````
#
# Only *lives_in* asks. Add the same number to what it finds at all keys *and* at itself: $s_{qk}$ and $s_{qq}$ grow by the same, and $A$ depends on $s_{qk} - s_{qq}$ only. (No question asks for what *born_in* holds there, so that dimension is free.)
# In any layer a change of $W_K$ that adds the same vector to $y W_K$ for every token $y$ leaves $L$ as it is. The weights are not determined by the tensor.

# %% tags=["solution", "check-exercise-shift"]
answer = [5, 5, 5, 0, 5, 0, 0]
ch06.same_tensor(answer)

moved = W_K.clone()
moved[1, :, 0] += torch.tensor(answer)
changed = weights._replace(W_K=moved[None])
shifted = AttentionLayer(by_hand.config, changed)
assert apart(shifted.layer_tensor(), by_hand.layer_tensor()) < 1e-12

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Ask a layer every question, and its answers are a tensor of the same shape as the facts. So both can be measured by one ruler.
# - A head has two parts: the query-key part decides whom to hear, the value-output part what is said.
# - The logits are a sum of votes, two for each head and one for a residual path. The answer is right if the sum is, whatever single votes say.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | our four steps agree with a layer built on torch's `scaled_dot_product_attention` (60 layers, to $10^{-12}$) | `check-forward` |
# | the layer tensor, {prf:ref}`claim-two-tokens`: our lines, the package and the forward pass agree to $10^{-12}$ | `check-layer-tensor` |
# | a layer of two heads stores six facts, to $10^{-12}$; other weights do the same | `check-by-hand`, `check-exercise-shift` |
# | the additive motif, {prf:ref}`claim-additive-motif`; the four votes on one question | `check-additive-motif`, `check-votes-by-hand` |
# | `torch.nn.MultiheadAttention` without biases is the case $d_{qk} = d_{vo}$ (20 modules) | `check-multihead` |
# | the count of parameters, against torch's own count | `check-parameters` |
