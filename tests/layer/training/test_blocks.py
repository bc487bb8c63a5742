"""Blocks trained together: as alone, as a plain module, with fillers drawn anew in each step."""

from __future__ import annotations

import pytest
import torch

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.facts.families import total_functions
from factrank.layer.block import ATTENTION, EMBEDDINGS, MLP, BlockConfig, BlockWeights, Prompting
from factrank.layer.training.blocks import (
    FILLERS,
    first_blocks,
    leads,
    pairs_of,
    recalls,
    train_blocks,
)
from factrank.layer.training.trainer import Recipe
from tests.layer.test_block import Plain

WAY = Prompting(2, 3, 2, 4, 2)
FACTS = [total_functions(6, 2, 3, seed) for seed in range(3)]
CONFIG = BlockConfig(WAY.tokens, WAY.positions, 3, 5, 2, 2, 2, d_mlp=4)
WIDE = torch.float64


def test_prompts_name_both_tokens_of_a_key_the_fillers_and_the_query():
    pairs, _ = pairs_of(FACTS)
    asked = WAY.drawn(pairs, [torch.Generator().manual_seed(m) for m in range(2)])
    assert asked.shape == (2, 12, 5)
    for row, (k, q) in zip(asked[0].tolist(), pairs.tolist(), strict=True):
        assert (row[0], row[1], row[4]) == (k // 3, 2 + k % 3, 5 + q)
        assert all(7 <= filler < 11 for filler in row[2:4])
    assert (asked[0, :, 2:4] != asked[1, :, 2:4]).any()
    assert {*asked[:, :, 2:4].flatten().tolist()} == {7, 8, 9, 10}
    bare = Prompting(2, 3, 2, 0, 0)
    assert bare.drawn(pairs, [torch.Generator()]).shape == (1, 12, 3)


@pytest.mark.parametrize("learns", [BlockWeights._fields, ATTENTION + MLP, MLP])
def test_together_is_as_alone_and_as_a_plain_module(learns):
    recipe, seeds = Recipe(steps=30, weight_decay=0.1), [4, 5, 6]
    together = train_blocks(CONFIG, WAY, FACTS, recipe, seeds, learns=learns, dtype=WIDE)
    for m, seed in enumerate(seeds):
        alone = train_blocks(CONFIG, WAY, [FACTS[m]], recipe, [seed], learns=learns, dtype=WIDE)
        for mine, theirs in zip(together, alone, strict=True):
            assert torch.allclose(mine[m], theirs[0], rtol=0, atol=1e-9)
        plain = Plain(CONFIG, first_blocks(CONFIG, [seed])).double()
        named = dict(
            zip(
                ("P", "E", "W_in", "W_out", "U"),
                (plain.place, plain.token, plain.into, plain.out, plain.unembed),
                strict=True,
            )
        )
        found = {
            name: named[name].weight if name in named else getattr(plain, name)
            for name in BlockWeights._fields
        }
        free = [found[name] for name in learns]
        optimiser = torch.optim.AdamW(free, lr=recipe.lr, betas=recipe.betas, weight_decay=0.1)
        pairs, right = pairs_of([FACTS[m]])
        draw = torch.Generator().manual_seed(FILLERS + seed)
        for step in range(recipe.steps):
            optimiser.param_groups[0]["lr"] = recipe.lr * recipe.rate(step)
            optimiser.zero_grad()
            L = plain(WAY.drawn(pairs, [draw])[0])
            torch.nn.functional.cross_entropy(L, right[0]).backward()
            optimiser.step()
        for name, theirs in found.items():
            theirs = theirs.T if name in ("W_in", "W_out", "U") else theirs
            assert torch.allclose(getattr(together, name)[m], theirs, rtol=0, atol=1e-7), name


def test_what_does_not_learn_stays_as_it_was_drawn():
    learns = ATTENTION
    after = train_blocks(CONFIG, WAY, FACTS, Recipe(steps=3), range(3), learns=learns, std=0.5)
    before = first_blocks(CONFIG, range(3), std=0.5)
    for name in BlockWeights._fields:
        same = torch.allclose(getattr(after, name), getattr(before, name), atol=1e-6)
        assert same == (name in EMBEDDINGS + MLP), name


def test_fillers_are_new_in_each_step_and_recall_asks_with_others():
    """A filler drawn once for all would be learnt as a part of the key."""
    draw = torch.Generator().manual_seed(FILLERS)
    pairs, _ = pairs_of(FACTS)
    assert (WAY.drawn(pairs, [draw]) != WAY.drawn(pairs, [draw])).any()
    weights = first_blocks(CONFIG, range(8))
    found = recalls(weights, CONFIG, WAY, FACTS[:1] * 8, range(8), draws=6)
    assert found.shape == (8, 6, 12)
    assert (found != found[:, :1]).any()  # what an untrained block says depends on the fillers


def test_a_tie_leads_nothing():
    L = torch.tensor([[[1.0, 1.0, 0.0], [0.0, 2.0, 1.0], [3.0, 0.0, 0.0]]])
    assert leads(L, torch.tensor([[0, 1, 1]])).tolist() == [[False, True, False]]


def test_bad_input_is_named():
    with pytest.raises(FactrankError, match="recipe: expected cross-entropy and no early stop"):
        train_blocks(CONFIG, WAY, FACTS, Recipe(stop=0.9), range(3))
    with pytest.raises(FactrankError, match="database: expected 6 keys and 2 queries, found 5"):
        train_blocks(CONFIG, WAY, [total_functions(5, 2, 3, 0)], Recipe(), [0])
    two = Database(*(FACTS[0].labels(m) for m in "KQV"), ((0, 0, 0), (0, 0, 1)))
    with pytest.raises(FactrankError, match="database: expected one answer a question, found two"):
        train_blocks(CONFIG, WAY, [two], Recipe(), [0])
    less = Database(*(FACTS[0].labels(m) for m in "KQV"), FACTS[0].facts[:-1])
    with pytest.raises(FactrankError, match="databases: expected the same questions in each"):
        train_blocks(CONFIG, WAY, [FACTS[0], less], Recipe(), [0, 1])
    with pytest.raises(FactrankError, match="prompts: expected at least one filler, found none"):
        Prompting(2, 2, 2, 0, 1)
    with pytest.raises(FactrankError, match="prompts: expected two key tokens and a query"):
        Prompting(2, 0, 2, 1, 1)
