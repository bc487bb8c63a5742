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
# # A design guide
#
# You have a table of facts and want a layer that recalls them. **How many heads, how wide, and how many numbers for each token, $d_{\text{model}}$?** This chapter turns the experiments into rules, says of each where it stops, and measures how far the numbers of `factrank plan` can be trusted.
#
# :::{admonition} This chapter
# :class: note
# - **You will learn** to choose heads, widths and stream for your own facts, and how far to trust the choice: a plan for real facts, a prediction interval for the layer that training needs, tested on databases it was not made from and on real tables, and eight rules.
# - **You need** {doc}`/book/practitioners`, {doc}`14_bits_per_parameter` for the count of bits, and {doc}`16_noise_and_contradictions` for the layers; the rules point to the chapters behind them.
# - **It takes** twenty minutes to read, fifteen minutes for the exercises, and under half a minute to run. The recorded experiment `layer-size` takes four to seventeen minutes on two cores, by machine; `table-sizes` and `set-sizes` a minute of one core each.
# :::
#
# ```{preview} fig-coverage
# The stream that a layer was found to need, against the one that was predicted.
# ```
#
# That rules for choosing $d_{qk}$ and $d_{vo}$ can be given to engineers is an aim of the paper [paper]. These rules, and the numbers behind them, are [ours].

# %%
from math import ceil
from textwrap import fill

import numpy as np
import pandas as pd

from companion import EMBEDDINGS, REGIMES, ch17, experiment, load, pictures
from companion.studies import layer_size, real_facts, set_sizes, table_sizes
from factrank import plan, rank_interval, read
from factrank.practice.plan.expected import fitted, recorded, span
from factrank.practice.plan.layers import lines
from factrank.practice.plan.thresholds import sizes_of

sizes = layer_size
EXPERIMENT = experiment("layer-size")
TABLES = experiment("table-sizes")

# %% [markdown]
# ## A plan
#
# `factrank plan FACTS` answers in two tenses. What is **certain** was built: facts compiled into weights ({doc}`08_compiling_facts`), asked one by one, in float64 and in float32. What is **expected** of training comes from a recorded experiment, as a prediction interval.
#
# :::{admonition} Guess first: for the family trees, which layer has fewer parameters: the one that is certain, or the one that training is expected to need?
# :class: dropdown guess
# The one that is expected, by far: 588 in all, where the certain one has 10,800.
# :::

# %% tags=["check-plan"]
facts = read("library:family-trees")
found = plan(facts, interval=lambda db: rank_interval(db, "quick"))
for line in lines(found)[:9]:
    print(fill(line, 74, subsequent_indent="    "))
it = found.certified
for choice in (it, found.expected):
    print(f"{choice.how}: {choice.parameters['all']} parameters in all")
assert it.certain and it.recalled == it.held == 1.0
assert found.expected.config.parameters()["trained"] > 0

# %% [markdown]
# The rank is what a quick search proves; a longer one proves more ({doc}`04_certified_rank`). Some questions have several values here. *Recalls every fact* reads them as sets, as in {doc}`16_noise_and_contradictions`; of a question with $s$ values each is held at $\tau$ if its probability is at least $\tau/s$.
#
# A budget may be given, `--parameters N`. Then the smallest layer of each kind within it is recommended, or none. In the terminal a table follows. It lists every choice with its parameters, the multiply-adds of one answer, and its memory.
#
# ## How large must a trained layer be?
#
# The experiment `layer-size` trains the layers of {doc}`16_noise_and_contradictions`, told by $d_{\text{model}}$ alone, on the families of {ref}`how-experiments-are-told`. The **threshold** of a database is the least $d_{\text{model}}$ from which on most of eight seeds recall every fact, with frozen or with trained embeddings.
#
# A light ridge regression (a weighted sum, its weights kept small) predicts its logarithm from those of bits, keys, queries, values and rank (the geometric mean of the ends of its interval). The prediction interval comes from leaving databases out one at a time: one in ten was off by more downwards, one in ten upwards.
#
# The criteria, for frozen and for trained embeddings:
#
# 1. The threshold lies inside the grid for 80% of the databases.
# 2. An interval made *from the other databases* holds the threshold of a database for 80% of them.
# 3. The ends of the interval differ by a factor of at most 3: one that says nothing would cover everything.

