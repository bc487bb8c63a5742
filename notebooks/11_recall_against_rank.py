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
# # Recall against rank
#
# **Which number says whether a layer is large enough for a database: rank, facts, bits, parameters or width?**
# In {doc}`10_rank_threshold` the rank decided, as long as the readout was linear. Here it meets its rivals.
# Then we look inside: how do the ranks of a trained layer stand to those of its database, before and after the readout?
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** how to compare sizes as predictors, and what a readout does to rank: 27 predictors within and across shapes, with 95% intervals; and logits whose rank says little about the facts, until a softmax with a threshold reads them.
# - **You need** {doc}`10_rank_threshold`, and from {doc}`09_argmax_and_softmax` the theorems {prf:ref}`claim-s1`, {prf:ref}`claim-s3`, {prf:ref}`claim-s4` and {prf:ref}`claim-s5`, called S1, S3, S4 and S5.
# - **It takes** thirty minutes to read, ten minutes for the exercises, and under a minute to run.
# :::
#
# ```{preview} fig-predictors
# Which number tells layers that succeed from layers that fail? The dotted line is guessing.
# ```
#
# The marks are those of {ref}`About this book <provenance-marks>`. The paper finds that on toy models and random databases the ranks of database and layer go together, and that rank is another axis than the number of facts or parameters [paper]. The experiments here, their criteria and all numbers are [ours].

# %%
from textwrap import fill

import numpy as np
import torch

from companion import InProcess, Store, ch11, glue, load, pictures, run
from companion.engine.predictors import auc, held_out_loss, pair_counts
from companion.studies import predictors, readout_ranks, recall_predictors
from companion.studies import readout_ranks as reading

_ = torch.set_num_threads(1)

def quick(module):
    experiment = module.EXPERIMENT
    with Store(":memory:", experiment.source) as store:
        return run(experiment, "quick", store, InProcess())

def told(verdict, found=True):
    head = "met    " if verdict.met else "MISSED "
    text = verdict.criterion + (f": {verdict.found}" if found else "")
    return fill(text, 74, initial_indent=head, subsequent_indent=" " * 7)


# %% [markdown]
# ## What it means to predict
#
# :::{admonition} Guess first: a number tells success from failure in one shape, and just the reverse in the other. Can its held-out log-loss be worse than that of a coin?
# :class: dropdown guess
# Yes. A curve that was fitted to one shape is then sure, and wrong, about the other.
# :::
#
# A **predictor** gives each layer a number, the larger the likelier its success. Some know the layer alone: its total width, its parameters. Some know the database alone: its rank, its facts, its **bits**, which are the sum of $\log_2 |\operatorname{range} f_q|$ over the facts ({doc}`14_bits_per_parameter` says when this count is right). The natural ones compare the two: width over rank, width minus rank, parameters over bits.
#
# Its **AUC** (area under the ROC curve) is the share of pairs of a success and a failure in which the success has the larger number; a tie counts half. Guessing reaches 1/2. *Within* a shape (the same number of keys and of queries) the pair differs in width and in kind of database. *Across* shapes it differs in keys and queries as well.
#
# By hand: two layers succeed, with the numbers 3 and 1; two fail, with 1 and 0. Of four pairs three are won and one is a tie: $3.5/4$.

# %% tags=["check-auc"]
score, good = np.array([3.0, 1, 1, 0]), np.array([1, 1, 0, 0])
group = np.zeros(4, dtype=int)  # one kind of database
assert auc(*pair_counts(score, good, group, 1)) == 3.5 / 4

# %% [markdown]
# An AUC looks at the order alone. It does not ask at which number success begins, nor whether that is the same number for every shape. The **held-out log-loss** does: fit a logistic curve of the number to all shapes but one, and ask how surprised it is by the shape left out. A coin has a log-loss of $\log 2 = 0.69$.

# %% tags=["check-held-out"]
x, fold = np.tile([-1.0, 1.0], 40), np.repeat([0, 1], 40)
same, opposite = x > 0, (x > 0) ^ (fold == 1)
assert held_out_loss(x, same, fold).mean() < 0.1
assert held_out_loss(x, opposite, fold).mean() > np.log(2)

