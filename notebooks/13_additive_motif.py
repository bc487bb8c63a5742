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
# # The additive motif
#
# **Who votes for what?**
# The logits of a layer are a sum of votes, one for each head and each of the two tokens.
# A fact may be recalled because one vote knows it. Or because no vote knows it and their sum does.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** how single votes make an answer, and what goes when one is taken away: votes that are all wrong and a sum that is right; why a vote cannot know the whole question; and votes taken away, with the damage told in advance.
# - **You need** the votes of {doc}`06_attention_layer_tensor`, {prf:ref}`claim-additive-motif`, and {doc}`10_rank_threshold` for how layers are trained.
# - **It takes** twenty minutes to read, fifteen minutes for the exercises, and under half a minute to run. The recorded experiment takes under a minute on two cores.
# :::
#
# ```{preview} fig-ballot
# Votes on one fact, and their sum. No single vote names the answer.
# ```
#
# That recall is a sum of independent votes, the additive motif, is stated of this layer by {cite}`wong2025attention` [paper]. That such votes can be right only together was measured in large language models by {cite}`chughtai2024summing` [cited]. The propositions, the experiments and every number below are [ours].

# %%
from statistics import median
from textwrap import fill

import torch

from companion import (
    REGIMES,
    InProcess,
    Store,
    ch13,
    experiment,
    glue,
    load,
    pictures,
    run,
)
from companion.studies import database, voting
from companion.studies.additive_motif import medians
from factrank import AttentionLayer, LayerConfig
from factrank.layer import (
    PlainLayer,
    Recipe,
    Weights,
    answers_without,
    train_batch,
    without,
)

EXPERIMENT = experiment("additive-motif")

_ = torch.set_num_threads(1)

# %% [markdown]
# ## Two wrong votes, one right sum
#
# :::{admonition} Guess first: one vote names Singapore, the other Ringgit. Can their sum name Malaysia?
# :class: dropdown guess
# Yes: it is second with both, and two second places can sum to the most.
# :::
#
# Where does Astrid live? In Malaysia, as the eight facts of {doc}`01_database_tensor` say. Take one key, *Astrid*, one query, *lives_in*, one head, and three values: Singapore, Malaysia and Ringgit. The key says: Singapore, where she was born, or else Malaysia. The query says: Ringgit, or else Malaysia. Neither names Malaysia. The sum does.

# %% tags=["check-smallest"]
one = torch.eye(2, dtype=torch.float64)[None, None]  # W_V and W_O
# columns: Singapore, Malaysia, Ringgit; the key's row, then the query's
says = torch.tensor([[6.0, 4, 0], [0, 4, 6]]).double()
silent = torch.zeros(1, 1, 2, 1).double()  # so A = 1/2
E_K, E_Q = one[0, :, :1], one[0, :, 1:]
weights = Weights(E_K, E_Q, says[None], silent, silent, one, one)
shape = {"d_model": 2, "n_heads": 1, "d_head_qk": 1, "d_head_vo": 2}
tiny = AttentionLayer(LayerConfig(1, 1, 3, **shape), weights)

votes = tiny.votes_of(torch.tensor([[0, 0]]))[0]  # n h s v
print("key  ", votes[0, 0, 0].tolist())
print("query", votes[0, 0, 1].tolist())
print("sum  ", votes[0].sum((0, 1)).tolist())
assert votes.argmax(-1).flatten().tolist() == [0, 2]
assert tiny.layer_tensor()[0, 0, 0].argmax() == 1