# %% tags=["check-record"]
record = load("layer-size", "results")
full = record.frame
assert len(full) == len(EXPERIMENT.expand("full"))
for verdict in EXPERIMENT.judge(full):
    head = "met    " if verdict.met else "MISSED "
    print(fill(head + verdict.criterion, 74, subsequent_indent=" " * 7))
    print(" " * 7 + "found: " + verdict.found)
    assert verdict.met
most = {name: full[name].max() for name in ("keys", "queries", "values")}
print("at most " + ", ".join(f"{n} {name}" for name, n in most.items()))

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-coverage", "caption": "Full tier, recorded. The least $d_{\\text{model}}$ at which most of eight seeds recall every fact, against the one predicted from the other databases, with embeddings trained and frozen; every database with a threshold inside the grid is shown, larger marks for several. Dashed is equality. Command `factrank run layer-size --tier full`, drawn by `pictures.draw_ranks`."}, "image": {"alt": "The marks of both kinds lie along the diagonal, those of trained embeddings at its lower left, those of frozen ones up to its upper right."}}
points = {}
for regime, rows in full.groupby("regime"):
    found = sizes.lines(rows)
    pairs = []
    for n, line in enumerate(found):
        rest = sizes.fit([*found[:n], *found[n + 1 :]])
        middle = rest.predict(line.features())[1]
        if line.works is not None:
            pairs.append((round(middle, 1), line.works))
    points[EMBEDDINGS[regime]] = pairs
labels = {"xlabel": "predicted from the other databases"}
labels["ylabel"] = r"least $d_\mathrm{model}$ that works"
_ = pictures.draw_ranks(points, **labels)

# %% [markdown]
# What does the fit say? With frozen embeddings, where facts can only live in the attention's weights, how many of these are there for each bit at the threshold?

# %% tags=["check-bits"]
for regime in "FT":
    mine = sizes.lines(full[full.regime == regime])
    found = [it for it in mine if it.works]
    each = []
    for it in found:
        d, heads = it.works, 2 if it.works < 8 else 4
        each.append(2 * d * (2 * heads + d) / it.bits)
    low, middle, high = np.quantile(each, [0.1, 0.5, 0.9])
    print(f"{REGIMES[regime]}: attention parameters a bit,")
    print(f"   median {middle:.2f},")
    print(f"   four in five from {low:.2f} to {high:.2f}")
    assert (0.8 < middle < 1.2) == (regime == "F")
    assert regime == "T" or (0.5 < low and high < 2)

# %% [markdown]
# There it is about one attention parameter for each bit, for four databases in five within a factor of two. So a first estimate needs no fit: count the bits ({doc}`11_recall_against_rank`), and spend as many attention parameters. That is for this one layout, four heads with $d_{qk} = 2$ and a total width of $d_{\text{model}}$. The best layouts of {doc}`14_bits_per_parameter` needed about half as many on its two larger sizes. With trained embeddings fewer do: they can hold facts too, and {doc}`14_bits_per_parameter` counts them all.
#
# ### On databases of another kind
#
# These intervals were made on databases made by rule. Real ones are another matter. The experiment `real-facts` ({doc}`16_noise_and_contradictions`) trained the same layers on them, and on two made by rule, of which addition modulo 11 is among the databases behind the interval.
#
# :::{admonition} Guess first: on databases made by rule the interval held 25 and 23 of 28 thresholds. How many of 8 on real ones?
# :class: dropdown guess
# Three. Where it fails, a *smaller* layer works than it says.
# :::

# %% tags=["check-real"]
real = real_facts.lines(load("real-facts", "results").frame)
fits_of = {r: sizes.fit(sizes.lines(full[full.regime == r])) for r in "TF"}
MADE = ("modular-addition-11", "random")
inside, missed = {"real": [], "made by rule": []}, []
for it in real:
    low, middle, high = fits_of[it.regime].predict(it.features())
    works = "beyond the grid" if it.works is None else it.works
    fits = low <= (it.works or np.inf) and high > (it.fails or 0)
    inside["made by rule" if it.family in MADE else "real"].append(fits)
    missed += [] if fits else [it.regime]
    print(
        f"{REGIMES[it.regime]:7}  {it.family:23} {low:4.1f} to {high:4.1f}, "
        f"found {works}{'' if fits else '   outside'}"
    )
for kind, fits in inside.items():
    print(f"{kind}: {sum(fits)} of {len(fits)} inside")
assert sum(inside["real"]) < 0.8 * len(inside["real"])
assert missed.count("T") > missed.count("F")

