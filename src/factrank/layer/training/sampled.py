"""Trains one layer by batches of questions, for facts whose dense tensor is too large to be held.

The loss is that of ``losses.cross_entropy``: the mean over facts of -log softmax there. Pairs
without a fact are no part of it, so none is drawn. An epoch asks every question once, in an order
drawn from the seed, a batch a step. All values stand in the softmax, however many.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from factrank.errors import FactrankError
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import EMBEDDINGS, first_weights
from factrank.layer.training.losses import Fit, Goal
from factrank.layer.training.pair_loss import CrossEntropy, Questions, factors, judged
from factrank.layer.training.trainer import Recipe, tie

EPOCHS = 3  # between two looks, each of which costs about half an epoch


class Sampled:
    r"""A layer in training. With n questions and the batch B, a step goes down

    .. math:: \frac{n}{|B|\,|D|} \sum_{p \in B} s_p\, H(S_p, \mathrm{softmax}(L_p))

    H the cross-entropy to the even share over the s_p values S_p of a pair. Its expectation over
    the batches is the full loss, and with all pairs in one batch it is the full loss. AdamW moves
    all rows of E_K, E_Q and U at every step, also those that no question of the batch reads: of
    the step that is the part that grows with the parameters; the other is batch x values x width.
    The weights are kept where they were best. [ours]

    ``goal`` ends it, and not the recipe's early stop.

    Errors: ``FactrankError`` for another loss, and for a batch below 1.
    """

    def __init__(
        self,
        config: LayerConfig,
        asked: Questions,
        recipe: Recipe,
        seed: int,
        goal: Goal,
        *,
        batch: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        if batch < 1:
            raise FactrankError(f"batch: expected at least 1 pair a step, found {batch!r}")
        if recipe.loss != "cross-entropy":
            raise FactrankError(
                f"loss: expected cross-entropy where pairs are asked in batches (another loss asks "
                f"those without a fact too), found {recipe.loss!r}"
            )
        self.config, self.asked, self.recipe, self.goal = config, asked, recipe, goal
        self.seeds = [seed]
        self.batches = -(-len(asked.tokens) // batch)  # an epoch
        learns = [config.trainable_embeddings or it not in EMBEDDINGS for it in Weights._fields]
        start = (w.to(dtype).to(asked.tokens.device) for w in first_weights(config, [seed]))
        self.weights = Weights(
            *(w.contiguous().requires_grad_(it) for w, it in zip(start, learns, strict=True))
        )
        self.optimiser = torch.optim.AdamW(
            [w for w in self.weights if w.requires_grad],
            lr=recipe.lr, betas=recipe.betas, weight_decay=recipe.weight_decay, fused=True,
        )  # fmt: skip
        self.shuffle = torch.Generator().manual_seed(seed)
        self.left: list[Tensor] = []  # batches of this epoch
        self.best = [w.detach().clone() for w in self.weights]
        self.recalled, self.margin = torch.tensor(0.0), torch.tensor(-math.inf)
        self.at, self.last, self.ended = 0, 0, 0
        self.reached, self.finite = False, True

    def train(self) -> Iterator[int]:
        """Train; yield the number of steps after each one, a look being over where one is due."""
        due = max(self.recipe.look, EPOCHS * self.batches)
        for step in range(1, self.recipe.steps + 1):
            self.step(step - 1)
            if step % due == 0 or step == self.recipe.steps:
                self.look(step)
            yield step
            if self.ended:
                return

    def step(self, step: int) -> None:
        """Ask one batch, and go down its slope."""
        if not self.left:
            self.left = self.epoch()
        batch, n = self.left.pop(), len(self.asked.tokens)
        part = self.asked if len(batch) == n else self.asked.at(batch.to(self.asked.tokens.device))
        total = CrossEntropy.apply(*self.factors(part), part)  # type: ignore[no-untyped-call]  # torch's
        loss = total * (n / (len(batch) * len(self.asked.values)))
        self.optimiser.zero_grad()
        loss.backward()
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.lr * self.recipe.rate(step)
        self.optimiser.step()
        self.loss = loss.detach()

    def epoch(self) -> list[Tensor]:
        """All questions, in batches that differ in size by one at most."""
        order = torch.randperm(len(self.asked.tokens), generator=self.shuffle)
        return list(order.tensor_split(self.batches))

    def factors(self, part: Questions) -> tuple[Tensor, Tensor]:
        """What the logits of these questions are products of."""
        weights = tie(self.weights, self.config)
        return factors(weights, part.tokens, residual=self.config.residual)

    def look(self, step: int) -> None:
        """Keep the weights if they are better than before; the end if they meet the goal, or if
        the loss is no number any more."""
        if step == self.last:
            return
        weights = tie(Weights(*(w.detach() for w in self.weights)), self.config)
        margins, held = self.judged(weights)
        recalled, margin = (margins > 0).float().mean(), margins.min()
        there = bool((held if self.goal.until == "held" else margins > 0).all())
        if there or (recalled, margin) > (self.recalled, self.margin):  # never where not finite
            self.best = [w.clone() for w in weights]
            self.recalled, self.margin, self.at = recalled, margin, step
        self.last, self.reached = step, there
        self.finite = bool(torch.isfinite(self.loss))
        self.ended = int(there or not self.finite)

    def judged(self, weights: Weights) -> tuple[Tensor, Tensor]:
        """For each fact its margin, and whether it is held."""
        return judged(weights, self.asked, self.goal.tau, residual=self.config.residual)

    def fits(self) -> list[Fit]:
        """The one layer, measured again in float64, in which it is kept."""
        weights = Weights(*(w.cpu().double() for w in self.best))
        self.asked = Questions(*(part.cpu() for part in self.asked))
        margins, held = self.judged(weights)
        layer, recalled = AttentionLayer(self.config, weights), (margins > 0).double().mean()
        shares = float(recalled), float(held.double().mean()), float(margins.min())
        ended = self.reached, self.finite
        return [Fit(self.seeds[0], layer, *shares, self.at, self.last, *ended)]