# %% [markdown]
# We say that a vote **names** a value if this is its one largest entry. A recalled fact is a **motif fact** if no single vote names its answer. The additive motif, that the votes sum to the logits, holds for every fact; at a motif fact nothing but the sum is right.
#
# Now take a vote away. Without the key's vote Ringgit wins, without the query's Singapore. Both can be read off. The **margin** of Malaysia over Ringgit is $4 - 3 = 1$. The key's vote gives Malaysia two more than Ringgit. Take away 2 from a margin of 1, and the answer is lost.
#
# ## A vote is blind
#
# :::{admonition} Guess first: one head, and four relations that share no value and have every key. How many of the answers can the key's votes name?
# :class: dropdown guess
# A quarter at most. A key's vote names one value, whatever the query is.
# :::
#
# ````{prf:proposition} What a vote cannot know [ours]
# :label: claim-blind-votes
#
# In a layer without residual path let each attention be above 0 and below 1.
#
# 1. The value that head $h$ names through the key is the same for all queries; what it names through the query is the same for all keys.
# 2. Let no key of a functional database have one value under two relations, as where relations share no value. Then at most $n_{\text{heads}}\,|K| + \sum_q m_q$ facts have an answer that some vote names; $m_q$ is the number of facts that the $n_{\text{heads}}$ most frequent values of relation $q$ have together. All other recalled facts are motif facts.
# ````
#
# ````{prf:proof}
# *1.* The vote through the key is $A^h[k,q]\, X^h[k,:]$, a positive number times a row that does not know $q$. The factor does not move the largest entry. Likewise $(1 - A^h[k,q])\, Y^h[q,:]$.
#
# *2.* Through a key each head names at most one value, and that is the answer to at most one of the key's questions. Through a query the heads name at most $n_{\text{heads}}$ values, which answer at most $m_q$ of its facts.
# ````
#
# A key's vote feels the relation through attention alone: it is loud or quiet. It cannot name one value for one query and another value for the next. Take one head, and four relations that share no value and have every key. The key's votes then name at most a quarter of the answers. The query's votes name one value for each relation, at best its most frequent one. The rest must be sums.
#
# With $n_{\text{heads}} \ge |Q|$ heads the bound is empty: each relation can have a head of its own, as in {prf:ref}`claim-a6`, and that head's vote names the answer. Does training do that, or does it go on summing? That is a question for an experiment.

# %% tags=["check-blind"]
def counted(db, heads):
    """The bound of part 2."""
    most = heads * len(db.keys)
    for q in range(len(db.queries)):
        mine = [v for _, p, v in db.facts if p == q]
        counts = sorted((mine.count(v) for v in set(mine)), reverse=True)
        most += sum(counts[:heads])
    return most

for seed, heads in ((s, h) for s in range(15) for h in (1, 2, 3)):
    db = database("disjoint", 9, 3, 3, seed)
    sizes = {"n_heads": heads, "d_head_qk": 2, "d_head_vo": 4}
    layer = LayerConfig(*db.shape, d_model=6, **sizes)
    layer = AttentionLayer.random(layer, seed=seed)
    v = layer.votes()[0].argmax(-1)  # h s k q
    assert (v[:, 0] == v[:, 0, :, :1]).all()
    assert (v[:, 1] == v[:, 1, :1]).all()
    named = voting.most_named(layer, db)
    assert named <= counted(db, heads)

# %% [markdown]
# ## What goes with a vote
#
# :::{admonition} Guess first: one vote is taken out of a trained layer. Can one tell in advance which answers change?
# :class: dropdown guess
# Yes, exactly: in a single layer nothing hears the missing vote and makes up for it.
# :::
#
# ````{prf:proposition} A vote taken away [ours]
# :label: claim-vote-away
#
# Let $a$ be the answer of a layer to a question, $m_w = L_a - L_w$ its margin over the value $w$, and $u$ one vote, or the sum of several. Without $u$ the answer is still $a$ if and only if
#
# $$
# m_w > u_a - u_w \quad \text{for every } w \ne a .
# $$
#
# Otherwise it is the $w$ with the least $m_w - (u_a - u_w)$; a tie answers nothing.
# ````
#
# ````{prf:proof}
# The logits are then $L - u$, by {prf:ref}`claim-additive-motif`. The margin of $a$ over $w$ in them is $m_w - (u_a - u_w)$.
# ````
#
# This is arithmetic, and it says that *no vote hears another*. In a deeper model a removed part changes what later parts see, and they may make up for it. In one layer nothing makes up for anything. So the prediction is exact, or our account of the layer is wrong.
#
# To see it we take the vote away by editing weights. The stream is made twice as wide, keys living in its first half and queries in its second, with every matrix copied into both halves. The layer computes the same. Now half of the rows of $W_V^h$ belong to keys, half to queries, and we set one half to zero. The edited weights go through torch's own attention, which knows nothing of votes.