# %% [markdown]
# Fewer of the real tables lie inside than the four in five among databases made by rule. The interval errs on the safe side. Where it fails, the layer that works is *smaller* than it says: no database needed more than the upper end rounded up. Most misses are with trained embeddings. A likely reason: real tables have structure that trained embeddings can use.

# %% tags=["check-real-safe"]
for it in real:
    high = fits_of[it.regime].predict(it.features())[2]
    assert it.works is not None and it.works <= ceil(high)
print("no upper end was too small, rounded up")

# %% [markdown]
# ### Tables in the shapes of real ones
#
# What do real tables have that those made by rule lack? Columns of codes and names, in which no value occurs twice. By the count above, $n$ such facts say $n \log_2 n$ bits. But a trained layer gives each value a vector of its own, and may lay it where the key's vector already points. Such a column costs next to nothing. More generally, the first fact of any value only gives it its name; what must be kept are the others.
#
# So let us count otherwise [ours]. A relation $q$ has $n_q$ facts, $n_{qv}$ of them with the value $v$; such a fact says $\log_2 (n_q / n_{qv})$ bits, few where the value is frequent. Of the $m_v$ facts with the value $v$ one is free:
#
# $$
# \text{bits kept} = \sum_v \Bigl(1 - \frac{1}{m_v}\Bigr) \sum_q n_{qv} \log_2 \frac{n_q}{n_{qv}} .
# $$
#
# The **load** of a table is these bits over the number of vectors that can keep some: those of the keys, the relations, and the values that occur more than once. It does not grow with the number of facts alone: with more keys there are more vectors too.
#
# The experiment `table-sizes` looks for thresholds of tables made by rule in the shapes of real ones: unique columns, codes beside a category, measured numbers, skewed and even categories, rare flags, groups within groups, hidden classes, shared values with gaps, and mixtures of these. They have 48 to 9,000 facts and 2 to 24 columns; embeddings are trained, with three seeds a table and one for the largest. `factrank plan` fits the logarithm of the threshold to those of 1 + load and of the number of relations, on these tables and on the trained databases of `layer-size`. As before, the interval comes from leaving tables out. It is told in whole numbers, the lower end at least half of the upper one.
#
# The criteria for the record are the first two from above, and a factor of at most 2 between the ends. The criterion for the plan, written before the figures: **on at least 20 real tables that it was not made from, the interval holds the threshold of four in five, and its ends differ by a factor of at most 2.**

# %% tags=["check-tables"]
record = load("table-sizes", "results")
for verdict in TABLES.judge(record.frame):
    head = "met    " if verdict.met else "MISSED "
    print(fill(head + verdict.criterion, 74, subsequent_indent=" " * 7))
    print(" " * 7 + "found: " + verdict.found)
    assert verdict.met
both = recorded()["T"]
inside, total = table_sizes.covered(both)
weights = fitted("T").weights
print(f"with the databases of layer-size: {inside} of {total} inside")
print("powers of 1 + load and of relations:", *(f"{w:.2f}" for w in weights[1:]))
assert inside >= 0.8 * total

# %% tags=["hide-input"] mystnb={"figure": {"name": "fig-tables", "caption": "Full tier, recorded. The least $d_{\\text{model}}$ at which most seeds recall every fact, with trained embeddings, against the one predicted from the other tables. Databases of `layer-size`, eight seeds each; tables of `table-sizes`, three seeds each, the largest one. Larger marks for several. Dashed is equality. Commands `factrank run layer-size --tier full` and `factrank run table-sizes --tier full`, drawn by `pictures.draw_ranks`."}, "image": {"alt": "Marks of both kinds lie along the diagonal from 2 to 14, those of the new tables scattered a little wider."}}
points = {"layer-size": [], "table-sizes": []}
for n, line in enumerate(both):
    rest = sizes.fit([*both[:n], *both[n + 1 :]])
    made = n >= len(both) - len(table_sizes.lines(record.frame))
    pair = round(rest.predict(line.features())[1], 1), line.works
    points["table-sizes" if made else "layer-size"].append(pair)
labels = {"xlabel": "predicted from the other tables"}
labels["ylabel"] = r"least $d_\mathrm{model}$ that works"
_ = pictures.draw_ranks(points, **labels)

# %% [markdown]
# Now the real tables. They come with four public packages of data. Of each, as many keys were drawn as keep facts times values below 10,000. Three seeds were trained at both ends of the interval; of larger tables, cut to about ten thousand facts, one seed. The threshold lies inside if most of them recall every fact at the upper end, and most do not one below the lower end. `python -m tools.table_check` does it again where the packages are installed.

