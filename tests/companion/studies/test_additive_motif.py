"""Votes taken away by editing weights against what the votes predict; the experiment's judge."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from companion.studies import additive_motif as experiment
from companion.studies import additive_motif as votes
from companion.studies.databases import database
from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.ablate import KEY, QUERY, answers_without, split_stream, without
from factrank.layer.attention import AttentionLayer, PlainLayer
from factrank.layer.config import LayerConfig
from tests.companion.studies.judged import broken, missed_by

pd = pytest.importorskip("pandas")


def some_layer(seed, residual=False, heads=3):
    config = LayerConfig(5, 4, 6, 7, heads, 2, 3, residual=residual)
    return AttentionLayer.random(config, models=1, seed=seed)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_an_edit_of_weights_takes_exactly_one_vote_away(seed, residual):
    layer = some_layer(seed, residual)
    L, all_votes = layer.layer_tensor(), layer.votes()
    assert (split_stream(layer).layer_tensor() - L).abs().max() < 1e-12
    for h in range(3):
        for s in (KEY, QUERY):
            less = without(layer, h, s)
            assert (L - all_votes[:, h, s] - less.layer_tensor()).abs().max() < 1e-12
            assert torch.equal(less.attention(), split_stream(layer).attention())
        both = without(layer, h).layer_tensor()
        assert (L - all_votes[:, h].sum(1) - both).abs().max() < 1e-12


def test_what_is_not_there_cannot_be_taken():
    with pytest.raises(FactrankError, match=r"head: expected 0 to 2, found 3"):
        without(some_layer(0), 3)
    with pytest.raises(FactrankError, match=r"source: expected 0 \(key\), 1 \(query\) or None, fo"):
        without(some_layer(0), 1, 2)
    tied = LayerConfig(2, 1, 2, 4, 1, 1, 1, tied=((0, 1),))
    with pytest.raises(FactrankError, match="expected no tied tokens, found some"):
        split_stream(AttentionLayer.random(tied))


@pytest.mark.parametrize("seed", range(5))
def test_answers_are_predicted_from_votes(seed):
    layer = some_layer(seed, residual=seed % 2 == 1)
    tokens = torch.cartesian_prod(torch.arange(5), torch.arange(4))
    rest = layer.residual_vote()[0, tokens[:, 1]]
    found = answers_without(layer.votes_of(tokens)[0], rest)
    changed = 0
    for h in range(3):
        for s, source in enumerate((KEY, QUERY, None)):
            seen = PlainLayer.of(without(layer, h, source))(tokens + torch.tensor([0, 5]))
            assert torch.equal(seen.argmax(-1), found[:, h, s])
            changed += int((found[:, h, s] != layer.forward(tokens)[0].argmax(-1)).sum())
    assert changed > 20  # or the prediction would be easy


def by_hand(rows):
    """One pair, one head: the votes of key and query on three values."""
    return votes.Ballot(torch.tensor([[rows]]), torch.tensor([1]), torch.tensor([[0, 0]]))


def test_the_motif_by_hand():
    ballot = by_hand([[3.0, 2, 0], [0, 2, 3]])
    assert votes.motif(ballot).tolist() == [True]
    assert votes.motif(by_hand([[1.0, 2, 0], [0, 2, 3]])).tolist() == [False]
    assert votes.motif(by_hand([[2.0, 2, 0], [0, 2, 1.5]])).tolist() == [False]
    assert votes.motif(by_hand([[0.0, 2, 2], [3, 2, 0]])).tolist() == [True]  # a tie names none
    added = votes.contributions(ballot)
    assert added.shape == (1, 1, 2) and added.sum() == 1
    taken = answers_without(ballot.votes, torch.zeros(1, 3))
    assert taken.tolist() == [[[2, 0, 0]]]


@pytest.mark.parametrize("seed", range(20))
def test_no_votes_name_more_than_the_bound(seed):
    layer = some_layer(seed)
    best = layer.layer_tensor()[0].argmax(-1).tolist()
    facts = [(k, q, best[k][q]) for k in range(5) for q in range(4)]
    sizes = zip("kqv", (5, 4, 6), strict=True)
    names = [tuple(f"{letter}{i}" for i in range(n)) for letter, n in sizes]
    db = Database(*names, tuple(facts))
    ballot = votes.Ballot.of(layer, db)
    assert len(ballot.answers) == 20
    assert 20 - int(votes.motif(ballot).sum()) <= votes.most_named(layer, db)
    assert votes.contributions(ballot).sum((1, 2)).min() > 0
    assert votes.sum_error(layer, db) < 1e-13


def test_rank_correlation():
    x = torch.tensor([3.0, 1.0, 2.0])
    assert votes.rank_correlation(x, 5 * x) == pytest.approx(1)
    assert votes.rank_correlation(x, -(x**3)) == pytest.approx(-1)
    assert votes.rank_correlation(x, torch.ones(3)) is None


# ---- the experiment -----------------------------------------------------------------------------


def test_a_row_says_all_that_is_asked_for():
    item = {**experiment.items("quick")[0], "n_heads": 2, "steps": 300}
    [row] = experiment.measure([item])
    given = {*item, "experiment", "tier"}
    assert set(experiment.EXPERIMENT.outcomes) <= set(row) and set(experiment.VOTING) <= set(row)
    assert {"sum_error", "most_named", "motifs", "taken", "mispredicted"} <= set(row) - given
    assert row["recalled"] > 0.9 and row["mispredicted"] == 0 and row["sum_error"] < 1e-12
    recalled = round(row["recalled"] * row["facts"])
    assert row["taken"] == recalled * 2 * 3
    assert row["motif_share"] == pytest.approx(row["motifs"] / recalled, abs=1e-5)
    assert row["motifs"] >= recalled - row["most_named"]


def test_a_layer_that_recalls_nothing_has_a_row_too():
    batch = experiment.train_batch([{**experiment.items("quick")[0], "steps": 1}])
    k, q, _ = torch.tensor(batch.databases[0].facts).T
    worst = batch.trained.layer.layer_tensor()[0, k, q].argmin(-1)
    facts = tuple(zip(k.tolist(), q.tolist(), worst.tolist(), strict=True))
    wrong = [replace(batch.databases[0], facts=facts)]
    found = experiment.vote_columns(replace(batch, databases=wrong), 0)
    assert (found["motifs"], found["taken"], found["motif_share"]) == (0, 0, None)
    full = experiment.vote_columns(batch, 0)
    assert set(found) == set(full)


def test_every_seed_of_every_cell():
    cells = {}
    for item in experiment.EXPERIMENT.expand("full"):
        cell = tuple(item[n] for n in ("part", "family", "regime", "n_heads", "width"))
        cells.setdefault(cell, set()).add(item["seed"])
        database(*(item[n] for n in ("family", "keys", "queries", "range_size", "seed")))
    assert len(cells) == 4 * 2 * 6 and {len(seeds) for seeds in cells.values()} == {10}


def ideal():
    rows = []
    for item in experiment.items("full"):
        heads, width = item["n_heads"], item["width"]
        rows.append(
            {
                **item,
                "facts": 96,
                "recalled": 1.0,
                "sum_error": 1e-15,
                "taken": 300,
                "mispredicted": 0,
                "most_named": 40,
                "motifs": 60,
                "motif_share": 0.7 / heads,
                "size_to_loss": 0.8,
                "lost_by_head": 1 / width,
            }
        )
    return pd.DataFrame(rows)


missed = missed_by(experiment.judge)


def test_the_judge_is_content_with_what_is_ideal():
    assert missed(ideal()) == []
    assert len(experiment.judge(ideal())) == 7


BREAKS = [
    ("sum_error", lambda f: f["seed"] == 3, 1e-9, "the votes sum to L"),
    ("mispredicted", lambda f: f.index == 77, 1, "without a vote or a head"),
    ("motifs", lambda f: f.index == 5, 55, "the facts that no vote names"),
    ("motif_share", lambda f: (f["n_heads"] == 1) & (f["family"] == "uniform"), 0.4, "one head"),
    ("motif_share", lambda f: (f["n_heads"] == 8) & (f["regime"] == "T"), 0.3, "more heads"),
    ("size_to_loss", lambda f: (f["width"] == 32) & (f["regime"] == "T"), 0.6, "four heads or"),
    ("size_to_loss", lambda f: (f["width"] == 32) & (f["regime"] == "F"), None, "four heads or"),
    ("lost_by_head", lambda f: (f["width"] == 32) & (f["regime"] == "F"), 0.2, "four heads, total"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "where", "value", "sentence"), BREAKS)
def test_the_judge_sees_each_criterion_fail(column, where, value, sentence):
    frame = broken(ideal(), where, {column: value})
    assert missed(frame) and all(c.startswith(sentence) for c in missed(frame))
