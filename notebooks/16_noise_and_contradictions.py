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
# # Noise, gaps and contradictions
#
# Real tables are wrong in places, empty in others, and say two things at once. **Does rank still predict what a layer recalls?** And what can be recalled at all?
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** what noise, gaps and contradictions at known rates do to rank and to recall, and the ceiling that contradictions put on recall.
# - **You need** {doc}`15_real_facts` for the ceiling and the data, {doc}`10_rank_threshold` for how experiments are told, {doc}`11_recall_against_rank` for how sizes are compared, {doc}`14_bits_per_parameter` for the count of bits.
# - **It takes** twenty minutes to read, fifteen minutes for the exercises, and under half a minute to run. The recorded experiment takes three to eleven minutes on two cores, by machine.
# :::
#
# ```{preview} fig-noise
# What layers recall as more and more of the facts are made false.
# ```
#
# Whether rank keeps its meaning on real data is asked in public summaries of the paper [paper]. The experiment, its criteria and its numbers are [ours].

# %%
from textwrap import fill

import torch

from companion import (
    REGIMES,
    InProcess,
    Store,
    ch16,
    experiment,
    load,
    pictures,
    run,
)
from companion.studies import KINDS, corrupt, dataset
from companion.studies import real_facts as criteria
from factrank import Database, rank_interval

EXPERIMENT = experiment("real-facts")

_ = torch.set_num_threads(1)

# %% [markdown]
# ## Three ways to spoil a fact
#
# :::{admonition} Guess first: two relations are equal: six facts, rank 2. One of the facts is made false. What is the rank now?
# :class: dropdown guess
# 3. Where relations repeat each other, noise adds rank.
# :::
#
# A share of the questions is drawn. (The outputs below say *pairs*: a question is a pair of key and query.) Under **noise** such a question gets another value of its relation in the place of its own. If it is **missing** it loses its value, and a gap remains. Under **contradictions** it keeps its value and gets one more of its relation.
#
# The smallest example: the two relations below are equal. Each term serves both, until a single fact is changed.

# %% tags=["check-smallest"]
pairs = [("a", "x"), ("b", "y"), ("c", "y")]
facts = [(k, q, v) for q in ("r", "s") for k, v in pairs]
twins = Database.from_triples(facts)
noisy = Database.from_triples([*facts[:-1], ("c", "s", "x")])
for name, db in (("equal relations", twins), ("one fact changed", noisy)):
    found = rank_interval(db)
    print(f"{name}: {len(db)} facts, rank {found.lower}")
    assert found.lower == found.upper
assert rank_interval(noisy).lower > rank_interval(twins).upper

# %% [markdown]
# So noise can add rank where relations repeat each other. Where they have disjoint ranges it cannot. There the rank is the number of used values ({prf:ref}`claim-c1`). Noise brings no new ones, and a value that stood once and is overwritten is gone.
#
# Here is what a quick search proves of four databases, 30% of their questions spoiled. (A longer search proves more of the clean family trees, {doc}`04_certified_rank`.) The elements (48 of the 118, with 68 values) are the case with disjoint ranges. *Random* are random functions over common values.

# %% tags=["check-spoiled"]
names = ["family-trees", "modular-addition-11", "elements", "random"]
ranks = {}
for name in names:
    told = []
    for kind in KINDS:
        db = corrupt(dataset(name), kind, 0.3 * (kind != "clean"), 0)
        it = ranks[name, kind] = rank_interval(db, "quick")
        told.append(f"{kind} {it.lower}..{it.upper}")
    print(f"{name}:\n    " + ", ".join(told))
assert ranks["elements", "noise"].upper < ranks["elements", "clean"].lower
known, spoiled = (ranks[names[1], kind] for kind in ("clean", "noise"))
assert known.exact and spoiled.lower < known.lower < spoiled.upper