# %% tags=["check-real-tables"]
rows = pd.read_csv("results/table-sizes-real.csv")
held, large = [], []
for (package, name), mine in rows.groupby(["package", "table"], sort=False):
    low, high = int(mine["low"].iloc[0]), int(mine["high"].iloc[0])
    enough = (mine["at_high"] == 1).mean() > 0.5
    less = low > 2 and (mine["below"] == 1).mean() > 0.5
    assert high <= 2 * low
    facts, inside = int(mine["facts"].iloc[0]), enough and not less
    (held if facts < 1000 else large).append(inside)
    where = "inside" if inside else "below" if enough else "above"
    print(f"{package + ', ' + name:34} {facts:4} facts  {low} to {high:2}  {where}")
print(f"{sum(held)} of {len(held)} inside; of the larger", end=" ")
print(f"{sum(large)} of {len(large)}")
assert len(held) >= 20 and sum(held) >= 0.8 * len(held)
assert sum(large) < 0.8 * len(large)

# %% [markdown]
# Of the small tables the interval holds 26 of 29: the criterion is met. Of six of them the lower end is 2, below which there is no layer: there only the upper end was tested. Of the other 23 it holds 20. The three outside lie above it: at its upper end most seeds miss a few facts. That is the unsafe side; take a layer a little wider there, or train longer than the 600 steps here. The list of tables and their order were changed once, for time, after two of them had been tried in another way; both were tried again with the others. All these are small, because of the cut: 72 to 230 facts.
#
# **Of eight larger tables, of 1,680 to 7,305 facts, it holds only three.** We tried them after the criterion had been judged, with one seed each, in the order of a list that had been made by size alone. The other five lie above: at the upper end four of them miss at most 0.6% of their facts, one misses a tenth. So beyond a thousand facts take a wider layer than the plan says, or train longer; `factrank plan` says so there.
#
# Four more are in `real-facts`, of 112 to 425 facts, whose thresholds we knew before the load was thought of. They do not count:

# %% tags=["check-real-known"]
for it in real:
    if it.regime == "T" and it.family not in MADE:
        kept = sizes_of(real_facts.dataset(it.family))
        known = {"load": kept.load, "queries": kept.queries}
        low, high = span(known, "T")
        fits = low <= it.works <= high
        print(f"{it.family:23} {low} to {high}, found {it.works}", end="")
        print("" if fits else "   outside")
        assert it.works <= high

# %% [markdown]
# Three of four, where the count of all bits held none. The family trees, outside, need less than the plan says. Where columns follow from one another, the load counts too much.
#
# ### Questions with several answers
#
# The tables that the plan was made from have one answer a question. Real graphs often have several: a person has more than one child, a word more than one kind. Does the plan reach that far?
#
# :::{admonition} Guess first: the plan never saw a question with two answers. Of 16 such tables, for how many does its interval hold, with trained embeddings?
# :class: dropdown guess
# For all 16. With frozen embeddings for 13; the other three need a wider layer.
# :::
#
# The experiment `set-sizes` looks for the thresholds of 16 tables by eight rules: one to three values for every pair, common to all relations or each relation's own; a second value here and there; a skewed number of values; tags beside categories; friendship, which goes both ways; groups and their members; parents, children and siblings. They have 48 to 961 facts. A layer recalls a fact if its logit lies above those of all values that are *no* answer to its question. The criterion is that of the tables before: the interval holds the threshold of four in five. It was written after a pilot on 16 other tables of the same rules, where the interval held 13 in each regime.

# %% tags=["check-sets"]
several = load("set-sizes", "results")
for verdict in experiment("set-sizes").judge(several.frame):
    head = "met    " if verdict.met else "MISSED "
    print(fill(head + verdict.criterion, 74, subsequent_indent=" " * 7))
    print(" " * 7 + "found: " + verdict.found)
    assert verdict.met
found = set_sizes.lines(several.frame)
assert len(found) == 32
sizes_told = several.frame["facts"].min(), several.frame["facts"].max()
assert sizes_told == (48, 961)
for line in found:
    if line.where != "inside":
        print(f"{line.where} the interval {line.low} to {line.high}:", end=" ")
        print(f"{line.table}, {EMBEDDINGS[line.regime]}, at {line.works:.0f}")
        assert (line.regime, line.where) == ("F", "above")