# %% tags=["check-vote-away"]
for seed in range(10):
    sizes = {"n_heads": 3, "d_head_qk": 2, "d_head_vo": 3}
    layer = LayerConfig(6, 4, 5, d_model=7, **sizes)
    layer = AttentionLayer.random(layer, seed=seed)
    pairs = torch.cartesian_prod(torch.arange(6), torch.arange(4))
    votes, nothing = layer.votes_of(pairs)[0], torch.zeros(24, 5)
    predicted = answers_without(votes, nothing)
    sequence = pairs + torch.tensor([0, 6])
    for h in range(3):
        for s, source in enumerate((0, 1, None)):
            edited = PlainLayer.of(without(layer, h, source))
            seen = edited(sequence).argmax(-1)
            assert torch.equal(seen, predicted[:, h, s])

# %% [markdown]
# ## The criteria, before any figure
#
# Layers are trained on cross-entropy until they hold every fact at 0.9, so that all are about equally sure, or for 1200 steps. We look at the facts that they recall.
#
# 1. *The sum.* The votes sum to $L$, as torch's own attention computes it, to $10^{-12}$ of its largest entry.
# 2. *The prediction.* Without any vote, and without any head, every answer is as the votes predict. In every layer.
# 3. *Blindness.* The number of motif facts is at least what part 1 of {prf:ref}`claim-blind-votes` demands of that layer: recalled facts, less those whose answer is a largest entry of a row of $X$ or $Y$.
# 4. *One head.* At least half of the recalled facts are motif facts, in the median over seeds, in every family, with frozen and with trained embeddings.
# 5. *More heads.* At the same total width, the share of motif facts falls from 1 to 2 to 4 to 8 heads, at each step.
# 6. *Size.* In layers of four heads or more, larger votes lose more answers when taken away: Spearman's correlation, that of the two orders, has a median of at least 0.7 in every cell. The size of a vote is its norm over the values, mean taken off; it does not look at the answer.
# 7. *Redundancy.* With four heads, the share of answers that go with a head falls when the total width grows from 8 to 16 to 32, at each step.
#
# 1 to 3 follow from the propositions; they test code and rounding. 4 to 7 can fail. Medians are over the ten seeds.
#
# ## Live: a quick run
#
# Two families, one head and four, total width 16, three seeds, embeddings frozen.

# %% tags=["check-quick"]
with Store(":memory:", EXPERIMENT.source) as store:
    quick = run(EXPERIMENT, "quick", store, InProcess())

def told(verdict, text):
    head = "met    " if verdict.met else "MISSED "
    return fill(text, 74, initial_indent=head, subsequent_indent=" " * 7)

assert (quick.recalled > 0.8).all()
for verdict in EXPERIMENT.judge(quick)[:3]:
    print(told(verdict, verdict.criterion))
    assert verdict.met
few, many = (quick[quick.n_heads == h].motif_share for h in (1, 4))
print("one head has more motif facts than four, in every seed")
assert few.min() > many.max() + 0.05

# %% [markdown]
# One layer of these, looked at closely: six values shared by four relations, two heads.