# %% [markdown]
# Mind the width of these intervals. Addition modulo 11 has rank 16 ({prf:ref}`claim-c5`). Spoil it, and all that a quick search proves is a wide interval: it does not even say whether the rank has risen. A prediction by rank is only as good as the interval.
#
# ## The ceiling
#
# :::{admonition} Guess first: every second question gets a second answer. Single answers recall which share of the facts at most?
# :class: dropdown guess
# Two thirds: of two questions with three facts, two. Read as sets, all of them.
# :::
#
# The argmax gives a question one answer, also where there are two values. So read, no layer recalls more than pairs / facts, the number of questions that have a value over that of facts ({prf:ref}`claim-ceiling`). That is known before any training.
#
# There is a second way to read a question with several values, as a *set*: they are recalled if each of them stands above all other values. Then no ceiling binds. Below, *recalled* means this one, and *with one answer a question* the first (in outputs: *a pair*). Where each question has one value they agree.
#
# ## The criteria
#
# They were written before the figures.
#
# 1. **Ceiling.** With one answer a question no layer passes it, and most of the largest layers come within 1% of it.
# 2. **Noise against structure.** Noise at 30% costs recall where there is structure (family trees, addition modulo 11), by more than 0.03 in the mean over the same layers, and changes it by at most 0.03, up or down, where there is none (random functions).
# 3. **Rank predicts.** Over all cells, attention parameters for each unit of rank order the cells by recall better than attention parameters for each bit or fact.
#
# Four databases are real: 48 of the elements, 40 of the countries pooled from two sources, the same 40 from one source, and the family trees. Two are made by rule: addition modulo 11 and random functions. A layer is told by $d_{\text{model}}$ alone: 4 heads (2 below $d_{\text{model}} = 8$), $d_{qk} = 2$, a total width of $d_{\text{model}}$, rounded up to a multiple of the heads. The loss is cross-entropy. What a cell is, and what frozen and trained embeddings are, is said in {ref}`how-experiments-are-told`; here frozen ones are random directions. A cell has eight seeds, and each seed spoils anew.
#
# ## Live: a quick run
#
# The family trees, clean, with gaps and with contradictions; embeddings frozen, three seeds.

# %% tags=["check-quick"]
with Store(":memory:", EXPERIMENT.source) as store:
    quick = run(EXPERIMENT, "quick", store, InProcess())

over = (quick.single > quick.ceiling + 1e-6).sum()
wide = quick[quick.d_model == quick.d_model.max()]
near = wide.single >= 0.99 * wide.ceiling
print("layers that pass the ceiling:", over)
most = "most" if near.mean() > 0.5 else "few"
print("the largest come within 1% of it:", most)
assert over == 0 and near.mean() > 0.5

# %% [markdown]
# ## The record

# %% tags=["check-record"]
record = load("real-facts", "results")
full = record.frame
assert len(full) == len(EXPERIMENT.expand("full"))
print(f"{len(full)} layers")
for verdict in EXPERIMENT.judge(full):
    head = "met    " if verdict.met else "MISSED "
    print(fill(head + verdict.criterion, 74, subsequent_indent=" " * 7))
    found = "found: " + verdict.found
    print(fill(found, 74, initial_indent=" " * 7, subsequent_indent=" " * 7))
missed = [v.criterion for v in EXPERIMENT.judge(full) if not v.met]
assert len(missed) == 4 and not any(it.startswith("the ceiling") for it in missed)

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-ceiling", "caption": "Full tier, recorded. Share of the facts answered with one answer a question, as a part of the ceiling pairs / facts, against $d_{\\text{model}}$; the clean databases with contradictions of their own, and the others with contradictions put in at 10 and 30%; embeddings frozen, eight seeds each, all shown, joined through the means. Command `factrank run real-facts --tier full`, drawn by `pictures.draw_panels`."}, "image": {"alt": "In all five panels the lines rise with d_model, and no mark lies above 1. In four panels they come to 1 or close to it at the largest d_model; for the elements they end below it."}}
several = full[(full.ceiling < 1) & (full.regime == "F")]
several = several.assign(part=several.single / several.ceiling)
panels = {}
for name, rows in several.groupby("database"):
    lines = {}
    for rate, group in rows.groupby("rate"):
        label = f"{rate:.0%} put in" if rate else "its own"
        cells = group.groupby("d_model").part
        lines[label] = [(d, cell.tolist()) for d, cell in cells]
    panels[name] = lines
_ = pictures.draw_panels(
    panels, xlabel=r"$d_\mathrm{model}$", ylabel="part of the ceiling"
)

# %% [markdown]
# Nothing passes the ceiling, and most of the largest layers come to it. It is no obstacle to sets: layers that come within 1% of the ceiling with one answer a question recall nearly all values of each question, read as sets.