# %% [markdown]
# So a plan for such facts is as good as for others. The three outside all have frozen embeddings and lie above: friends of few people, small groups, and a large table of up to three of twelve values a pair. The count of bits does not explain it: a set of two among twelve values is 6.0 bits, where the count says 7.2. Why these three, we did not ask. Take a wider stream where embeddings are frozen and a question has many answers. These are tables made by rule, with three seeds each; of real ones with several answers only the family trees and the countries pooled from two sources were tried, above.
#
# ## Eight rules
#
# Each with the experiment behind it and, where we know, where it stops.
#
# 1. **Ask first what readout you need.** Answers by argmax need little width: in {doc}`10_rank_threshold` every fact was recalled at width 2 or 3 where the rank is 16. Logits that *are* the facts need a total width of at least $\operatorname{rank} D_{(V)}$, without a residual path ({prf:ref}`claim-a2`). If attention is key-independent and queries are silent, they need the rank ({prf:ref}`claim-a5`). *Stops:* cross-entropy buys the difference with large logits ({doc}`09_argmax_and_softmax`).
# 2. **Count bits for a trained layer, used values for an exact one.** With frozen embeddings and the layout above a trained layer takes about one attention parameter a bit. An exact layer of a functional database has at least a total width of the number of used values. One tanh head for each of them is enough, with a $d_{qk}$ up to the rank of a value's slice ({prf:ref}`claim-a4b`). *Stops:* bits overcount relations that repeat each other ({doc}`14_bits_per_parameter`); under the conditions of rule 1 an exact layer needs the rank.
# 3. **Heads before widths.** At constant parameters the step from one head to four bought more than any split ({doc}`12_head_budget`). *Stops:* where it was measured, six relations, nothing was gained beyond four heads, or eight with frozen embeddings and $d_{qk} = 1$.
# 4. **Then value-output width, with a small $d_{qk}$.** In {doc}`12_head_budget` $d_{qk} = 2$ and the rest for values never lost against its mirror image. *Stops:* at $d_{qk} = 1$ with one or two heads, where the even split may recall more, most of all if relations share values; and where many relations choose between two values, where a wider $d_{qk}$ wins ({doc}`/book/practitioners`). Where a key is two tokens and there is no MLP, 4 or 8 recalled eight to eleven points more than 2 ({doc}`24_a_whole_block`).
# 5. **Do not expect rank to tell how noise hurts a trained layer.** Noise can raise the rank where facts repeat each other. In {doc}`16_noise_and_contradictions` it cost the family trees and addition modulo 11 recall with trained embeddings, and none with frozen ones. It cost the elements recall with both, though it lowers their rank. *Stops:* the ranks of most spoiled databases are known as wide intervals only.
# 6. **Know the ceiling before training.** With one answer a question, recall is at most the number of questions that have an answer over that of facts ({prf:ref}`claim-ceiling`). `factrank audit` prints it. *Stops:* a readout that returns sets is not bound by it.
# 7. **Train several seeds and read their spread.** Where a layer is just large enough, some seeds recall every fact and others do not, and even rounding moves some ({doc}`12_head_budget`).
# 8. **Check the layer you ship, in the precision you ship.** `factrank recall` asks a file for every fact, and `factrank compile` says what rounding to float32 and bfloat16 loses. Gates (A7) lose facts in bfloat16, and with thousands of values in float32 too ({doc}`14_bits_per_parameter`).
#
# :::{admonition} Where rules 3 and 4 do not reach: heads of real models
# :class: note
# The rules come from heads like those of {doc}`06_attention_layer_tensor`, each with keys and values of its own, and without positions. `factrank heads FILE` tells which kind a checkpoint has, and how much of its widths it uses ({doc}`12_head_budget`). Nothing below was trained here, but for the last two points.
#
# - **Thin keys.** Models of language with keys a quarter as wide lost next to nothing {cite}`yao2026thin`. This agrees with rule 4. But a quarter of 64 or 128 is far from 2.
# - **Grouped queries.** Several heads of queries share one head of keys and values {cite}`ainslie2023gqa`. With $H$ heads of queries and $G$ of keys and values, the weights are $d_{\text{model}} (H + G) (d_{qk} + d_{vo})$. So the widths still trade one for one. What it costs recall that heads share values, no record here says.
# - **Latent attention.** Keys and values of all heads are made from one vector of $c$ numbers {cite}`deepseek2024v2`. Then $W_V^h W_O^h$ of all heads together, side by side, has a rank of at most $c$: beyond it neither heads nor widths add directions to read. Here $c$ is what one pays for.
# - **Rotary positions.** They turn pairs of query-key coordinates by an angle that grows with distance. A head with $d_{qk} = 2$ then has one frequency, and says with the same two numbers where and what to look for.
# - **Linear attention.** Without softmax a head keeps of all it has read one matrix, the sum of outer products of keys, or features of them, and values {cite}`katharopoulos2020linear`. Its rank is at most the number of those features. There rule 4 turns round: a thin key side bounds what is remembered.
# - **Long prompts.** Our layers read one key. Among others the prompt must say which is asked, or no layer can ({prf:ref}`claim-context-votes`). Where it does, the scores have to spread by the logarithm of the number of other keys ({prf:ref}`claim-context-price`), and one query-key dimension that sees the mark is enough ({prf:ref}`claim-marked-key`).
# - **An MLP behind the heads.** In small blocks its neurons replaced both widths ({doc}`24_a_whole_block`): beside enough of them a $d_{vo}$ of 1 recalled every fact, and $d_{qk}$ beyond 1 brought next to nothing. There rules 3 and 4 no longer say where to spend.
# :::
#
# All of this stands on toy layers: one attention layer, facts as the only training data, and databases no larger than the record above says. Beyond, `factrank plan` says *extrapolated* and in what, and `factrank try` runs the small experiment on your own facts.
#
# ## Exercises
#
# ````{exercise} A first estimate, by hand
# :label: ex-17-estimate
#
# Three relations: 64 keys with 16 values, 64 keys with 2, and 30 keys with 8. How many bits are that? Embeddings are frozen, and you spend at least one attention parameter a bit. What is the least $d_{\text{model}}$ of the layers above, if it is to be a multiple of four?
# ````

