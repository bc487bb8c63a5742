"""`make bench`, questions: training by batches against the loop that one would write by hand.

The peer is a torch module written the usual way, ``nn.Embedding``, ``nn.Linear``, torch's own
attention, ``CrossEntropyLoss`` and fused ``AdamW``: the same layer, first weights, batches and
learning rates. A step is timed at 10^3, 10^4 and 10^5 facts of ``graphs.zipf_graph``, each in a
process of its own on one thread, in seconds of the processor; ``REPEATS`` times, taking turns, and
the faster counts. At the sizes of ``LEARNED`` both learn, and say what they recall. Beside them
learn two models of pykeen, where it is installed (if not, their rows say so): other models, with as
many numbers, as many steps of as many questions, pykeen's own loop over all entities (LCWA).
``DistMult`` has cross-entropy and Adam at 0.01, a guess and not tuned; ``ComplEx`` has pykeen's own
loss and Adam's own rate. After ``LIMIT`` seconds of the processor they end, and the row says how
many steps were made and what is recalled then. Who learns runs beside one other of these. Writes
notebooks/results/questions.json.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.nn import functional

from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.first_weights import first_weights
from factrank.layer.training.fitting import fit, recipe_for
from factrank.layer.training.losses import Goal
from factrank.layer.training.sampled import Questions, Sampled
from factrank.layer.training.sizes import EPOCH, LEAST, design
from factrank.layer.training.trainer import Recipe
from tests.benchmarks.graphs import zipf_graph
from tests.benchmarks.records import judged, write
from tests.benchmarks.training import paced

SIZES = (1_000, 10_000, 100_000)
LEARNED = (1_000, 10_000)
STEPS, REPEATS = 1200, 2
LIMIT = 300  # seconds of the processor, for each model of pykeen
KEEN = {  # loss and rate of Adam; the numbers of one dimension
    "DistMult": ({"loss": "crossentropy"}, {"lr": 0.01}, 1),
    "ComplEx": ({}, {}, 2),
}
NEVER = Goal("held", 1 - 1e-12)  # both make all their steps


class Peer(nn.Module):
    """The layer by hand: two tokens, one attention, one answer."""

    def __init__(self, config: LayerConfig) -> None:
        super().__init__()
        H, d = config.n_heads, config.d_model
        self.heads, self.keys = H, config.keys
        self.tokens = nn.Embedding(config.keys + config.queries, d)
        sizes = {"ask": config.d_head_qk, "score": config.d_head_qk, "say": config.d_head_vo}
        for name, size in sizes.items():
            setattr(self, name, nn.Linear(d, H * size, bias=False))
        self.write = nn.Linear(config.width, d, bias=False)
        self.unembed = nn.Linear(d, config.values, bias=False)

    @classmethod
    def of(cls, config: LayerConfig, weights: Weights) -> Peer:
        """The same first weights."""
        self, one = cls(config), Weights(*(w[0].float() for w in weights))
        side = [w.transpose(0, 1).flatten(1).T for w in (one.W_Q, one.W_K, one.W_V)]
        into = self.ask, self.score, self.say, self.write, self.unembed
        new = *side, one.W_O.flatten(0, 1).T, one.U.T, torch.cat([one.E_K, one.E_Q])
        with torch.no_grad():
            for part, weight in zip((*into, self.tokens), new, strict=True):
                part.weight.copy_(weight)
        return self

    def forward(self, pairs: Tensor) -> Tensor:
        stream = self.tokens(pairs + torch.tensor([0, self.keys]))  # n 2 d

        def split(x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        asks, scores, says = (split(f(stream)) for f in (self.ask, self.score, self.say))
        mixed = functional.scaled_dot_product_attention(asks, scores, says, is_causal=True)
        return self.unembed(self.write(mixed[:, :, 1].flatten(1)))


def by_hand(
    config: LayerConfig, asked: Questions, recipe: Recipe, batch: int
) -> tuple[Peer, Callable[[int], None]]:
    """The peer, and its steps: ``step(n)`` makes n more."""
    peer, n = Peer.of(config, first_weights(config, [0])), len(asked.tokens)
    optimiser = torch.optim.AdamW(
        peer.parameters(), recipe.lr, recipe.betas, weight_decay=recipe.weight_decay, fused=True
    )
    loss, left, made = nn.CrossEntropyLoss(), [], [0]
    shuffle = torch.Generator().manual_seed(0)

    def step(steps: int) -> None:
        for _ in range(steps):
            if not left:
                left.extend(torch.randperm(n, generator=shuffle).split(batch))
            rows = left.pop()
            optimiser.zero_grad(set_to_none=True)
            loss(peer(asked.tokens[rows]), asked.values[rows]).backward()
            optimiser.param_groups[0]["lr"] = recipe.lr * recipe.rate(made[0])
            optimiser.step()
            made[0] += 1

    return peer, step


def ours(config: LayerConfig, asked: Questions, recipe: Recipe, batch: int) -> Callable:
    it, made = Sampled(config, asked, recipe, 0, NEVER, batch=batch), [0]

    def step(steps: int) -> None:
        for _ in range(steps):
            it.step(made[0])
            made[0] += 1

    return step


class Enough(Exception):
    """The time of a model of pykeen is up."""


def keen(
    name: str, config: LayerConfig, asked: Questions, batch: int
) -> tuple[float, dict[str, object]]:
    """Recall of a model of pykeen among the values; entities are keys and values."""
    from pykeen import models
    from pykeen.training import LCWATrainingLoop, TrainingCallback
    from pykeen.triples import CoreTriplesFactory

    began, made, (loss, rate, size) = time.process_time(), [0], KEEN[name]

    class Watch(TrainingCallback):
        def post_batch(self, epoch: int, batch: object, **rest: object) -> None:
            made[0] += 1
            if time.process_time() - began > LIMIT:
                raise Enough

    entities, (pairs, n) = config.keys + config.values, (asked.tokens, len(asked.tokens))
    triples = torch.stack([pairs[:, 0], pairs[:, 1], config.keys + asked.values], 1)
    facts = CoreTriplesFactory(triples, num_entities=entities, num_relations=config.queries)
    width = round(config.parameters()["trained"] / (entities + config.queries) / size)
    about = {"triples_factory": facts, "embedding_dim": max(1, width), "random_seed": 0}
    model = getattr(models, name)(**about, **loss)
    optimiser = torch.optim.Adam(model.parameters(), **rate)
    loop = LCWATrainingLoop(model=model, triples_factory=facts, optimizer=optimiser)
    epochs = round(STEPS / -(-n // batch))
    told = {"num_epochs": epochs, "batch_size": batch, "use_tqdm": False, "pin_memory": False}
    with suppress(Enough):
        loop.train(facts, callbacks=[Watch()], **told)
    model.eval()
    with torch.no_grad():
        parts = zip(pairs.split(512), asked.values.split(512), strict=True)
        right = sum(
            int((model.score_t(some)[:, config.keys :].argmax(1) == v).sum()) for some, v in parts
        )
    steps = {"steps": made[0], "steps_wanted": epochs * -(-n // batch)}
    numbers = sum(it.numel() * (1 + it.is_complex()) for it in model.parameters())
    return right / n, {"version": version("pykeen"), "numbers": numbers, **steps}


def learned(who: str, facts: int) -> dict[str, object]:
    """Recall after all steps, and the seconds that they took, looks of our own included."""
    if who in KEEN and find_spec("pykeen") is None:
        return {"missing": "pykeen is not installed"}
    database = zipf_graph(facts, seed=0)
    config, asked = design(database, n_heads=4, d_head_qk=2), Questions.of(database)
    batch, recipe = max(LEAST, facts // EPOCH), recipe_for(config, STEPS)
    more: dict[str, object] = {"numbers": config.parameters()["trained"]}
    if who in KEEN:
        import pykeen.models
        import pykeen.training  # noqa: F401  (before the clock starts, as torch is)
    began = time.process_time()
    if who == "ours":
        recalled = fit(config, database, recipe, [0], NEVER, batch=batch)[0].recalled
    elif who == "peer":
        peer, step = by_hand(config, asked, recipe, batch)
        step(STEPS)
        with torch.no_grad():
            parts = zip(asked.tokens.split(512), asked.values.split(512), strict=True)
            right = sum(int((peer(pairs).argmax(1) == v).sum()) for pairs, v in parts)
        recalled = right / len(database)
    else:
        recalled, more = keen(who, config, asked, batch)
    seconds = round(time.process_time() - began, 1)
    return {"recalled": round(recalled, 4), "cpu_seconds": seconds, **more}


def stepped(who: str, facts: int) -> dict[str, object]:
    """Seconds of a step, and for each logit and dimension; the memory of the process."""
    database = zipf_graph(facts, seed=0)
    config, asked = design(database, n_heads=4, d_head_qk=2), Questions.of(database)
    batch, recipe = max(LEAST, facts // EPOCH), Recipe(steps=10**6)
    make = ours if who == "ours" else lambda *them: by_hand(*them)[1]
    seconds = paced(make(config, asked, recipe, batch), time.process_time)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    work = batch * config.values * config.width
    return {
        "pairs": len(asked.tokens), "keys": config.keys, "values": config.values,
        "width": config.width, "batch": batch, "seconds_a_step": round(seconds, 5),
        "picoseconds_a_product": round(1e12 * seconds / work, 1), "gigabytes": round(memory, 2),
    }  # fmt: skip


def alone(what: str, who: str, facts: int) -> dict[str, object]:
    """One measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.questions", what, who, str(facts)]
    one = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    row: dict[str, object] = {"what": what, "who": who, "facts": facts}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=one, check=True)
    row |= json.loads(done.stdout.splitlines()[-1])
    print(*row.values(), sep="  ", flush=True)
    return row