# %% tags=["check-record-sets"]
at_it = full[(full.ceiling < 1) & (full.single >= 0.99 * full.ceiling)]
print(f"{len(at_it)} layers within 1% of a ceiling below 1;")
print(f"as sets they recall {at_it.recalled.mean():.1%} in the mean,")
print(f"{at_it.recalled.min():.1%} at least")
assert (at_it.recalled > at_it.ceiling).all()
assert at_it.recalled.mean() > 0.99

# %% [markdown]
# ### What noise costs
#
# :::{admonition} Guess first: three in ten facts of addition modulo 11 are made false. What does that cost in recall, with trained embeddings and with frozen ones?
# :class: dropdown guess
# With trained embeddings 0.30. With frozen ones nothing: recall even rises by 0.03.
# :::

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-noise", "caption": "Full tier, recorded. Share of facts recalled against the share of questions that noise changed, three sizes of layer each, $d_{\\text{model}}$ 5, 6, 8 for the elements, 2, 3, 4 for the family trees, 3, 4, 5 for addition modulo 11 and 3, 4, 6 for random functions; embeddings trained, eight seeds each, all shown, joined through the means. Command `factrank run real-facts --tier full`, drawn by `pictures.draw_panels`."}, "image": {"alt": "For addition modulo 11 all lines fall steeply up to 10% noise. For elements and family trees they fall a little, most for the smallest layer. For random functions they stay about level."}}
kinds = full.kind.isin(["clean", "noise"]) & (full.regime == "T")
panels = {}
for name, rows in full[kinds].groupby("database"):
    spoiled = rows[rows.kind == "noise"].d_model.unique()
    if not len(spoiled):
        continue
    lines = {}
    for d, group in rows[rows.d_model.isin(spoiled)].groupby("d_model"):
        cells = group.groupby("rate").recalled
        lines[f"size {1 + sorted(spoiled).index(d)}"] = [
            (rate, cell.tolist()) for rate, cell in cells
        ]
    panels[name] = lines
_ = pictures.draw_panels(panels, xlabel="share of questions changed")

# %% tags=["check-record-noise"]
for regime, rows in full.groupby("regime"):
    print(f"{REGIMES[regime]}: what noise at 30% costs in recall")
    costs = criteria.noise_cost(rows)
    for name, cost in costs.items():
        print(f"  {name:20} {cost:+.3f}")
    structured = min(costs[name] for name in criteria.STRUCTURED)
    assert (structured > 0.05) == (regime == "T")
    assert (abs(costs["random"]) < 0.03) == (regime == "F")

# %% [markdown]
# **Criterion 2 is missed by both.** With trained embeddings it is by a hair: noise costs recall wherever there is structure, but random functions *gain* 0.033 where the limit was 0.03. Trained with another rounding the same layers had gained 0.029, and the criterion was met: so near a limit the verdict says little. With frozen embeddings the miss is plain. There noise costs the family trees and addition modulo 11 nothing; their recall even rises by about 0.03. The elements lose with both, although they have disjoint ranges.
#
# Likely reasons, which are guesses: trained embeddings can hold the rule of addition, and every fact that breaks it must be stored beside it. Random directions hold no rule, so there is none to lose. And the relations of the elements depend on one another, which a rank that is the number of values does not see.
#
# ### Which size predicts

# %% tags=["check-record-predicts"]
print("Spearman's correlation of attention parameters / size with recall,")
print("over cells")
for regime, rows in full.groupby("regime"):
    found = criteria.agreement(rows)
    for name, r in found.items():
        print(f"  {REGIMES[regime]:7}  {name:12} {r:.3f}")
    best = max(found, key=found.get)
    assert best == {"F": "facts", "T": "bits"}[regime]
    assert regime == "F" or max(found.values()) < 0.7


# %% [markdown]
# Spearman's correlation compares two orders: it is 1 if they are the same, and about 0 if they have nothing to do with each other.
#
# So does rank predict on real data? **With frozen embeddings, no better than the count of facts**: facts and bits lead, then come the lower bound on rank and last the upper bound. With trained embeddings bits and the upper bound are level, and no size does well. (Which of the two is ahead has changed with the rounding of the training.) The lower bound is of little use there: on spoiled databases it lies far below the upper one.
#
# Two limits belong to this. The readout is argmax, which does not need rank ({doc}`09_argmax_and_softmax`). And the intervals are wide: what failed may be our knowledge of the rank, not the rank.
#
# ### What a layer says of the truth
#
# The layers were trained on the spoiled facts. What do they answer where a true value was taken away? Compare a guess: a random value of the right relation.