# %% [markdown]
# **Intervals** come from drawing *kinds of database* anew, with all their layers, a thousand times (seed 0). Ten seeds of one kind are not ten witnesses.
#
# ## The criteria, before any figure
#
# Five shapes, from 48 keys with 3 queries to 4 keys with 48 queries. On each stand five kinds of database, a kind being a family with its sizes; all eight families of {ref}`how-experiments-are-told` occur. So rank varies at equal shape, and keys and queries vary apart. There are four contests: unbounded cross-entropy with frozen and with trained embeddings, bounded logits and least squares with frozen ones. A cell has ten seeds.
#
# 1. *A grid that can fail*: between 20% and 80% of the layers succeed, and both outcomes occur on two thirds of the kinds.
# 2. *Rank predicts best*: width over $\operatorname{rank}(D)$, by its better bound, has a larger AUC than every number without $\operatorname{rank}(D)$ in it, and the 95% interval of the difference excludes 0, in each contest. The rank of $D_{(V)}$ counts among the rivals.
#
# Success is full recall for cross-entropy, every fact held at 0.5 for bounded logits ($\beta = 8$), a relative error below 0.05 in least squares. The best rival is chosen after the fact among more than a dozen, which is unfair to rank. We keep it so: a claim to be *the* size should survive it.
#
# A rival to watch is the smaller of $|K|$ and $|Q|$. It ignores the facts. But by {prf:ref}`claim-s1` argmax needs no rank above $2 \min(|K|, |Q|)$, whatever they are.
#
# ## Live: a quick run
#
# Three small shapes, three kinds each, three seeds, cross-entropy, embeddings frozen.

# %% tags=["check-quick"]
small = quick(recall_predictors)
grid, _ = recall_predictors.EXPERIMENT.judge(small)
print(told(grid, found=False))
table = predictors.compared(small)
fewer = table.auc["width / fewer of keys, queries"]
alone = table.auc["width"]
print("the fewer of keys and queries improves on width:", fewer > alone)
assert grid.met and fewer > alone + 0.05

# %% [markdown]
# ## The record
#
# :::{admonition} Guess first: with trained embeddings, and every fact to be recalled: which tells success best, width over rank, width over facts, or the width alone?
# :class: dropdown guess
# The width alone, with an AUC of 0.98. Width over facts has 0.96, width over rank 0.89.
# :::
#
# `factrank run recall-predictors --tier full` trained {glue:text}`predictor-layers` layers. Criterion by criterion:

# %% tags=["check-record"]
full = load("recall-predictors", "results").frame
assert len(full) == len(recall_predictors.EXPERIMENT.expand("full"))
a_cell = full.groupby([*predictors.LAYER, *predictors.KIND, "width"])
assert a_cell.seed.nunique().min() == 10
verdicts = recall_predictors.EXPERIMENT.judge(full)
glue("predictor-layers", len(full), display=False)
kinds = full.groupby(predictors.KIND)[["facts", "rank_lower", "rank_upper"]]
least, most = kinds.min(), kinds.max()
unknown = (least.rank_lower < most.rank_upper).sum()
sizes = f"{least.facts.min()} to {most.facts.max()} facts"
print(f"{len(least)} kinds of database, {sizes},")
print(f"open rank intervals on {unknown} of them")
for verdict in verdicts:
    print(told(verdict))
missed = [verdict.criterion for verdict in verdicts if not verdict.met]
assert len(missed) == 4 and all("width / rank(D)" in it for it in missed)

# %% tags=["check-record-predictors"]
tables = {
    name: predictors.compared(mine)
    for name, mine in predictors.contests(full).items()
}
for name, table in tables.items():
    print(f"{name:33} {'AUC':>4} {'within':>7} {'across':>7} {'loss':>6}")
    for row in table.nlargest(5, "auc").itertuples():
        print(
            f"  {row.Index:31} {row.auc:.2f} {row.within:7.2f} "
            f"{row.across:7.2f} {row.loss:6.2f}"
        )
