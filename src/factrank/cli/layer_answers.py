"""What the commands of the layer room print; and the answers to a file of questions."""

from __future__ import annotations

import csv
import json
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

from factrank.cli.edge import watched
from factrank.facts.labels import printable
from factrank.facts.reading.questions import questions_in
from factrank.facts.words import CHARACTERS, counted, label_text
from factrank.files import check_new, replacing

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.layer.building.at_size import Precision, Report
    from factrank.layer.model import Answer, NamedLayer
    from factrank.layer.survey import Recall, Relation
    from factrank.rank.interval import RankInterval

BAR = 24  # characters of the longest bar
SHOWN = 8  # votes shown one by one


def compiled_record(named: NamedLayer, found: Report, path: str) -> dict[str, object]:
    """What compile tells a program."""
    return {
        "layer": path,
        "method": named.method,
        "scale": named.scale,
        "exact": named.exact and named.exact.to_dict(),
        **asdict(found),
        "precisions": [
            {name: finite(x) if isinstance(x, float) else x for name, x in asdict(it).items()}
            for it in found.precisions
        ],
        "database": named.database,
    }


def finite(number: float) -> float | None:
    """The number, or None: JSON has no infinity."""
    return number if isfinite(number) else None


def compiled(database: Database, named: NamedLayer, found: Report, path: str) -> str:
    """What compile tells a person."""
    heads = counted(found.n_heads, "head")
    lines = [
        f"{counted(len(database), 'fact')} in {heads}, d_model {found.d_model}, "
        f"d_head_qk {found.d_head_qk}, d_head_vo {found.d_head_vo} ({named.method})",
        f"  total value-output width {found.width}, query-key width {found.score_width}",
        f"  {found.parameters['attention']:,} attention weights, "
        f"{found.parameters['embedding']:,} in embeddings; largest {found.largest:.3g}, "
        f"norm {found.frobenius:.3g}; logit of a fact {named.scale:.3g}",
    ]
    for it in found.precisions:
        some = "" if it.asked == len(database) else f" (of {it.asked:,} facts drawn at random)"
        lines.append(
            f"  {it.dtype:8} recalled {it.recalled:.1%}, held {it.held:.1%}, "
            + _off(named, it)
            + some
        )
    if not database.functional:
        lines.append(SETS)
    return "\n".join([*lines, f"  written to {path}"])


def _off(named: NamedLayer, it: Precision) -> str:
    """How far the logits are from the facts in a dtype, or how far apart the readout keeps them."""
    if it.error is None:
        return f"least margin {it.margin:.2g}"
    logit = "D" if named.scale == 1 else f"{named.scale:.3g} D"
    surely = "" if it.bound is None else f" (with rounding at most {it.bound:.1e})"
    return f"largest |L - {logit}| {it.error:.1e}{surely}"


SETS = (
    "  several values for a pair: recalled if all stand above all others, held at tau if each "
    "has tau / their number"
)


def recall_record(found: Recall) -> dict[str, object]:
    """What recall tells a program."""
    return asdict(found) | {"margin": finite(found.margin)}


def shares(found: Recall) -> str:
    """What was recalled and held, in a line."""
    n = found.facts
    known = f"recalled {round(found.recalled * n)} of {counted(n, 'fact')} ({found.recalled:.1%})"
    return f"{known}, held at {found.tau}: {round(found.held * n)} ({found.held:.1%})"


def recalled(named: NamedLayer, database: Database, found: Recall) -> str:
    """What recall tells a person."""
    lines = [
        shares(found),
        f"  least margin of a fact: {found.margin:.3g}"
        if found.margin < inf
        else "  least margin of a fact: none, no pair has another value",
        *([] if found.artifacts is None else [f"  {off_facts(named, found)}"]),
    ]
    return "\n".join([*lines, *(f"  {it}" for it in notes(named, database, found))])


def notes(named: NamedLayer, database: Database, found: Recall) -> list[str]:
    """What is to be known beside the numbers of a recall."""
    told = [off_facts(named, found)] if found.artifacts is None else []
    if found.ceiling < 1:
        told += [
            SETS.strip(),
            f"by one answer a pair at most {found.ceiling:.1%} could be recalled",
        ]
    if named.database and named.database != database.digest():
        told.append("these are not the facts that the layer was made from")
    return told


