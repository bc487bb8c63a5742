"""Trains one layer by batches of questions, for facts whose dense tensor is too large to be held.

The loss is that of ``losses.cross_entropy``: the mean over facts of -log softmax there. Pairs
without a fact are no part of it, so none is drawn. An epoch asks every question once, in an order
drawn from the seed, a batch a step. All values stand in the softmax, however many.

The logits of a pair are one row ``low @ out``: ``low`` is as wide as the heads or the stream,
``out`` has one column a value. A block of rows, one that fits a cache, is made, read and forgotten,
in both directions, so memory grows with the parameters and the pairs, never with pairs times
values.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding

from factrank.errors import FactrankError
from factrank.facts.database import Database
from factrank.layer.attention import AttentionLayer, Weights
from factrank.layer.config import LayerConfig
from factrank.layer.readout import EVEN
from factrank.layer.training.first_weights import EMBEDDINGS, first_weights
from factrank.layer.training.losses import Fit, Goal
from factrank.layer.training.trainer import Recipe, tie


class Questions(NamedTuple):
    """The pairs that have a fact: their ``tokens`` (n, 2), key and query; how many values each has
    (``counts``, n); and the ``values`` of all of them (facts), pair by pair.

    A pair without a fact is in none of these: what is here grows with the facts, never with keys
    times queries. In the order of ``Database.facts``, so one value stands for one fact. [ours]

    >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "x"), ("b", "r", "y")])
    >>> asked = Questions.of(db)
    >>> asked.tokens.tolist(), asked.counts.tolist(), asked.values.tolist()
    ([[0, 0], [1, 0]], [1, 2], [0, 0, 1])
    """

    tokens: Tensor
    counts: Tensor
    values: Tensor

    @classmethod
    def of(cls, database: Database, device: str = "cpu") -> Questions:
        """All questions of a database.

        Errors: ``FactrankError`` if there is no fact.
        """
        if not database.facts:
            raise FactrankError("databases: expected at least one fact in each, found an empty one")
        facts = torch.tensor(database.facts)  # sorted: the facts of a pair stand together
        tokens, counts = torch.unique_consecutive(facts[:, :2], dim=0, return_counts=True)
        return cls(*(part.to(device) for part in (tokens, counts, facts[:, 2].contiguous())))

    def rows(self) -> Tensor:
        """For each value the pair that it belongs to (facts)."""
        return torch.arange(len(self.counts), device=self.counts.device).repeat_interleave(
            self.counts
        )

    def at(self, pairs: Tensor) -> Questions:
        """The questions of these pairs, in this order.

        >>> Questions(torch.eye(2), torch.tensor([1, 2]), torch.tensor([5, 6, 7])).at(
        ...     torch.tensor([1, 0])
        ... ).values.tolist()
        [6, 7, 5]
        """
        counts = self.counts[pairs]
        first, ours = self.counts.cumsum(0) - self.counts, counts.cumsum(0) - counts
        place = (first[pairs] - ours).repeat_interleave(counts)
        within = torch.arange(len(place), device=place.device)
        return Questions(self.tokens[pairs], counts, self.values[place + within])

    def blocks(self, size: int) -> Iterator[Questions]:
        """All pairs in order, at most ``size`` at a time."""
        counts = self.counts.split(size)
        facts = self.values.split([int(part.sum()) for part in counts])
        yield from map(Questions, self.tokens.split(size), counts, facts)


BLOCK = 2**18  # logits at a time for a width of 1: a few megabytes, which a cache holds
PAIRS = 4096  # judged at a time


def factors(weights: Weights, tokens: Tensor, *, residual: bool = False) -> tuple[Tensor, Tensor]:
    """``low`` (n, w) and ``out`` (w, V) of the pairs ``tokens`` (n, 2): their product are the
    logits L[k, q, v] that ``layer_tensor`` has for them. Differentiable.

    w is the total width of the heads, or d_model where that is less or the residual path needs it.
    Of E_K and E_Q the rows of these pairs are read and no others. ``weights`` are those of a stack
    of one model. [ours]

    >>> from factrank.layer.attention import AttentionLayer
    >>> from factrank.layer.config import LayerConfig
    >>> layer = AttentionLayer.random(LayerConfig(4, 3, 5, 8, 2, 1, 3), seed=0)
    >>> low, out = factors(layer.weights, torch.tensor([[3, 1], [0, 2]]))
    >>> low.shape, torch.allclose((low @ out)[1], layer.layer_tensor()[0, 0, 2])
    (torch.Size([2, 6]), True)
    """
    E_K, E_Q, U, W_Q, W_K, W_V, W_O = (weight.squeeze(0) for weight in weights)
    (H, d, i), (n, r) = W_Q.shape, (len(tokens), W_V.shape[-1])
    key, query = embedding(tokens[:, 0], E_K), embedding(tokens[:, 1], E_Q)
    apart = key - query
    asked, scored = (query @ side(W_Q)).view(n, H, i), (apart @ side(W_K)).view(n, H, i)
    A = torch.sigmoid((asked * scored).sum(-1, keepdim=True) / math.sqrt(i))  # n h 1
    own, more = (query @ side(W_V)).view(n, H, r), (apart @ side(W_V)).view(n, H, r)
    mixed = torch.addcmul(own, A, more).view(n, H * r)
    write = W_O.reshape(H * r, d)
    if residual or d < H * r:
        read = mixed @ write
        return (read + query if residual else read), U
    return mixed, write @ U


def side(W: Tensor) -> Tensor:
    """The heads' matrices (h, d, i) side by side (d, h i)."""
    return W.transpose(0, 1).reshape(W.shape[1], -1)