(count,) = {len(table) for table in tables.values()}
print(count, "predictors")
best = {name: table.auc.idxmax() for name, table in tables.items()}
assert best["cross-entropy, trained embeddings"] == "width"
assert best["cross-entropy, frozen embeddings"] == "width / fewer of keys, queries"
for name in ("bounded logits", "least squares"):
    assert "rank of D_(V)" in best[f"{name}, frozen embeddings"]

over = [f" / {size}" for size in predictors.SIZES.values()]
for name, table in tables.items():
    for size in ["", *over]:
        assert table.auc[f"width{size}"] > table.auc[f"parameters{size}"]
    rank = table.auc[["width / rank (lower)", "width / rank (upper)"]].max()
    rivals = table.auc[["width / facts", "width / bits"]]
    assert (rivals > rank).all() == name.startswith("cross-entropy")
    assert (rivals > rank).any() == name.startswith("cross-entropy")

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-predictors", "caption": "Full tier, recorded. AUC of width, of parameters, and of their ratios to a size; least squares, embeddings frozen; within and across shapes, with 95% intervals over kinds of database; the dotted line is guessing. Ten seeds, all counted. Command `factrank run recall-predictors --tier full`, drawn by `pictures.draw_predictors`."}, "image": {"alt": "Width over the rank of D_(V) lies highest, at 0.98, with short intervals; width over the lower bound of rank follows at 0.97 and 0.96. Width alone and over facts lie at 0.86 to 0.88. Parameters and their ratios lie between 0.61 and 0.74, with intervals that reach guessing or nearly."}}
SHOWN = [
    "width", "parameters", "width / rank (lower)", "width / rank (upper)",
    "width / rank of D_(V)", "width / facts", "width / bits",
    "parameters / facts", "parameters / bits",
    "width / fewer of keys, queries",
]

def estimates(table):
    return {
        name.replace("D_(V)", "$D_{(V)}$"): {
            kind: tuple(table.loc[name, [kind, f"{kind}_low", f"{kind}_high"]])
            for kind in ("within", "across")
        }
        for name in SHOWN
    }

_ = pictures.draw_predictors(estimates(tables["least squares, frozen embeddings"]))

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-predictors-recall", "caption": "The same for unbounded cross-entropy and full recall, embeddings frozen. The axis begins further right. Drawn by `pictures.draw_predictors`."}, "image": {"alt": "Width, width over facts and width over the fewer of keys and queries lie highest, at 0.84 to 0.87. Width over rank lies at 0.80 to 0.84. Width over the rank of D_(V) is among the lowest, at 0.77 within and 0.74 across."}}
_ = pictures.draw_predictors(estimates(tables["cross-entropy, frozen embeddings"]))