# %% tags=["check-record-truth"]
def guess(db):
    """How often a random value of the question's relation is true."""
    values = {}
    for _, q, v in db.facts:
        values.setdefault(q, set()).add(v)
    hits = sum(1 / len(values[q]) for _, q, _ in db.facts)
    return hits / db.pair_counts()["KQ"]

guesses = {name: guess(dataset(name)) for name in names}
better = []
for kind in ("noise", "missing"):
    rows = full[(full.kind == kind) & (full.rate == 0.3)]
    print(f"{kind} at 30%: true answers where a value was taken away")
    for (name, regime), group in rows.groupby(["database", "regime"]):
        true = group.hidden.mean()
        told = f"{true:.2f}, a guess {guesses[name]:.2f}"
        print(f"  {REGIMES[regime]:7}  {name:20} {told}")
        if true > guesses[name]:
            better.append((kind, name, regime))
assert better == [("missing", "elements", "T")]

# %% [markdown]
# Only in one case is a layer better than a guess. With trained embeddings it fills two in five of the gaps of the elements with the true value, where a guess would fill fewer than one in four. In all other cases it does no better, or worse, than a guess, on addition modulo 11 too, which has a rule that would fill every gap. What noise overwrote is mostly gone: the layer learnt the false value.
#
# ## Exercises
#
# ````{exercise} Three limits, by hand
# :label: ex-16-limits
#
# Addition modulo 11 has 121 facts and rank 16. Noise changes the value at five questions. What rank has the table now at least, and at most, from this alone?
# In another copy contradictions at 24 questions add a second value. What is the ceiling of recall with one answer a question?
# ````

# %% tags=["exercise"]
answer = ...  # (lowest rank, highest rank, ceiling)
ch16.three_limits(answer)

# %% [markdown]
# ````{solution-start} ex-16-limits
# :label: sol-16-limits
# :class: dropdown
# ````
#
# Where the value $v$ at the question $(k, q)$ becomes $w$, the term $e_k \otimes e_q \otimes (e_w - e_v)$ is added to $D$. So it moves the rank by at most one, up or down: five give 11 to 21. There are $121 + 24 = 145$ facts and still 121 questions: by {prf:ref}`claim-ceiling` the ceiling is $121/145 = 0.834$.

# %% tags=["solution"]
answer = 16 - 5, 16 + 5, 121 / (121 + 24)
ch16.three_limits(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Find a counterexample: noise that tidies
# :label: ex-16-lower
#
# Somebody says: noise lowers the rank only where a value is lost. Find a functional database, and the same after noise at *one* question, such that the rank is smaller and every value still stands somewhere.
# ````

# %% tags=["exercise"]
answer = ...  # (clean, noisy), two lists of facts
ch16.lower_without_loss(answer)

# %% [markdown]
# ````{solution-start} ex-16-lower
# :label: sol-16-lower
# :class: dropdown
# ````
#
# Read the smallest example backwards. Let the clean table be the one whose relations differ in one fact. Noise may hit just this fact, and then they are equal. At random this is rare: many changes break a pattern, few complete one.

# %% tags=["solution"]
answer = noisy, twins
ch16.lower_without_loss(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - With one answer a question no layer passes the ceiling, and most of the largest come within 1% of it.
# - Noise costs recall where a layer could have used a structure: 0.30 on addition modulo 11 with trained embeddings, nothing with frozen ones.
# - With frozen embeddings the rank predicted recall no better than the plain count of facts.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | one changed fact raises the rank of equal relations | `check-smallest` |
# | noise lowers the rank of the elements; of noisy addition modulo 11 a quick search proves only an interval with the old rank inside | `check-spoiled` |
# | the quick run stays under the ceiling and comes near it | `check-quick` |
# | the record is complete; its verdicts | `check-record` |
# | layers near the ceiling recall more than it, read as sets | `check-record-sets` |
# | what noise costs, which size predicts | `check-record-noise`, `check-record-predicts` |
# | only the gaps of the elements are filled better than by a guess, and only with trained embeddings | `check-record-truth` |
