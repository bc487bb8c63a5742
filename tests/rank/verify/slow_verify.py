"""A second reading of the certificate format: dense, literal, slow, and sharing no code with
`factrank.rank.verify.checker`. The two must agree on every certificate, right or wrong."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from fractions import Fraction

from tests.rank.verify import slow_algebra, slow_cases, slow_theorems

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
    need(type(data) is dict)
    real = {x: data[x] for x in ("upper_proof",) if x in data}
    form, version, digest, lower, upper, field, proof, terms = _exactly(
        {x: y for x, y in data.items() if x not in real},
        *("format", "version", "database", "lower", "upper", "field"),
        *("lower_proof", "upper_terms"),
    )
    need(form == "factrank-certificate" and type(version) is int and version == 1)
    need(field == "R" and digest == database.digest())
    need(type(lower) is int and type(upper) is int and type(terms) is list)
    facts = set(database.triples())
    labels = {mode: {fact[n] for fact in facts} for n, mode in enumerate("KQV")}
    need(_depth(proof) <= 30)
    need(lower == _value(proof, facts, labels))
    _sums_to(terms, facts, labels)
    if not real:
        need(upper == len(terms))
        return
    need(type(real["upper_proof"]) is dict)
    proof = {"pairs": [], **real["upper_proof"]}
    parts, rest, pairs = _exactly(proof, "parts", "terms", "pairs")
    need(type(parts) is list and type(rest) is list and type(pairs) is list)
    left, value = set(facts), len(rest) + 2 * len(pairs)
    for part in parts:
        *like, inner = _exactly(part, "keys", "queries", "values", "proof")
        for mapping, mode in zip(like, "KQV", strict=True):
            need(type(mapping) is dict and mapping)
            for one, other in mapping.items():
                need(_label(one, labels[mode]) and _label(other, labels[mode]))
        here = {f for f in facts if all(x in m for x, m in zip(f, like, strict=True))}
        need(here <= left)
        left -= here
        kept = {tuple(m[x] for x, m in zip(f, like, strict=True)) for f in here}
        need(all(
            ((k, q, v) in facts) == ((like[0][k], like[1][q], like[2][v]) in kept)
            for k in like[0] for q in like[1] for v in like[2]
        ))  # fmt: skip
        need(type(inner) is dict and inner.get("theorem") in ("P8", "C4", "C7"))
        value += _theorem(inner, kept, labels, exact=True)
    _sums_to(rest, left, labels, pairs)
    need(upper == value < len(terms))


def _sums_to(terms, facts, labels, pairs=()):
    total = Counter()
    for pair in pairs:
        root, *halves = _exactly(pair, "root", "plain", "rooted")
        need(type(root) is int and 1 <= root <= 999_999)
        plain, rooted = ([_numbers(x, labels[m]) for m, x in zip("KQV", _vectors(h), strict=True)]
                         for h in halves)  # fmt: skip
        for cell in itertools.product(*({*p, *q} for p, q in zip(plain, rooted, strict=True))):
            x, y = 1, 0  # x + y s, with s the root
            for m, label in enumerate(cell):
                p, q = plain[m].get(label, 0), rooted[m].get(label, 0)
                x, y = x * p + y * q * root, x * q + y * p
            total[cell] += 2 * x  # its conjugate is x - y s
    for term in terms:
        vectors = [
            [(_label(x, labels[mode]), _number(number)) for x, number in vector.items()]
            for mode, vector in zip("KQV", _vectors(term), strict=True)
        ]
        for (k, r), (q, s), (v, t) in itertools.product(*vectors):
            total[k, q, v] += r * s * t
    need({cell: x for cell, x in total.items() if x} == dict.fromkeys(facts, 1))


def _numbers(vector, known):
    return {_label(x, known): _number(number) for x, number in vector.items()}


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
    need(type(x) is int and 0 < abs(x) < 10**1000)
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
    need(theorem in ("P1", "P3", "P4", "P5", "P6", *_RULES, *_LATER))
    if theorem in _LATER:
        return _LATER[theorem](proof, facts, labels)
    if theorem in _RULES:
        return _theorem(proof, facts, labels)
    if theorem == "P1":
        _, mode, pivots, core = _exactly(proof, "theorem", "mode", "pivots", "core")
        need(mode in ("K", "Q", "V"))
        return len(_minor(pivots, core, facts, labels, mode))
    if theorem == "P3":
        return _zero_pattern(proof, facts, labels)
    if theorem == "P4":
        return _blocks(proof, facts, labels)
    return _substitution(proof, facts, labels, theorem)


def _depth(proof):
    """How many proofs are inside one another, this one counted; more than 31 are not counted."""
    deep, level = 0, [proof]
    while level and deep < 32:
        level = [proof for proof in level if type(proof) is dict]
        deep += bool(level)
        blocks = [b for p in level if type(p.get("blocks")) is list for b in p["blocks"]]
        level = [p["inner"] for p in level if "inner" in p]
        level += [b["proof"] for b in blocks if type(b) is dict and "proof" in b]
    return deep


def _zero_pattern(proof, facts, labels):
    minor = proof.get("minor")
    proof = {name: x for name, x in proof.items() if name != "minor"}
    _, values, keys, queries, inner = _exactly(
        proof, "theorem", "values", "keys", "queries", "inner"
    )
    values, keys, queries = (
        _labels(values, labels["V"]), _labels(keys, labels["K"]), _labels(queries, labels["Q"])
    )  # fmt: skip
    if minor is None:
        need(all(_alone(v, values, facts) for v in values))
    else:
        need(set(_minor(*_exactly(minor, "pivots", "core"), facts, labels, "V")) == values)
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
    beyond = [block["proof"] for block in blocks if block["proof"]["theorem"] != "P1"]
    products = {proof["mode"] for proof in beyond if proof["theorem"] == "C8"}
    algebras = all(proof["theorem"] in ("C7", "C8") for proof in beyond)
    need(len(beyond) <= 1 or (algebras and len(products) <= 1))
    return value


def _substitution(proof, facts, labels, theorem):
    _, substitute, b, pivots, core = _exactly(
        proof, "theorem", "substitute", "unfolding", "pivots", "core"
    )
    a, chosen, minor = _exactly(substitute, "mode", "labels", "minor")
    need(a in ("K", "Q", "V") and b in ("K", "Q", "V") and a != b)
    chosen = _labels(chosen, labels[a])
    if minor is None:
        need(a == "V" and all(_alone(v, chosen, facts) for v in chosen))
    else:
        rows = _minor(*_exactly(minor, "pivots", "core"), facts, labels, a)
        need(set(rows) == chosen)
    rows = _minor(pivots, core, facts, labels, b, a, chosen)
    if theorem == "P5":
        need((a, b) == ("V", "K"))
        need(not any(k in rows and v in chosen for k, _, v in facts))
    return len(chosen) + len(rows)


def _theorem(proof, facts, labels, exact=False):
    """P7, P8, C4 and C7 as the slow reading of theorems has them."""
    value = proof.get("value")
    need(type(value) is int and value == _RULES[proof["theorem"]](proof, facts, labels, exact))
    return value


def _vector_list(data, known):
    need(type(data) is list and all(type(v) is dict and v for v in data))
    return [{_label(x, known): _number(r) for x, r in v.items()} for v in data]


def _koszul(proof, facts, labels, exact):
    need(not exact)
    _, _, mode, data, prime = _exactly(proof, "theorem", "value", "mode", "map", "prime")
    need(mode in ("K", "Q", "V"))
    vectors = _vector_list(data, labels[mode])
    need(len(vectors) % 2 == 1 and len(vectors) <= 15)
    need(all(type(r) is int for v in vectors for r in v.values()))
    need(type(prime) is int and prime < 2**63 and _is_prime(prime))
    return slow_theorems.koszul(facts, "KQV".index(mode), vectors, prime)


def _pencil(proof, facts, labels, exact):
    _, _, mode, slices, rows, columns, wide, tall, companion = _exactly(
        proof, "theorem", "value", "mode", "slices", "rows", "columns", "wide", "tall", "companion"
    )
    need(mode in ("K", "Q", "V"))
    x, y = (m for m in "KQV" if m != mode)
    axis = "KQV".index(mode)
    slices, rows, columns = (
        _vector_list(data, labels[m]) for data, m in ((slices, mode), (rows, x), (columns, y))
    )
    need(len(slices) == 2)
    for sizes in (wide, tall):
        need(type(sizes) is list and all(type(e) is int and 1 <= e < 1000 for e in sizes))
    need(type(companion) is list and all(type(f) is list and f for f in companion))
    companion = [
        [Fraction(0) if type(r) is int and r == 0 else Fraction(_number(r)) for r in f]
        for f in companion
    ]
    for one, other in itertools.pairwise(companion):
        need(slow_theorems.divides(other, one))
    blocks = slow_theorems.pencil_slices(wide, tall, companion)
    for mix, block in zip(slices, blocks, strict=True):
        need(len(block) == len(rows) and all(len(row) == len(columns) for row in block))
        need(slow_theorems.image(facts, axis, mix, rows, columns) == block)
    if exact:
        flat = [[x for row in block for x in row] for block in blocks]
        ranks = {axis: slow_theorems.matrix_rank(flat) if flat[0] else 0}
        ranks["KQV".index(x)], ranks["KQV".index(y)] = len(rows), len(columns)
        need(all(slow_theorems.unfolding_rank(facts, n) == ranks[n] for n in range(3)))
    value = sum(e + 1 for e in wide) + sum(h + 1 for h in tall)
    return value + sum(len(f) + (not slow_theorems.all_roots_real_and_simple(f)) for f in companion)


def _listed(proof, facts, labels, exact):
    _, _, *lists = _exactly(proof, "theorem", "value", "keys", "queries", "values")
    inside = [_labels(data, labels[m]) for data, m in zip(lists, "KQV", strict=True)]
    kept = {f for f in facts if all(x in box for x, box in zip(f, inside, strict=True))}
    need(_functional(kept) and (not exact or kept == set(facts)))
    return lists, {(k, q): v for k, q, v in kept}


def _bijections(proof, facts, labels, exact):
    (keys, queries, values), table = _listed(proof, facts, labels, exact)
    need(len(queries) == 2)
    first, second = ({k: table.get((k, q)) for k in keys} for q in queries)
    for f in (first, second):
        need(None not in f.values() and len(f) == len(values) == len(set(f.values())))
    lengths = slow_theorems.cycle_lengths(first, second)
    return len(keys) + max(
        [0, *(sum(n % d == 0 for n in lengths) for d in range(3, len(keys) + 1))]
    )


def _group(proof, facts, labels, exact):
    (keys, queries, values), cells_of = _listed(proof, facts, labels, exact)
    need(0 < len(keys) == len(queries) == len(values))
    place = {v: i for i, v in enumerate(values)}
    table = [[place.get(cells_of.get((k, q))) for q in queries] for k in keys]
    ideals = slow_theorems.group_ideals(table)
    need(ideals is not None)
    need(
        not exact or all(table[i][j] == table[j][i] for i in place.values() for j in place.values())
    )
    return 2 * len(keys) - ideals


def _algebra(proof, facts, labels):
    _, value, mode, *lists, units = _exactly(
        proof, "theorem", "value", "mode", "keys", "queries", "values", "units"
    )
    need(mode in ("K", "Q", "V"))
    for named, m in zip(lists, "KQV", strict=True):
        _labels(named, labels[m])
    need(0 < len(lists[0]) == len(lists[1]) == len(lists[2]) <= 36)
    need(type(units) is list and len(units) == 2)
    for unit, m in zip(units, [m for m in "KQV" if m != mode], strict=True):
        (vector,) = _vector_list([unit], labels[m])
        need(set(vector) <= set(lists["KQV".index(m)]))
        need(all(x.denominator == 1 and abs(x) < 1000 for x in vector.values()))
    bound = slow_algebra.lower_bound(list(facts), "KQV".index(mode), lists, units)
    need(bound is not None and type(value) is int and value == bound)
    return bound


_RULES = {"P7": _koszul, "P8": _pencil, "C4": _bijections, "C7": _group}


def _spanning(proof, facts, labels):
    _, inner, a, form, minors = _exactly(proof, "theorem", "inner", "mode", "form", "minors")
    value = _value(inner, facts, labels)
    need(inner["theorem"] in ("P1", "P5", "P6"))
    b = inner["mode"] if inner["theorem"] == "P1" else inner["unfolding"]
    gone = [] if inner["theorem"] == "P1" else inner["substitute"]["labels"]
    need(a in ("K", "Q", "V") and a != b)
    need(inner["theorem"] == "P1" or inner["substitute"]["mode"] == a)
    (c,) = (m for m in "KQV" if m not in (a, b))
    degree = len(gone) + 2
    need(degree <= 4)
    rows = [row for row, _ in inner["pivots"]] + inner["core"]["rows"]
    (form,) = _vector_list([form], set(rows) & labels[b])
    cells_of = {}
    for fact in facts:
        at = dict(zip("KQV", fact, strict=True))
        if at[b] in rows:
            cells_of.setdefault((at[a], at[c]), []).append(at[b])
    need(type(minors) is list)
    total = Counter()
    for minor in minors:
        weight, down, across = _exactly(minor, "times", "rows", "columns")
        weight = _number(weight)
        need(type(down) is list and type(across) is list and len(down) == len(across) == degree)
        down = [_label(x, labels[a]) for x in down]
        across = [_label(x, labels[c]) for x in across]
        for monomial, x in slow_theorems.minor_polynomial(cells_of, down, across).items():
            total[monomial] += weight * x
    power = slow_theorems.power_polynomial(form, degree)
    need({m: x for m, x in total.items() if x} == {m: x for m, x in power.items() if x})
    return value + 1


def _in_turn(proof, facts, labels):
    _, steps, b, pivots, core = _exactly(proof, "theorem", "steps", "unfolding", "pivots", "core")
    need(type(steps) is list and steps)
    done = []
    for step in steps:
        a, gone, minor = _exactly(step, "mode", "labels", "minor")
        need(a in ("K", "Q", "V"))
        gone = _labels(gone, labels[a])
        square = _exactly(minor, "pivots", "core")
        need(gone and set(_minor_after(done, *square, facts, labels, a)) == gone)
        done.append(("KQV".index(a), gone))
    need(b in ("K", "Q", "V"))
    rows = _minor_after(done, pivots, core, facts, labels, b)
    return sum(len(gone) for _, gone in done) + len(rows)


def _minor_after(done, pivots, core, facts, labels, b):
    """A good minor of what some steps leave, in a cell that is left everywhere."""
    left = slow_cases.after(done, facts)
    axis = "KQV".index(b)

    def at(row, column):
        place = (*column[:axis], row, *column[axis:])
        need(place in left)
        return left[place]

    return _minor(pivots, core, facts, labels, b, at=at)


def _by_cases(proof, facts, labels):
    _, inner, mode, flattenings, cases = _exactly(
        proof, "theorem", "inner", "mode", "flattenings", "cases"
    )
    r = _value(inner, facts, labels)
    need(inner["theorem"] in ("P1", "P7") and mode in ("K", "Q", "V"))
    need((mode == inner["mode"]) == (inner["theorem"] == "P1"))
    b = "KQV".index(mode)
    here = [sorted({fact[axis] for fact in facts}) for axis in range(3)]
    columns = list(itertools.product(*(here[axis] for axis in range(3) if axis != b)))
    slices = slow_cases.slices(facts, b, columns)
    need(type(flattenings) is list)
    if inner["theorem"] == "P1":
        need(not flattenings)
        lines = slow_cases.null_space(slices, len(columns))
    else:
        lines = [line for flat in flattenings
                 for line in _equations(flat, r, inner, b, facts, here, columns)]  # fmt: skip
    account = {"nodes": 0, "real": 0}
    leaves = [line for leaf in _leaves(cases, lines, columns, account, 1) for line in leaf]
    dimension = slow_theorems.matrix_rank(leaves)
    together = slow_theorems.matrix_rank(leaves + slices)
    need(dimension + account["real"] < r or (not account["real"] and together > dimension))
    return r + 1


def _equations(flat, r, inner, b, facts, here, columns):
    data, kernel = _exactly(flat, "map", "kernel")
    a = "KQV".index(inner["mode"])
    c = 3 - a - b
    vectors = _vector_list(data, set(here[a]))
    size = len(vectors)
    need(size in (3, 5, 7, 9, 11, 13, 15))
    need(all(type(x) is int for vector in vectors for x in vector.values()))
    cells = slow_cases.flattening(facts, a, b, vectors)
    small = list(itertools.combinations(range(size), size // 2))
    terms = sum(size - 1 not in chosen for chosen in small)  # binom(2h, h)
    need(slow_cases.flat_rank(cells, inner["prime"]) >= r * terms)
    need(type(kernel) is list)
    for entries in kernel:
        need(type(entries) is list)
        w = {}
        for entry in entries:
            need(type(entry) is list and len(entry) == 3 and type(entry[0]) is list)
            need(all(type(j) is int for j in entry[0]))
            chosen = tuple(entry[0])
            need(chosen in set(itertools.combinations(range(size), size // 2 + 1)))
            place = chosen, _label(entry[1], here[c])
            need(place not in w)
            w[place] = _number(entry[2])
        need(slow_cases.vanishes(cells, w))
        for chosen in small:
            yield slow_cases.equations(vectors, w, chosen, columns, a < c)


def _leaves(node, lines, columns, account, depth):
    """The spaces of all leaves below a node, whose equations are these lines."""
    account["nodes"] += 1
    need(account["nodes"] <= 1000 and depth <= 10)
    basis = slow_cases.null_space(lines, len(columns))
    if node is None:
        yield basis
        return
    need(type(node) is dict)
    turned = {name: node[name] for name in ("columns", "matrix") if name in node}
    minors, forms, times, cases = _exactly(
        {name: x for name, x in node.items() if name not in turned},
        *("minors", "forms", "times", "cases"),
    )
    need(type(forms) is list and type(cases) is list)
    forms = [_form(form, columns) for form in forms]
    if turned:
        need(times is None and len(forms) == 2 and len(turned) == 2)
        _turned(minors, forms, turned, basis, columns, account)
        below = [forms]
    elif times is None:
        need(len(forms) == 2)
        found = slow_cases.polynomial(_minors(minors, columns), basis)
        need(found == slow_cases.polynomial([(1, *forms)], basis))
        below = [[form] for form in forms]
    else:
        need(type(times) is list and len(times) == len(forms))
        times = [_number(x) for x in times]
        need(all(x > 0 for x in times))
        found = slow_cases.polynomial(_minors(minors, columns), basis)
        squares = [(x, form, form) for x, form in zip(times, forms, strict=True)]
        need(found == slow_cases.polynomial(squares, basis))
        below = [forms]
    need(len(cases) == len(below))
    for case, more in zip(cases, below, strict=True):
        yield from _leaves(case, lines + more, columns, account, depth + 1)


def _turned(minors, forms, turned, basis, columns, account):
    places, matrix = turned["columns"], turned["matrix"]
    d = len(basis)
    need(all(type(x) is list and len(x) == d for x in (places, matrix, minors)))
    at = [columns.index(_column(place, columns)) for place in places]
    need(slow_theorems.matrix_rank([[line[j] for j in at] for line in basis]) == d)
    need(all(type(row) is list and len(row) == d for row in matrix))
    matrix = [[Fraction(0) if type(x) is int and x == 0 else Fraction(_number(x)) for x in row]
              for row in matrix]  # fmt: skip
    units = [[int(j == place) for j in range(len(columns))] for place in at]
    for unit, row, some in zip(units, matrix, minors, strict=True):
        image = [sum(x * u[j] for x, u in zip(row, units, strict=True))
                 for j in range(len(columns))]  # fmt: skip
        wanted = slow_cases.polynomial([(1, forms[0], unit), (-1, forms[1], image)], basis)
        need(slow_cases.polynomial(_minors(some, columns), basis) == wanted)
    different, real = slow_cases.distinct_roots(matrix)
    need(different == d)
    account["real"] += real


def _minors(data, columns):
    """The products of variables that the minors stand for, as pairs of forms."""
    need(type(data) is list)
    names = [{column[n] for column in columns} for n in (0, 1)]
    products = []
    for minor in data:
        weight, rows, across = _exactly(minor, "times", "rows", "columns")
        weight = _number(weight)
        need(type(rows) is list and type(across) is list and len(rows) == len(across) == 2)
        (m, k), (n, j) = ([_label(x, known) for x in some]
                          for some, known in zip((rows, across), names, strict=True))  # fmt: skip
        for sign, one, other in ((1, (m, n), (k, j)), (-1, (m, j), (k, n))):
            both = ([int(column == place) for column in columns] for place in (one, other))
            products.append((sign * weight, *both))
    return products


def _form(data, columns):
    need(type(data) is list and data)
    found = {}
    for entry in data:
        need(type(entry) is list and len(entry) == 2)
        place = _column(entry[0], columns)
        need(place not in found)
        found[place] = _number(entry[1])
    return [found.get(column, 0) for column in columns]


def _column(data, columns):
    need(type(data) is list and len(data) == 2 and all(type(x) is str for x in data))
    need(tuple(data) in columns)
    return tuple(data)


_LATER = {"C8": _algebra, "P9": _spanning, "P10": _in_turn, "P11": _by_cases}


def _alone(value, values, facts):
    """Is there a pair of the value that none of the other values has?"""
    pairs = [{(k, q) for k, q, v in facts if v == w} for w in values - {value}]
    return bool({(k, q) for k, q, v in facts if v == value}.difference(*pairs))


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


def _minor(pivots, core, facts, labels, b, a=None, chosen=(), at=None):
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
    cell = at or cells(facts, b, a, chosen)
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