# %% [markdown]
# **Rank(D) wins nowhere.** All grids can fail, and the criterion is missed under each readout. Three findings, each with its limits.
#
# - *Where all logits count, the rank of one unfolding wins.* In least squares and with bounded logits the best number is made of the width and $\operatorname{rank} D_{(V)}$, the number of used values. In least squares that rank is what theory makes necessary (S5, {prf:ref}`claim-s5`), and free attention can supply the rest. $\operatorname{rank}(D)$ comes next, before facts and bits. The interval of the difference excludes 0 with bounded logits; in least squares it just holds it.
# - *Where only the largest logit counts, width alone is nearly all.* With trained embeddings nothing improves on it. With frozen ones it helps a little to divide by the smaller of the numbers of keys and queries; the interval of the difference to rank holds 0.
# - *Rank is another axis than facts and bits, but not always the better one.* To divide the width by rank is better than to divide it by facts or bits where all logits count, and worse where only the largest does. Parameters are a worse start than width: alone, and over each size, in all four contests.
#
# The rank threshold of {doc}`10_rank_threshold` is not contradicted. There the threshold stood at the rank where ranges were disjoint, so that both ranks coincide, or where attention was key-independent and queries silent. Here only one kind in five has disjoint ranges, and attention is free. So rank is another axis than facts and parameters, as the paper says [paper]; but for these layers the axis that decides is one unfolding of it, or the width alone.
#
# Limits: success as defined above, on toy databases, with one kind of training, and open rank intervals for a third of the kinds. Intervals that draw kinds of database anew are wide; ten seeds of one kind would make them look narrower than they are.
#
# ## Through the readout
#
# :::{admonition} Guess first: the value unfolding of a database has rank 16, that of a layer's logits has 3. Can that layer recall every fact?
# :class: dropdown guess
# Yes, and training finds such layers, on each of the eight kinds of database.
# :::
#
# Now the layers themselves. For trained $L$ we count the ranks of the three unfoldings of $L$, of $\operatorname{softmax}(L)$, of $\operatorname{softmax}_{\ge\tau}(L)$ with $\tau$ 0.5 and 0.9, and of $\operatorname{argmax}(L)$. A singular value counts if it exceeds a tolerance times the largest: $10^{-2}$ and $10^{-6}$, in float64. Eight kinds of database, total widths 3, 8 and 24, ten seeds; unbounded cross-entropy (embeddings frozen and trained), logits of norm 10, least squares. Training stops once every fact is held at 0.95. At width 24 cross-entropy is also trained *to the end*, 1000 steps, as an early stop leaves in $L$ what the first weights had put there.
#
# The theorems make predictions. By {prf:ref}`claim-a2` the value rank of $L$, short for the rank of its value unfolding, is at most its total width. By {prf:ref}`claim-s3` the logarithm of softmax has at most one more, while softmax itself has, for generic logits, full rank. By {prf:ref}`claim-s1` argmax does without rank. By {prf:ref}`claim-s4` what is held above 1/2 has it again. And the paper's finding becomes a criterion [ours]: *over the widest layers that recall every fact, the largest unfolding ranks of $D$ and of $L$ have a Spearman correlation of at least 0.8*, for each way of training. (That is the correlation of two orders. The printed lines call it rank correlation; it has nothing to do with the rank of a tensor.)

# %% tags=["check-ranks-quick"]
for verdict in readout_ranks.EXPERIMENT.judge(quick(readout_ranks))[:-1]:
    print(told(verdict, found=False))
    assert verdict.met

# %% [markdown]
# The record has 1120 layers, by `factrank run readout-ranks --tier full`.

# %% tags=["check-ranks-record"]
ranks = load("readout-ranks", "results").frame
assert len(ranks) == len(readout_ranks.EXPERIMENT.expand("full"))
a_cell = ranks.fillna({"stop": 1}).groupby(
    [*reading.KIND, "loss", "regime", "width", "stop"]
)
assert a_cell.seed.nunique().min() == 10
verdicts = readout_ranks.EXPERIMENT.judge(ranks)
for verdict in verdicts:
    print(told(verdict))
assert all(verdict.met for verdict in verdicts[:6])
assert [v.met for v in verdicts[6:]] == [False] * 4 + [True, True]

# %% [markdown]
# The theorems hold in every layer, as they must. One number of the fourth line is not forced by a theorem: *training finds* such layers, on every kind of database. The value rank of their logits is 3, that of the database up to 16, and every fact is recalled.

# %% tags=["check-ranks-narrow"]
narrow = ranks[(ranks.width == 3) & (ranks.loss == "cross-entropy")]
narrow = narrow[narrow.held_90 == 1]
columns = {"logits": "L", "from 0.9 on": "P90", "D": "D"}
for family, rows in narrow.groupby("family"):
    means = {name: rows[f"r2_{c}_V"].mean() for name, c in columns.items()}
    listed = ", ".join(f"{name} {mean:.1f}" for name, mean in means.items())
    print(f"{family:10} {len(rows):2} layers, value rank: {listed}")
assert (narrow.r6_L_V == 3).all()
assert (narrow.r6_P90_V == narrow.r6_D_V).all()