@torch.no_grad()
def entropy(
    low: Tensor, out: Tensor, asked: Questions, scale: float = 1.0
) -> tuple[Tensor, Tensor, Tensor | None]:
    r"""``scale`` times the sum over facts of -log softmax(low @ out) there, and its slopes in
    ``low`` (n, w) and in ``out`` (w, V); the latter is None where ``out`` needs none.

    .. math:: \sum_n s_n \log \sum_v e^{L_{nv}} - \sum_{v \in S_n} L_{nv}, \quad s_n = |S_n|

    That is s_n times the cross-entropy to the even share over the values S_n of pair n. The slopes
    are formed with the loss, block by block: s_n softmax(L_n) minus 1 on S_n, times ``out`` or
    ``low``. The largest logit of a pair is taken off before exp, but where ``moderate`` shows that
    this need not be. [ours]

    >>> asked = Questions(torch.zeros(1, 2), torch.tensor([1]), torch.tensor([0]))
    >>> low, out = torch.ones(1, 1), torch.zeros(1, 4, requires_grad=True)
    >>> loss, *slopes = entropy(low, out, asked, scale=4)
    >>> round(loss.item() / math.log(4), 6), [it.tolist() for it in slopes]
    (4.0, [[[0.0]], [[-3.0, 1.0, 1.0, 1.0]]])
    """
    total, slope = low.new_zeros(()), torch.empty_like(low)
    other = torch.empty_like(out) if out.requires_grad else None
    small = moderate(low, out)
    for n, (into, part, these) in enumerate(blocks(slope, low, asked, out.shape[1])):
        E, row = part @ out, these.rows()
        said, top = E[row, these.values], None if small else E.amax(-1, keepdim=True)
        Z = (E if top is None else E.sub_(top)).exp_().sum(-1)
        several, log = these.counts.to(E.dtype), Z.log()
        total += (several * (log if top is None else log + top.squeeze(-1))).sum() - said.sum()
        E[row, these.values] -= (Z / several)[row]  # E is the slope now, short of a factor
        share = (scale * several / Z).unsqueeze(-1)
        torch.mul(E @ out.T, share, out=into)
        if other is not None:
            other.addmm_((part * share).T, E, beta=float(n > 0))  # empty at first: not added to
    return scale * total, slope, other


def moderate(low: Tensor, out: Tensor) -> bool:
    """Whether exp(low @ out) and its products with ``out`` can be formed as they are: e^r V |out|
    is a number, r = max |low_n| max |out_v| being more than any logit. It saves two passes of all
    logits through memory.

    >>> [moderate(torch.full((1, 1), r), torch.ones(1, 9)) for r in (86.0, 87.0)]
    [True, False]
    """
    column = out.norm(dim=0).max().clamp(min=1)
    most = low.norm(dim=1).max() * column + (out.shape[1] * column).log()
    return bool(most < math.log(torch.finfo(low.dtype).max))


def at_once(width: int, values: int) -> int:
    """How many rows have the logits of one block: ``BLOCK`` times the root of the width, as wider
    products wait less for memory.

    >>> at_once(64, 2000), at_once(256, 2000), at_once(64, 10**9)
    (1048, 2097, 1)
    """
    return max(1, int(BLOCK * math.sqrt(width)) // values)


def blocks(
    into: Tensor, low: Tensor, asked: Questions, values: int
) -> Iterator[tuple[Tensor, Tensor, Questions]]:
    """Rows of two tensors and their questions, ``at_once`` at a time."""
    size = at_once(low.shape[1], values)
    yield from zip(into.split(size), low.split(size), asked.blocks(size), strict=True)


@torch.no_grad()
def judged(
    weights: Weights, asked: Questions, tau: float, *, residual: bool = False
) -> tuple[Tensor, Tensor]:
    """For each fact its margin, and whether it is held at tau: ``readout.margins`` and
    ``readout.held`` without the tensor. [ours]
    """
    margins, held = [], []
    for many in asked.blocks(PAIRS):
        low, out = factors(weights, many.tokens, residual=residual)
        for part, _, these in blocks(low, low, many, out.shape[1]):
            L, row = part @ out, these.rows()
            said, top = L[row, these.values], L.amax(-1)
            L[row, these.values] = -math.inf
            wrong = L.amax(-1)
            lead = said - wrong[row]
            L[row, these.values] = said
            all_of = L.sub_(top.unsqueeze(-1)).exp_().sum(-1).log() + top  # log sum exp
            several = these.counts.to(L.dtype)
            sure = said >= (all_of + math.log(tau) - several.log())[row]
            even = (tau * L.shape[1] <= EVEN * several)[row]
            margins.append(lead)
            held.append(sure & (~even | (lead > 0)))
    return torch.cat(margins), torch.cat(held)


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
        sides, scale = self.factors(part), n / (len(batch) * len(self.asked.values))
        self.loss, *slopes = entropy(*sides, part, scale)
        self.optimiser.zero_grad()
        trained = [n for n, side in enumerate(sides) if side.requires_grad]
        torch.autograd.backward([sides[n] for n in trained], [slopes[n] for n in trained])
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.lr * self.recipe.rate(step)
        self.optimiser.step()

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