# %% tags=["exercise"]
answer = ...  # (bits, d_model)
ch17.first_estimate(answer)

# %% [markdown]
# ````{solution-start} ex-17-estimate
# :label: sol-17-estimate
# :class: dropdown
# ````
#
# $64 \cdot 4 + 64 \cdot 1 + 30 \cdot 3 = 410$. With four heads, $d_{qk} = 2$ and a total width of $d_{\text{model}}$ the attention has $2\, d_{\text{model}} (8 + d_{\text{model}})$ parameters: 256 for 8, which is too few, and 480 for 12.

# %% tags=["solution"]
answer = 64 * 4 + 64 * 1 + 30 * 3, 12
ch17.first_estimate(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ````{exercise} Find a counterexample: certain and smaller
# :label: ex-17-smaller
#
# For the family trees the smallest certain layer has many more parameters than training is expected to need. Somebody says: what is certain is always larger than what is expected of training.
# Find a functional table of 8 to 16 facts with at least two values for which `plan` says otherwise.
# ````

# %% tags=["exercise"]
answer = ...  # a list of facts (key, query, value)
ch17.certain_and_smaller(answer)

# %% [markdown]
# ````{solution-start} ex-17-smaller
# :label: sol-17-smaller
# :class: dropdown
# ````
#
# Take a simple rule: two relations that are equal, and two values. The constructions use it. The expected layer is told by sizes such as bits to be kept, and these count both relations. It is also the upper end of an interval; so this does not say that training finds nothing smaller.

# %% tags=["solution"]
facts = [(f"k{i}", "xy"[i % 2]) for i in range(6)]
answer = [(k, q, v) for k, v in facts for q in ("r", "s")]
ch17.certain_and_smaller(answer)

# %% [markdown]
# ````{solution-end}
# ````
#
# ## To take away
#
# - Ask first how the layer will be read. Its largest logit needs little width; logits that are the facts need $\operatorname{rank} D_{(V)}$ at least, with one answer a question the number of used values.
# - For a trained layer count bits. In this layout, with frozen embeddings, it took about one attention parameter for each.
# - With trained embeddings the first fact of any value is nearly free. A plan that counts the rest held 26 of 29 thresholds of small real tables; three lay above. Of eight larger ones it held three.
#
# ## What we verified
#
# | claim | the assert that holds it |
# |---|---|
# | what a plan calls certain was asked for every fact | `check-plan` |
# | the interval holds four thresholds in five that it was not made from | `check-record` |
# | parameters for each bit at the threshold | `check-bits` |
# | the interval from all sizes on real databases: it holds fewer than four in five of them, and its upper end, rounded up, is never too small | `check-real`, `check-real-safe` |
# | the load predicts the thresholds of tables in real shapes | `check-tables` |
# | the plan's interval on real tables | `check-real-tables`, `check-real-known` |
# | the plan's interval where questions have several answers | `check-sets` |