# %% [markdown]
# ## Do database and layer go together?
#
# :::{admonition} Guess first: a database has three unfoldings of rank 6. A trained layer recalls it. How large can a rank of its logits be?
# :class: dropdown guess
# 20 and more, with frozen embeddings. Nothing asks the layer to be economical.
# :::

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-together", "caption": "Full tier, recorded. The largest unfolding rank of $D$ against that of a trained layer, tolerance 0.01, total width 24; eight kinds of database, ten seeds each, every layer drawn, larger where several coincide. On the dotted line the two agree. Trained embeddings were here trained to the end. The last panel reads the layers of the second. Command `factrank run readout-ranks --tier full`, drawn by `pictures.draw_against`."}, "image": {"alt": "In least squares nearly all points lie on the diagonal. Under cross-entropy with frozen embeddings the logits of uniform random databases lie near it and those of shifted, disjoint and duplicated relations far above. With trained embeddings, trained to the end, most come back to it. After softmax from 0.9 on all points lie on the diagonal or next to it."}}
wide = ranks[(ranks.width == 24) & (ranks.recalled == 1)]

def against(loss, regime, tensor, end=False):
    rows = wide[(wide.loss == loss) & (wide.regime == regime)]
    rows = rows[rows.stop.isna() == end]
    found = {}
    for random, mine in rows.groupby(rows.family == "uniform"):
        D, T = (reading.largest(mine, t).tolist() for t in ("D", tensor))
        pairs = list(zip(D, T, strict=True))
        found["uniform random" if random else "structured"] = pairs
    return found

panels = {
    "least squares,\nfrozen embeddings": against("least squares", "F", "L"),
    "cross-entropy,\nfrozen embeddings": against("cross-entropy", "F", "L"),
    "cross-entropy,\ntrained embeddings": against(
        "cross-entropy", "T", "L", end=True
    ),
    "softmax ≥ 0.9,\nfrozen embeddings": against("cross-entropy", "F", "P90"),
}
names = {"xlabel": "rank of D", "ylabel": "rank of the layer"}
_ = pictures.draw_against(panels, **names, diagonal=True)

# %% [markdown]
# In least squares yes: $L$ is nearly $D$. With bounded logits, and under cross-entropy but for one case, the criterion is missed. Shifted relations are the clearest example. Their three unfoldings have rank 6, and with frozen embeddings the key unfolding of the logits that recall them has rank 20 and more. A likely reason: nothing asks the layer to be economical. The loss looks at differences of logits, and the first weights leave their noise.
#
# Weight decay asks for economy, given time and weights to act on. With trained embeddings, decay 0.1 and training to the end, the correlation is 0.90 and the criterion is met. The mean of the largest rank for shifted relations falls from 13.5, where training stops early, to 7.2.
#
# Two more things speak for the finding. On *uniform random* databases, which it is about, the two ranks are at most 3 apart, however the layer was trained. And if one looks not at the logits but at $\operatorname{softmax}_{\ge 0.9}(L)$, they are at most 3 apart for all layers trained by cross-entropy.

# %% tags=["check-together"]
cross = wide[wide.loss == "cross-entropy"]
for random, rows in cross.groupby(cross.family == "uniform"):
    D, L, P = (reading.largest(rows, t) for t in ("D", "L", "P90"))
    near, read = ((T - D).abs() <= 3 for T in (L, P))
    name = "uniform random" if random else "structured"
    print(
        f"{name:14} within 3 of D: logits {near.mean():.0%}, "
        f"softmax from 0.9 on {read.mean():.0%}"
    )
    assert read.all() and (near.mean() > 0.85) == random

shifted = cross[(cross.family == "shifted") & (cross.regime == "T")]
for end, rows in shifted.groupby(shifted.stop.isna()):
    mean = reading.largest(rows, "L").mean()
    when = "to the end" if end else "to an early stop"
    print(f"shifted, embeddings trained {when}: mean rank {mean:.1f}")