def main() -> int:
    if len(sys.argv) == 4:
        torch.set_num_threads(1)
        print(json.dumps(globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))))
        return 0
    turns = [(facts, who) for facts in SIZES for who in ("ours", "peer") * REPEATS]
    rows = [alone("stepped", who, facts) for facts, who in turns]
    them = [(who, n) for n in LEARNED[::-1] for who in (*KEEN, "ours", "peer")]
    with ThreadPoolExecutor(2) as pool:
        rows += pool.map(lambda it: alone("learned", *it), them)
    step, large = "seconds_a_step", SIZES[-1]
    slowest_first = sorted(rows, key=lambda row: -row.get(step, 0))
    by = {(row["what"], row["who"], row["facts"]): row for row in slowest_first}
    product = {n: by["stepped", "ours", n]["picoseconds_a_product"] for n in SIZES}
    speed = [by["stepped", who, large][step] for who in ("peer", "ours")]
    memory = [by["stepped", who, large]["gigabytes"] for who in ("ours", "peer")]
    least = min(by["learned", "ours", n]["recalled"] for n in LEARNED)
    growth = product[large] / min(product.values())
    checks = [
        ("a product at 10^5 facts: at most 2 times one at fewer", growth, "<=", 2),
        ("a step at 10^5 facts: at least as fast as by hand", speed[0] / speed[1], ">=", 1),
        ("memory at 10^5 facts: no more than by hand", memory[0] / memory[1], "<=", 1),
        ("recalled at 10^3 and 10^4 facts: at least 99%", least, ">=", 0.99),
    ]
    told = [
        (it, round(x, 3), x <= most if sign == "<=" else x >= most) for it, x, sign, most in checks
    ]
    write(
        "questions", packages=["torch"], threads=1, load=os.getloadavg()[0], limit=LIMIT,
        steps=STEPS, rows=rows, targets=told,
    )  # fmt: skip
    return judged(told)


if __name__ == "__main__":
    sys.exit(main())