# %% tags=["check-one-layer"]
db = database("shared", 32, 4, 6, 0)
sizes = {"n_heads": 2, "d_head_qk": 4, "d_head_vo": 8}
shape = LayerConfig(*db.shape, d_model=36, **sizes)
recipe = Recipe(steps=1200, weight_decay=0.03, stop=0.9)
layer = train_batch(shape, [db], recipe, [0]).layer
ballot = voting.Ballot.of(layer, db)
added = voting.contributions(ballot)  # n h s
margin = added.sum((1, 2))
assert len(ballot.answers) > 0.8 * len(db) and (margin > 0).all()
L = ballot.votes.sum((1, 2))
top = L.topk(2).values
assert torch.allclose(margin, top[:, 0] - top[:, 1])
motif = voting.motif(ballot)
assert motif.any() and not motif.all()

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-ballot", "caption": "The votes on one motif fact and their sum, all divided by ten. Shared range, 32 keys, 4 relations, 6 values; two heads of width 8, embeddings frozen, seed 0, cross-entropy until every fact is held at 0.9. Run live, so that the numbers differ a little between machines. Drawn by `pictures.draw_votes(votes, voters, values, total)`."}, "image": {"alt": "A grid of four rows, head 1 and 2 through key and query, and six columns of values, with a sum below. The largest entry of the sum is at a value that is the largest of no row above."}}
sources = "key", "query"
voters = [f"head {h}, {source}" for h in (1, 2) for source in sources]
n = int(motif.nonzero()[0])
table, total = ballot.votes[n].flatten(0, 1) / 10, L[n] / 10
_ = pictures.draw_votes(table.numpy(), voters, db.values, total.numpy())

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-margins", "caption": "What each vote adds to the winning margin (answer minus runner-up), for the first six motif facts of the same layer, and the margin itself. Seed 0, embeddings frozen, run live. Drawn by `pictures.draw_margins(added, voters, facts)`."}, "image": {"alt": "Six horizontal stacked bars. In each, votes to the right of zero add to the margin and votes to the left take from it; a diamond marks the sum, right of zero in all six."}}
some = motif.nonzero().flatten()[:6].tolist()
names = [
    f"{db.keys[k]}, {db.queries[q]}" for k, q in ballot.tokens[some].tolist()
]
rows = added[some].flatten(1).tolist()
_ = pictures.draw_margins(rows, voters, names)

# %% tags=["check-taken", "hide-input"] mystnb={"figure": {"name": "fig-taken", "caption": "Every vote of a layer with four heads of width 2 taken away, one at a time. Hollow marks say how many answers should be lost, counted from the votes; filled ones say how many are, with the weights edited. Shared range, 112 facts, embeddings frozen, seed 0, run live. Drawn by `pictures.draw_taken(cells)`."}, "image": {"alt": "A scatter of eight votes, four through the key and four through the query, by size and answers lost. Each filled mark lies in its hollow one."}}
sizes = {"n_heads": 4, "d_head_qk": 4, "d_head_vo": 2}
shape = LayerConfig(*db.shape, d_model=36, **sizes)
four = train_batch(shape, [db], recipe, [0]).layer
ballot = voting.Ballot.of(four, db)
taken = voting.taken_away(four, ballot)
assert torch.equal(taken.predicted, taken.seen)
lost = [(t != ballot.answers[:, None, None]).sum(0) for t in taken]
large = voting.vote_sizes(ballot)
cells = {
    source: [
        (float(large[h, s]), int(lost[0][h, s]), int(lost[1][h, s]))
        for h in range(4)
    ]
    for s, source in enumerate(sources)
}
_ = pictures.draw_taken(cells)

# %% [markdown]
# ## The record: {glue:text}`motif-layers` layers
#
# The full tier has four families, frozen and trained embeddings, and ten seeds a cell ({ref}`how-experiments-are-told`). It was run by `factrank run additive-motif --tier full`. What follows reads the record, `notebooks/results/additive-motif.csv`.

# %% tags=["check-record"]
record = load("additive-motif", "results")
full = record.frame
glue("motif-layers", len(full), display=False)
assert len(full) == len(EXPERIMENT.expand("full"))
cell = ["family", "regime", "n_heads", "width"]
assert full.groupby(cell).seed.nunique().min() == 10