def off_facts(named: NamedLayer, found: Recall) -> str:
    """What the layer says where there is no fact, or that it was not asked."""
    if found.artifacts is None or found.answers_off is None:  # both are counted, or none
        pairs, values = len(named.keys) * len(named.queries), len(named.values)
        return (
            "off the facts: not counted, only pairs with a fact were asked for; recall --all-pairs "
            f"asks for all {pairs:,}, {pairs * values:.1e} logits"
        )
    return (
        f"off the facts: {counted(found.artifacts, 'entry', 'entries')} at {found.tau} or more "
        f"(artifacts), {counted(found.answers_off, 'pair')} answered"
    )


def asked_record(named: NamedLayer, key: str, query: str) -> dict[str, object]:
    """The answer, the runners-up, and the votes on the answer by head and source token; where
    there is no answer it has no probability."""
    logits = named.logits(key, query)
    p = logits.log_softmax(0).exp()
    order = logits.argsort(descending=True, stable=True)[:3].tolist()  # p may round to a tie
    best = order[0]
    votes = named.votes(key, query)[:, :, best].tolist()
    listed = [
        {"head": head, "source": source, "vote": vote}
        for head, pair in enumerate(votes)
        for source, vote in zip((key, query), pair, strict=True)
    ]
    listed.sort(key=lambda it: -abs(it["vote"]))
    answers = named.answers(key, query)
    return {
        "key": key,
        "query": query,
        "answer": answers[0] if len(answers) == 1 else None,
        "answers": answers,
        "probability": float(p[best]) if answers else None,
        "logit": float(logits[best]),
        "best": [{"value": named.values[v], "probability": float(p[v])} for v in order],
        "votes": listed,
    }


def asked(record: dict[str, Any]) -> str:
    """What ask tells a person: the answer, then a bar for each of the largest votes on it."""
    answer, first = record["answer"], record["best"][0]["value"]
    told = ", ".join(record["answers"]) or "no answer"
    head = printable(f"{record['key']} {record['query']}: {told}")
    if answer is None:
        why = "no value stands above the others"
        if record["answers"]:
            why = "the facts of this pair, none above another"
        elif len(record["best"]) == 1:
            why = "the logit of the only value is zero, or no more than rounding"
        return f"{head}   ({why})"
    lines = [f"{head}   (probability {record['probability']:.3f})"]
    best = ((printable(it["value"]), it["probability"]) for it in record["best"][1:])
    others = ", ".join(f"{value} {p:.3f}" for value, p in best)
    lines += [f"  then {others}"] if others else []
    votes = record["votes"]
    shown = [it for it in votes[:SHOWN] if abs(it["vote"]) > 1e-9 * abs(votes[0]["vote"])]
    most = max((abs(it["vote"]) for it in shown), default=1.0)
    names = [f"head {it['head']} {printable(it['source'])}" for it in shown]
    wide = max(map(len, names), default=0)
    lines.append(f"  votes on {printable(first)}, logit {record['logit']:.3f}")
    for it, name in zip(shown, names, strict=True):
        bar = "█" * max(1, round(BAR * abs(it["vote"]) / most))
        lines.append(f"  {name:{wide}} {it['vote']:+9.3f} {bar}")
    rest = sum(it["vote"] for it in votes) - sum(it["vote"] for it in shown)
    if len(votes) > len(shown):
        lines.append(f"  {counted(len(votes) - len(shown), 'more vote')} sum to {rest:+.3f}")
    return "\n".join(lines)


RELATIONS = 20  # relations shown; where there are more, those recalled least


def ranks_alone(database: Database) -> dict[str, int]:
    """The rank of each relation's matrix: exact, and more than it may cost beside the others."""
    from factrank.practice.audit.relation_costs import alone, relation_matrix

    return {database.queries[q]: alone(f, database) for q, f in relation_matrix(database).items()}


def details_record(
    relations: Sequence[Relation], ranks: dict[str, int], interval: RankInterval, seconds: float
) -> dict[str, object]:
    """What recall adds for a program; ``seconds_per_answer`` was measured just now."""
    return {
        "rank": {"lower": interval.lower, "upper": interval.upper, "field": interval.field},
        "relations": [
            asdict(it)
            | {
                "margin": finite(it.margin),
                "ceiling": it.pairs / it.facts if it.facts else None,
                "rank": ranks.get(it.query, 0),
            }
            for it in relations
        ],
        "seconds_per_answer": seconds,
    }