frozen = wide[(wide.family == "shifted") & (wide.regime == "F")]
frozen = frozen[frozen.loss == "cross-entropy"]
assert all((frozen[f"r2_D_{mode}"] == 6).all() for mode in "KQV")
low, high = frozen.r2_L_K.min(), frozen.r2_L_K.max()
print(f"shifted, frozen: key rank of the logits {low} to {high}, of D 6")
uniform = wide[wide.family == "uniform"]
D, L = (reading.largest(uniform, tensor) for tensor in "DL")
print(f"uniform random, all trainings: at most {(D - L).abs().max()} apart")
assert low >= 20 and (D - L).abs().max() <= 3

# %% [markdown]
# So the paper's finding holds [paper], within limits that we can name: for random databases, for a linear readout, for embeddings trained under weight decay to the end, or behind $\operatorname{softmax}_{\ge\tau}$. For structured facts in layers with frozen embeddings or stopped early, the logits keep a rank of their own.
#
# ## Exercises
#
# ````{exercise} A chance, by hand
# :label: ex-11-auc
#
# A predictor gives three layers that fail the numbers 2, 4 and 4, and three that succeed 4, 6 and 8. What is the AUC?
# ````

# %% tags=["exercise"]
answer = ...  # a number
ch11.chance_in_order(answer)

# %% [markdown]
# ````{solution-start} ex-11-auc
# :label: sol-11-auc
# :class: dropdown
# ````
#
# Nine pairs. The successes 6 and 8 stand above all three failures: six pairs. The success 4 stands above one failure and ties with two. So $(7 + 2 \cdot \tfrac12)/9 = 8/9$.

# %% tags=["solution", "check-exercise-auc"]
answer = 8 / 9
ch11.chance_in_order(answer)
pairs = [
    (good > bad) + (good == bad) / 2
    for good in (4, 6, 8) for bad in (2, 4, 4)
]
assert sum(pairs) / len(pairs) == answer

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Two ranks far apart
# :label: ex-11-apart
#
# $\operatorname{rank} D_{(V)}$ predicts least squares better than $\operatorname{rank}(D)$. To tell them apart one needs databases in which they differ. Find a functional one of at most 60 facts whose rank is at least twice the number of its used values.
# ````

# %% tags=["exercise"]
answer = ...  # a Database, or a list of facts
ch11.values_say_too_little(answer)

# %% [markdown]
# ````{solution-start} ex-11-apart
# :label: sol-11-apart
# :class: dropdown
# ````
#
# Take two values, and enough keys and relations that the key unfolding has a large rank. Let relation $q$ give the $q$-th binary digit of the key, for four digits and the keys 0 to 14. That is 60 facts. The rows of the keys span five dimensions, one for each digit and one more, and $5 \ge 2 \cdot 2$.

# %% tags=["solution"]
answer = [
    (str(k), f"digit {q}", str(k >> q & 1))
    for k in range(15) for q in range(4)
]
ch11.values_say_too_little(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Width over rank tells success from failure far better than guessing, and in none of four contests best.
# - What tells best depends on the readout. Where all logits count, it is the width with the number of used values; where only the largest counts, nearly the width alone.
# - The rank of trained logits need not be that of the facts. What a softmax from 0.9 on makes of them is within 3 of it, for all layers trained by cross-entropy.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | AUC and held-out loss do what their names say | `check-auc`, `check-held-out` |
# | the quick grid can fail, and the smaller of keys and queries improves on width alone | `check-quick` |
# | in no contest does width over $\operatorname{rank}(D)$ predict best | `check-record` |
# | what predicts best: with $\operatorname{rank} D_{(V)}$ where all logits count; width, or width over the smaller of keys and queries, where only the largest does; parameters come after width | `check-record-predictors` |
# | A2, S1, S3 and S4 hold in the trained layers, at the tolerances named | `check-ranks-quick`, `check-ranks-record` |
# | narrow layers recall with logits of value rank 3; behind softmax from 0.9 on stands the value rank of the database | `check-ranks-narrow` |
# | ranks of database and logits go together for random databases, in least squares, and with trained embeddings under decay to the end, not elsewhere; behind softmax from 0.9 on they do, to within 3 | `check-together`, `check-ranks-record` |