verdicts = EXPERIMENT.judge(full)
for verdict in verdicts:
    print(told(verdict, verdict.criterion))
    print(fill("found: " + verdict.found, 74, subsequent_indent=" " * 7))
assert [n for n, v in enumerate(verdicts, 1) if not v.met] == [4, 6, 7]
share = (full.recalled == 1).mean()
print(f"{share:.1%} of the layers recall every fact")


# %% [markdown]
# Three criteria are missed. We come to each. The three that must hold do: over half a million answers were predicted from votes, and each came out as predicted.
#
# ### Sums that are right, votes that are not
#
# :::{admonition} Guess first: of the facts that a layer with one head recalls, for how many does no single vote name the answer?
# :class: dropdown guess
# For about half and more: the medians lie between 0.50 and 0.64. Where relations share all their values they are 0.33 and 0.41.
# :::

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-motif-share", "caption": "Full tier, recorded. The share of recalled facts whose answer no single vote names, at a total width of 16, by the number of heads; embeddings frozen, ten seeds each, all shown, joined through their medians. Dotted, criterion 4. Command `factrank run additive-motif --tier full`, drawn by `pictures.draw_strips`."}, "image": {"alt": "Four falling lines from one head to eight. Permuted from 0.63 to 0.08, disjoint from 0.52 to 0.15, uniform from 0.50 to 0.04, shared from 0.33 to nearly 0."}}
def strips(rows, column, by, name):
    return {
        str(label): [
            (str(x), cell[column].tolist()) for x, cell in mine.groupby(by)
        ]
        for label, mine in rows.groupby(name)
    }

heads = full[full.part == "heads"]
F, axis = heads[heads.regime == "F"], {"xlabel": "heads, total width 16"}
lines = strips(F, "motif_share", "n_heads", "family")
axis["ylabel"] = "share of motif facts"
_ = pictures.draw_strips(lines, **axis, limit=0.5)

# %% tags=["check-record-share"]
by_heads = medians(heads, "motif_share", "n_heads")
for (family, regime), found in by_heads.items():
    text = " ".join(f"{x:.2f}" for x in found)
    print(f"{family:9} {REGIMES[regime]:7} 1, 2, 4, 8 heads {text}")
    assert found == sorted(found, reverse=True)
    short = family == "shared" or (family, regime) == ("uniform", "F")
    assert (found[0] < 0.5) == short
assert 0 < 0.5 - by_heads["uniform", "F"][0] < 0.001

single = heads[(heads.family == "disjoint") & (heads.n_heads == 1)]
forced = []
for row in single.itertuples():
    sizes = row.keys, row.queries, row.range_size, row.seed
    named = counted(database("disjoint", *sizes), 1)
    recalled = round(row.recalled * row.facts)
    assert row.motifs >= recalled - named
    forced.append(1 - named / row.facts)
forced = median(forced)
print(f"disjoint, one head: blindness alone demands {forced:.2f}")

# %% [markdown]
# With one head about half of the facts are sums that no vote knows, and up to 64%; where relations share all of their values, 33% with frozen and 41% with trained embeddings. On disjoint ranges with frozen embeddings this is little more than what {prf:ref}`claim-blind-votes` forces on any layer with one head. So criterion 4 is missed on shared ranges, and by less than a thousandth on uniform databases with frozen embeddings. It is not blindness that fails there: a key's vote may be right for several relations at once when they have the same values.
#
# With more heads the share falls, at each step, in every family, frozen or trained: criterion 5 is met. With as many heads as relations, or twice as many, the bound of {prf:ref}`claim-blind-votes` is empty and every fact could have a vote of its own. Training comes near to this on shared ranges, and less so elsewhere: on disjoint ranges eight heads leave 15% of the facts (frozen) and 19% (trained) to sums. (Criterion 3 is no finding. It recounts the named facts from $X$ and $Y$ alone, and the two counts differ only by facts that are named and not recalled.)
#
# ### Key or query, one head or several