def details(
    relations: Sequence[Relation], ranks: dict[str, int], interval: RankInterval, seconds: float,
    tau: float,
) -> str:  # fmt: skip
    """What recall adds for a person."""
    from factrank.rank.effort import effort_notes

    order = sorted(relations, key=lambda it: it.recalled / it.facts if it.facts else 2)
    shown = order[:RELATIONS] if len(order) > RELATIONS else relations
    names = [label_text(it.query) for it in shown]
    wide = min(CHARACTERS, max(len("relation"), *map(len, names)))
    lines = [
        f"  {interval}",
        *(f"  {note}" for note in effort_notes(interval)),
        f"  {'relation':{wide}}  facts  recalled  held at {tau}  ceiling  artifacts  rank alone",
    ]
    for name, it in zip(names, shown, strict=True):
        shares = (_share(n, it.facts) for n in (it.recalled, it.held, it.pairs))
        recalled, held, ceiling = shares
        artifacts = "-" if it.artifacts is None else it.artifacts
        lines.append(
            f"  {name:{wide}}  {it.facts:5}  {recalled:>8}  {held:>{len(f'held at {tau}')}}  "
            f"{ceiling:>7}  {artifacts:>9}  {ranks.get(it.query, 0):10}"
        )
    if len(order) > RELATIONS:
        lines.append(
            f"  and {counted(len(order) - RELATIONS, 'relation')} recalled no less (--json has all)"
        )
    return "\n".join([*lines, f"  an answer asked alone took {1000 * seconds:.3g} ms"])


def _share(number: int, of: int) -> str:
    return f"{number / of:.1%}" if of else "-"


COLUMNS = ("key", "query", "answer", "probability", "note")


def ask_all(layer: str, source: str, to: str, *, force: bool, as_json: bool) -> str:
    """Answer every question of a file; what is told of it in the end.

    All questions are read before the first is answered, so that a fault costs no work.
    """
    from factrank.layer.file import load
    from factrank.layer.model import Requests, answered

    check_new(to, force=force, inputs=[layer, source])
    named = load(layer)
    lines = array("q")

    def pairs() -> Iterator[tuple[str, str]]:
        for line, key, query in questions_in(source):
            lines.append(line)
            yield key, query

    questions = Requests.of(named, pairs())
    silent = 0
    with (
        replacing(to, force=force, inputs=[layer, source]) as file,
        watched("questions answered") as tell,
    ):
        table = csv.writer(file, lineterminator="\n")
        if not as_json:
            table.writerow(COLUMNS)
        for n, answer in enumerate(answered(named, questions), 1):
            if as_json:
                file.write(json.dumps(_record(answer)) + "\n")
            else:
                table.writerows(_rows(answer))
            silent += not answer.values
            tell(n, len(questions))
    unknown, total = len(questions.unknown), len(questions)
    if as_json:
        told = {"questions": total, "answered": total - silent, "no_answer": silent - unknown}
        return json.dumps({"answers": to, **told, "unknown": unknown})
    text = f"{counted(total, 'question', form=',')}: {total - silent:,} answered, "
    text += f"{silent - unknown:,} without an answer"
    if unknown:
        first = min(questions.unknown)
        sentence = printable(questions.unknown[first][2])
        text += f", {unknown:,} that the layer does not know"
        text += f"\n  first in line {lines[first]}: {sentence}"
    return f"{text}\n  written to {to}"


def _rows(it: Answer) -> Iterator[tuple[str, ...]]:
    """A row for each answer: of a pair with several facts several, of one without answer one."""
    for value, p in it.values or [("", None)]:
        yield it.key, it.query, value, "" if p is None else f"{p:.6g}", it.note


def _record(it: Answer) -> dict[str, object]:
    return {
        "key": it.key,
        "query": it.query,
        "answer": it.values[0][0] if len(it.values) == 1 else None,
        "answers": [value for value, _ in it.values],
        "probabilities": [p for _, p in it.values],
        "note": it.note,
    }
