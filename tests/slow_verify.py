"""A second reading of the certificate format: dense, literal, slow, and sharing no code with
`factrank.rank.verify`. The two must agree on every certificate, right or wrong."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from fractions import Fraction

NAMES = {"K": "keys", "Q": "queries", "V": "values"}


class Untrue(Exception):
    """The certificate does not prove what it says."""


def need(condition: object) -> None:
    if not condition:
        raise Untrue


def holds(database, certificate) -> bool:
    """True if the certificate is well formed and proves its interval for this database."""
    try:
        _certificate(database, certificate)
    except Untrue:
        return False
    return True


def _exactly(data, *names):
    need(type(data) is dict and set(data) == set(names))
    return [data[name] for name in names]


def _certificate(database, data):
    form, version, digest, lower, upper, field, proof, terms = _exactly(
        data,
        *("format", "version", "database", "lower", "upper", "field"),
        *("lower_proof", "upper_terms"),
    )
    need(form == "factrank-certificate" and type(version) is int and version == 1)
    need(field == "R" and digest == database.digest())
    need(type(lower) is int and type(upper) is int and type(terms) is list)
    labels = {mode: set(database.labels(mode)) for mode in "KQV"}
    facts = set(database.triples())
    need(lower == _value(proof, facts, labels))
    need(upper == len(terms))
    total = Counter()
    for term in terms:
        vectors = [
            [(_label(x, labels[mode]), _number(number)) for x, number in vector.items()]
            for mode, vector in zip("KQV", _vectors(term), strict=True)
        ]
        for (k, r), (q, s), (v, t) in itertools.product(*vectors):
            total[k, q, v] += r * s * t
    need({cell: x for cell, x in total.items() if x} == dict.fromkeys(facts, 1))


def _vectors(term):
    vectors = _exactly(term, "keys", "queries", "values")
    for vector in vectors:
        need(type(vector) is dict and vector)
    return vectors


def _number(x):
    if type(x) is str:
        need(re.fullmatch("-?[0-9]+/[0-9]+", x) and not x.endswith("/0"))
        value = Fraction(x)
        need(str(value) == x and value.denominator > 1)
        return value
    need(type(x) is int and x != 0)
    return x


def _label(x, known):
    need(type(x) is str and x in known)
    return x


def _labels(data, known):
    need(type(data) is list)
    found = {_label(x, known) for x in data}
    need(len(found) == len(data))
    return found


def _value(proof, facts, labels):
    need(type(proof) is dict and type(proof.get("theorem")) is str)
    theorem = proof["theorem"]
    need(theorem in ("P1", "P3", "P4", "P5", "P6"))
    if theorem == "P1":
        _, mode, pivots, core = _exactly(proof, "theorem", "mode", "pivots", "core")
        need(mode in ("K", "Q", "V"))
        return len(_minor(pivots, core, facts, labels, mode))
    if theorem == "P3":
        return _zero_pattern(proof, facts, labels)
    if theorem == "P4":
        return _blocks(proof, facts, labels)
    return _substitution(proof, facts, labels, theorem)


def _zero_pattern(proof, facts, labels):
    _, values, keys, queries, inner = _exactly(
        proof, "theorem", "values", "keys", "queries", "inner"
    )
    values, keys, queries = (
        _labels(values, labels["V"]), _labels(keys, labels["K"]), _labels(queries, labels["Q"])
    )  # fmt: skip
    need(_functional(facts) and values <= {v for _, _, v in facts})
    box = {f for f in facts if f[0] in keys and f[1] in queries}
    need(not any(v in values for _, _, v in box))
    return len(values) + _value(inner, box, labels)


def _blocks(proof, facts, labels):
    _, blocks = _exactly(proof, "theorem", "blocks")
    need(type(blocks) is list)
    boxes = []
    for block in blocks:
        *listed, _ = _exactly(block, "keys", "queries", "values", "proof")
        boxes.append([_labels(x, labels[m]) for x, m in zip(listed, "KQV", strict=True)])
    for one, other in itertools.combinations(boxes, 2):
        need(not any(x & y for x, y in zip(one, other, strict=True)))
    inside = [{f for f in facts if all(x in b for x, b in zip(f, box, strict=True))}
              for box in boxes]  # fmt: skip
    union = [set().union(*(box[axis] for box in boxes)) for axis in range(3)]
    listed = {f for f in facts if all(x in u for x, u in zip(f, union, strict=True))}
    need(listed == set().union(*inside))
    value = sum(
        _value(block["proof"], part, labels) for block, part in zip(blocks, inside, strict=True)
    )
    need(sum(block["proof"]["theorem"] != "P1" for block in blocks) <= 1)
    return value


def _substitution(proof, facts, labels, theorem):
    _, substitute, b, pivots, core = _exactly(
        proof, "theorem", "substitute", "unfolding", "pivots", "core"
    )
    a, chosen, minor = _exactly(substitute, "mode", "labels", "minor")
    need(a in ("K", "Q", "V") and b in ("K", "Q", "V") and a != b)
    chosen = _labels(chosen, labels[a])
    if minor is None:
        need(a == "V" and _functional(facts) and chosen <= {v for _, _, v in facts})
    else:
        rows = _minor(*_exactly(minor, "pivots", "core"), facts, labels, a)
        need(set(rows) == chosen)
    rows = _minor(pivots, core, facts, labels, b, a, chosen)
    if theorem == "P5":
        need((a, b) == ("V", "K"))
        need(not any(k in rows and v in chosen for k, _, v in facts))
    return len(chosen) + len(rows)


def _functional(facts):
    return len({(k, q) for k, q, _ in facts}) == len(facts)


def cells(facts, b, a=None, chosen=()):
    """The unfolding along b as a function of (row, column): 0, 1, or None for unknown."""
    axis_b = "KQV".index(b)

    def at(row, column):
        place = list(column)
        place.insert(axis_b, row)
        if a is not None:
            axis_a = "KQV".index(a)
            for s in chosen:
                if (*place[:axis_a], s, *place[axis_a + 1 :]) in facts:
                    return None
        return int(tuple(place) in facts)

    return at


def _minor(pivots, core, facts, labels, b, a=None, chosen=()):
    prime, core_rows, core_columns = _exactly(core, "prime", "rows", "columns")
    need(type(prime) is int and prime < 2**63 and _is_prime(prime))
    need(type(pivots) is list and type(core_rows) is list and type(core_columns) is list)
    need(all(type(p) is list and len(p) == 2 for p in pivots))
    need(len(core_rows) == len(core_columns))
    rows = [_label(p[0], labels[b]) for p in pivots]
    rows += [_label(x, labels[b]) for x in core_rows]
    modes = [m for m in "KQV" if m != b]
    columns = []
    for column in [p[1] for p in pivots] + core_columns:
        need(type(column) is list and len(column) == 2)
        columns.append(tuple(_label(x, labels[m]) for x, m in zip(column, modes, strict=True)))
        if a is not None:
            need(columns[-1][modes.index(a)] not in chosen)
    need(len(set(rows)) == len(rows) and len(set(columns)) == len(columns))
    cell = cells(facts, b, a, chosen)
    left_rows, left_columns = set(rows), set(columns)
    for row, column in zip(rows[: len(pivots)], columns[: len(pivots)], strict=True):
        left_rows.remove(row)
        left_columns.remove(column)
        need(cell(row, column) == 1)
        need(
            all(cell(row, other) == 0 for other in left_columns)
            or all(cell(other, column) == 0 for other in left_rows)
        )
    dense = [[cell(i, c) for c in columns[len(pivots) :]] for i in rows[len(pivots) :]]
    need(all(x is not None for row in dense for x in row))
    need(determinant(dense) % prime != 0)
    return rows


def _is_prime(n):
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def determinant(matrix) -> int:
    """By Laplace expansion, with nothing to believe but the definition."""
    if not matrix:
        return 1
    first, *rest = matrix
    return sum(
        (-1) ** n * x * determinant([row[:n] + row[n + 1 :] for row in rest])
        for n, x in enumerate(first)
        if x
    )