# %% tags=["check-record-margin"]
for (family, regime), rows in heads.groupby(["family", "regime"]):
    key = rows.groupby("n_heads").key_share.median()
    top = rows.groupby("n_heads").top_head.median()
    print(
        f"{family:9} {REGIMES[regime]:7} from keys",
        " ".join(f"{x:.2f}" for x in key),
        " largest head",
        " ".join(f"{x:.2f}" for x in top),
    )
    assert key.min() > 0.5 and top[4] < 0.6 and top[8] < 0.4

# %% [markdown]
# The first four numbers, for 1, 2, 4 and 8 heads, say how much of the margin over the runner-up, summed over all recalled facts, the key's votes add. It is more than half in every line; the query does not know the key, and can only favour values. The last four look at what each head adds to a margin, without the sign: the share of the largest head, in the mean over the facts. The largest of four heads gives about half, the largest of eight about a third. So with four heads and more no single head carries the margin.
#
# ### What goes with a head

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-lost", "caption": "Full tier, recorded. The share of answers that change when one of four heads is taken away, in the mean over heads, by total width; embeddings frozen, ten seeds each, all shown, joined through their medians. Drawn by `pictures.draw_strips`."}, "image": {"alt": "Four falling lines over widths 8, 16 and 32. Disjoint from 0.26 to 0.05, permuted from 0.31 to 0.19, uniform from 0.25 to 0.15, shared from 0.18 to 0.14."}}
four = full[full.n_heads == 4]
lines = strips(four[four.regime == "F"], "lost_by_head", "width", "family")
axis = {"xlabel": "total width, four heads"}
axis["ylabel"] = "share of answers lost"
_ = pictures.draw_strips(lines, **axis)

# %% tags=["check-record-lost"]
by_width = medians(four, "lost_by_head", "width")
for (family, regime), found in by_width.items():
    text = " ".join(f"{x:.2f}" for x in found)
    rows = four[(four.family == family) & (four.regime == regime)]
    safe = rows.groupby("width").survives_any.median()
    safe = " ".join(f"{x:.2f}" for x in safe)
    lost = f"lost {text}  survive any head {safe}"
    print(f"{family:9} {REGIMES[regime]:7} {lost}")
    falls = found == sorted(found, reverse=True)
    assert falls == ((family, regime) != ("permuted", "T"))

# %% [markdown]
# The last three numbers are the share of answers that stay whichever head is taken away. Wider layers depend less on each of their heads, in seven of the eight lines. The eighth, permuted relations with trained embeddings, does not fall from width 16 to 32. That misses criterion 7.

# %% tags=["check-record-size"]
several = full[full.n_heads >= 4]
sizes = several.groupby(["regime", "n_heads", "width"]).size_to_loss
for (regime, heads_of, width), found in sizes.median().items():
    print(f"{REGIMES[regime]:7} {heads_of} heads, width {width:2}: {found:.2f}")
    assert found > 0.5

# %% [markdown]
# Criterion 6 is missed: the correlation is positive in every cell, and reaches 0.7 in 21 of 32 (here the families are taken together). It is higher with trained embeddings than with frozen ones. Size alone does not say what a vote is for. A large vote that favours the rivals as much as the answer moves nothing. The exact rule, {prf:ref}`claim-vote-away`, looks at differences.
#
# ## What it means
#
# That the layer recalls by adding independent votes [paper] is here an identity, exact in float64. That the votes are right only *together* is true to a degree which the number of heads sets: of a third to two thirds of the facts with one head, of few with many. A vote is blind for half of the question. Where heads are fewer than relations and values are not shared, this forces motif facts. Where heads are many, training gives most answers a vote of their own. A large model presumably has more relations than heads. That sums were found there {cite}`chughtai2024summing` [cited] agrees with this, and does not follow from it.
#
# Limits: four families, at most 32 keys and four relations, $d_{qk} = 4$, no residual path, cross-entropy stopped at 0.9. Not every layer recalls everything; only recalled facts are counted.
#
# ## Exercises
#
# ````{exercise} Which vote is missed, by hand
# :label: ex-13-away
#
# A layer with two heads answers *tea*. Its votes:
#
# | vote | tea | milk | juice |
# |---|---|---|---|
# | head 1, key | 5 | 1 | 4 |
# | head 1, query | 1 | 3 | 0 |
# | head 2, key | 3 | 1 | 1 |
# | head 2, query | 0 | 1 | 2 |
#
# What does it answer without head 1's vote through the key? Without head 2's vote through the key? Without head 2? Write `"none"` for a tie.
# ````

# %% tags=["exercise"]
answer = ...  # (without head 1's key vote, without head 2's, without head 2)
ch13.votes_taken_away(answer)

# %% [markdown]
# ````{solution-start} ex-13-away
# :label: sol-13-away
# :class: dropdown
# ````
#
# The sum is $(9, 6, 7)$: the margins are 3 over milk and 2 over juice. By {prf:ref}`claim-vote-away` compare them with how much more the vote gives to tea.
#
# - Head 1, key: 4 over milk, 1 over juice. $3 < 4$ and $2 > 1$, so milk wins.
# - Head 2, key: 2 over both. $3 > 2$, but $2 = 2$: a tie of tea and juice.
# - Head 2, both: $2 - 1 = 1$ over milk, $2 - 2 = 0$ over juice. Tea stays.
#
# So one vote of the head is missed and the head is not: its other vote spoke for juice.

# %% tags=["solution", "check-exercise-away"]
answer = "milk", "none", "tea"
ch13.votes_taken_away(answer)

ballot = torch.tensor(ch13.BALLOT)
left = ballot.sum(0) - torch.stack([ballot[0], ballot[2], ballot[2:].sum(0)])
assert left.tolist() == [[4, 5, 3], [6, 5, 6], [6, 4, 4]]

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} ★ Three voices, by hand
# :label: ex-13-three
#
# Two wrong votes can have a right sum. Can three, of which no two suffice? Find three votes on $x$, $y$, $z$, so that no single one names $y$, no two together name $y$, and all three do.
# ````

# %% tags=["exercise"]
answer = ...  # three rows of three numbers
ch13.three_together(answer)

# %% [markdown]
# ````{solution-start} ex-13-three
# :label: sol-13-three
# :class: dropdown
# ````
#
# Let $d$ and $e$ be the margin of $y$ over $x$ and over $z$. Vote 0 stands against the other two on $x$: $d = -4, 3, 3$. Votes 1 and 2 must then fail on $z$: $e = 3, -1, -1$. The sums of all three are $2$ and $1$. Each pair has a margin that is negative: $d = -1$ with vote 0, and $e = -2$ without.

# %% tags=["solution"]
answer = [[7, 3, 0], [0, 3, 4], [0, 3, 4]]
ch13.three_together(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - The logits are a sum of votes. So what the layer says without one of them can be computed: 506616 of 506616 answers came out as predicted.
# - A vote is blind for half of the question. What the key says cannot name one value for one query and another for the next.
# - With one head many right answers are sums that no vote names. With more heads their share falls at each step.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | two wrong votes and a right sum, by hand | `check-smallest` |
# | {prf:ref}`claim-blind-votes`: 45 random layers | `check-blind` |
# | {prf:ref}`claim-vote-away`: predicted and seen, in random layers, and in a trained one | `check-vote-away`, `check-taken` |
# | a trained layer: what votes add sums to the margin; motif facts and others | `check-one-layer` |
# | the quick run: exact sums, exact predictions, more motif facts with one head than with four | `check-quick` |
# | the record is complete; which criteria it meets and which it misses | `check-record` |
# | the record: motif facts by heads, shares of the margin, answers lost by width and by size | `check-record-share`, `check-record-margin`, `check-record-lost`, `check-record-size` |
