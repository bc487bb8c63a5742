"""A lower proof in words: which theorem, which rows and columns, why they are independent."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from math import comb
from typing import Any

from factrank.facts.labels import NAMES
from factrank.facts.words import PLURAL, counted, label_text, list_text, named, size_text, table

Proof = Mapping[str, Any]
WIDTH = 96


def tell(proof: Proof, indent: str = "  ") -> Iterator[str]:
    """The lines that tell one proof; a proof inside it is told further in."""
    rules = {"P1": _p1, "P3": _p3, "P4": _p4, "P5": _p6, "P6": _p6, "P9": _p9}
    rules |= {"P10": _p10, "P11": _p11}
    theorem = proof["theorem"]
    if theorem in RULES:
        told: Iterator[str | Proof] = RULES[theorem](proof)
    else:
        told = rules[theorem](proof)
    for said in told:
        if not isinstance(said, str):
            yield from tell(said, indent + "  ")
        elif said.startswith(" "):
            yield indent + said
        else:
            yield textwrap.fill(
                said, WIDTH, initial_indent=indent, subsequent_indent=indent, **_WHOLE
            )


_WHOLE: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}


def value_of(proof: Proof) -> int:
    """The lower bound that a proof states, or by counting its parts."""
    if "value" in proof:
        return int(proof["value"])
    if proof["theorem"] == "P4":
        return sum(value_of(block["proof"]) for block in proof["blocks"])
    if proof["theorem"] in ("P9", "P11"):
        return value_of(proof["inner"]) + 1
    if proof["theorem"] == "P3":
        return len(proof["values"]) + value_of(proof["inner"])
    steps = proof.get("steps", [proof["substitute"]] if "substitute" in proof else [])
    return sum(len(step["labels"]) for step in steps) + _size(proof)


def _p1(proof: Proof) -> Iterator[str]:
    yield (
        f"{_layout(proof['mode'])} A sum of r terms has at most r independent rows there. Here "
        f"{counted(_size(proof), 'row is', 'rows are')} independent, as this square part shows:"
    )
    yield from _square(proof)


def _p3(proof: Proof) -> Iterator[str | Proof]:
    values, inner = proof["values"], proof["inner"]
    keys, queries = named(proof["keys"], "K"), named(proof["queries"], "Q")
    yield (
        f"The slices of {named(values, 'V')} are independent ({_why(proof.get('minor'))}): each "
        "can be cleared at the price of one term, by subtracting multiples of it from the others. "
        f"The part with {keys} and {queries} holds none of these values, so it stays as it is. It "
        f"needs at least {value_of(inner)}:"
    )
    yield inner
    yield f"Together {len(values)} + {value_of(inner)} = {value_of(proof)}."


def _p4(proof: Proof) -> Iterator[str | Proof]:
    blocks = proof["blocks"]
    values = [value_of(block["proof"]) for block in blocks]
    several = sum(block["proof"]["theorem"] in ("C7", "C8") for block in blocks)
    which = "those by C7 and C8, which make one algebra," if several > 1 else "at most one"
    yield (
        f"The facts split into {counted(len(blocks), 'block')} that share no key, no query and no "
        f"value. Their bounds add up, since all of them but {which} are ranks of an unfolding:"
    )
    yield from table(map(_block, blocks), len(blocks))
    sum_of = f"{' + '.join(map(str, values))} = " if len(values) <= 12 else ""
    yield f"Together {sum_of}{sum(values)}."
    by_value = sorted(range(len(blocks)), key=lambda n: -values[n])
    told = min(by_value, key=lambda n: blocks[n]["proof"]["theorem"] == "P1")
    yield f"Block {told + 1} in full, {_block(blocks[told])}:"
    yield blocks[told]["proof"]


def _block(block: Mapping[str, Any]) -> str:
    size = size_text([len(block[name]) for name in ("keys", "queries", "values")])
    first = named(block["keys"][:1], "K")
    return (
        f"{size}, with {first}: at least {value_of(block['proof'])} ({block['proof']['theorem']})"
    )


def _p6(proof: Proof) -> Iterator[str]:
    first = proof["substitute"]
    if first["labels"]:
        yield (
            f"The slices of {named(first['labels'], first['mode'])} are independent "
            f"({_why(first['minor'])}): each can be cleared at the price of one term, by "
            "subtracting multiples of it from the others. Nobody chooses the multiples, so every "
            "cell they reach counts as unknown."
        )
    if _size(proof):
        yield (
            f"{_layout(proof['unfolding'])} After the subtraction "
            f"{counted(_size(proof), 'row is', 'rows are')} still independent, as this square "
            "part shows:"
        )
        yield from _square(proof, ", whatever the unknown cells are")
    yield f"Together {len(first['labels'])} + {_size(proof)} = {value_of(proof)}."


def _why(minor: Mapping[str, Any] | None) -> str:
    """Why slices are independent; those of values in a functional database share no entry."""
    if minor is None:
        return "each has a cell to itself"
    return "a square part of them shows it"


def _p9(proof: Proof) -> Iterator[str | Proof]:
    inner, minors = proof["inner"], proof["minors"]
    yield f"First, at least {value_of(inner)}:"
    yield inner
    cleared = len(inner["substitute"]["labels"]) if "substitute" in inner else 0
    form = " + ".join(f"({r}) {label_text(label)}" for label, r in proof["form"].items())
    yield (
        f"Were the rank {value_of(inner)}, the matrices of these {_size(inner)} rows would be "
        f"spanned by matrices of rank one among their combinations, and in the tensor as it was "
        f"these have rank at most {cleared + 1}: their minors of size {cleared + 2} vanish. But "
        f"{counted(len(minors), 'minor')}, with the weights in the certificate, "
        f"{'is' if len(minors) == 1 else 'add up to'} the power {cleared + 2} of the linear form "
        f"{form}. So all of them lie where this form is 0, and cannot span. Together "
        f"{value_of(inner)} + 1 = {value_of(proof)}."
    )


def _p10(proof: Proof) -> Iterator[str]:
    for n, step in enumerate(proof["steps"]):
        yield (
            f"{'Then the' if n else 'The'} slices of {named(step['labels'], step['mode'])} are "
            f"independent{' in what is left' if n else ''}, as this square part shows:"
        )
        yield from _square(step["minor"], ", whatever the unknown cells are" if n else "")
        yield (
            "Each can be cleared at the price of one term, by subtracting multiples of it from the "
            "others. Nobody chooses the multiples, so every cell they reach counts as unknown."
        )
    sizes = [len(step["labels"]) for step in proof["steps"]]
    if _size(proof):
        yield (
            f"{_layout(proof['unfolding'])} Of what is left {_size(proof)} rows are independent, "
            "as this square part shows:"
        )
        yield from _square(proof, ", whatever the unknown cells are")
    yield f"Together {' + '.join(map(str, [*sizes, _size(proof)]))} = {value_of(proof)}."


def _p11(proof: Proof) -> Iterator[str | Proof]:
    inner, flattenings = proof["inner"], proof["flattenings"]
    r = value_of(inner)
    yield f"First, at least {r}:"
    yield inner
    first, second = (PLURAL[m] for m in NAMES if m != proof["mode"])
    where = (
        f"what is 0 on the whole image of {counted(len(flattenings), 'flattening')}, as large as "
        f"{r} terms can make it, is 0 on the image of each"
        if flattenings
        else f"they lie in the span of the slices of the {PLURAL[proof['mode']]}"
    )
    told = {
        "of which one is 0": ("product of two forms", "products of two forms"),
        "of which all are 0": ("square or sum of squares", "squares or sums of squares"),
        "of which only real ones count": ("equation of eigenvectors", "equations of eigenvectors"),
    }
    kinds = [
        f"{counted(count, *names)}, {so}"
        for count, (so, names) in zip(_kinds(proof["cases"]), told.items(), strict=True)
        if count
    ]
    yield (
        f"Were the rank {r}, its terms would be {r} independent matrices of rank one, {first} by "
        f"{second}, and {where}: a space. Their minors of size 2 vanish"
        + (
            f"; with the weights in the certificate these add up to {'; to '.join(kinds)}"
            * bool(kinds)
        )
        + f". That leaves too little room: for fewer than {r} of them, or not for all slices of "
        f"the {PLURAL[proof['mode']]}. Together {r} + 1 = {value_of(proof)}."
    )


def _kinds(node: Mapping[str, Any] | None) -> tuple[int, int, int]:
    """How many spaces are divided by a product, by squares, and turned."""
    if node is None:
        return 0, 0, 0
    turned, squares = "matrix" in node, node["times"] is not None
    below = [_kinds(case) for case in node["cases"]]
    here = (not turned and not squares, squares, turned)
    products, sums, turns = (sum(x) for x in zip(here, *below, strict=True))
    return products, sums, turns


def _square(minor: Mapping[str, Any], even_so: str = "") -> Iterator[str]:
    pivots, core = minor["pivots"], minor["core"]
    lines = (f"row {label_text(row)}, column {_pair(column)}" for row, column in pivots)
    yield from table(lines, len(pivots))
    zeros = "known zeros" if even_so else "zeros"
    if pivots:
        yield (
            "Each of these cells is a fact, and among the rows and columns after it, its row or "
            f"its column holds only {zeros}."
        )
    if core["rows"]:
        yield (
            f"{'After them come' if pivots else 'It has'} the rows {list_text(core['rows'])} and "
            "as many columns, whose determinant is not 0 modulo the prime "
            f"{core['prime']}, hence not 0."
        )
    yield f"So the determinant of the square is not 0{even_so}."


def _pair(column: list[str]) -> str:
    return f"({label_text(column[0])}, {label_text(column[1])})"


def _layout(mode: str) -> str:
    others = ", ".join(name for m, name in NAMES.items() if m != mode)
    return f"Lay the tensor out flat: a row for each {NAMES[mode]}, a column for each ({others})."


def _size(minor: Mapping[str, Any]) -> int:
    return len(minor["pivots"]) + len(minor["core"]["rows"])


def p7(proof: Proof) -> Iterator[str]:
    value, size = proof["value"], len(proof["map"])
    p = size // 2
    yield (
        f"A Koszul flattening: map the {PLURAL[proof['mode']]} onto {size} dimensions e_0, ..., "
        f"e_{size - 1}, and lay the tensor out as a matrix from (a set I of {counted(p, 'e')}, "
        "row) to (I and one more, column), the e multiplied with signs. One simple tensor makes a "
        f"matrix of rank {comb(2 * p, p)}, and the rank here, modulo the prime {proof['prime']}, "
        f"is more than {(value - 1) * comb(2 * p, p)}: fewer than {value} terms cannot do it."
    )


def p8(proof: Proof) -> Iterator[str]:
    value, wide, tall, companion = (proof[x] for x in ("value", "wide", "tall", "companion"))
    mixes = [list_text(list(mix)) for mix in proof["slices"]]
    yield (
        f"Two slices, made from the {PLURAL[proof['mode']]} {mixes[0]} and {mixes[1]}, are a "
        "pencil: changes of basis, listed in the certificate, bring both at once to blocks on one "
        "diagonal, and the rank of these is known (Grigoriev; Ja'Ja')."
    )
    parts = [f"a wide block of {e} x {e + 1}: {e + 1}" for e in wide]
    parts += [f"a tall block of {h + 1} x {h}: {h + 1}" for h in tall]
    parts += [f"a companion block of size {len(f)}: {len(f)}" for f in companion]
    yield from (f"  {part}" for part in parts[:12])
    if len(parts) > 12:
        yield f"  ... and {counted(len(parts) - 12, 'block')} more"
    flat = sum(e + 1 for e in (*wide, *tall)) + sum(map(len, companion))
    extra = value - flat
    if companion:
        yield (
            f"Of the companion blocks, {extra or 'none'} "
            f"{'has' if extra == 1 else 'have'} a polynomial that does not split into distinct "
            "real linear factors; each of these costs one term more."
        )
    yield f"Together {flat} + {extra} = {value}."


def c4(proof: Proof) -> Iterator[str]:
    n, value = len(proof["keys"]), proof["value"]
    yield (
        f"The {named(proof['queries'], 'Q')} are two bijections between {n} keys and {n} values. "
        f"From key to key by the first and back by the second, the keys fall into cycles; the rank "
        f"is {n} and one term more for each of the largest number of cycles whose lengths a "
        f"common d of at least 3 divides, here {value - n} (Grigoriev; Ja'Ja'). "
        f"Together {n} + {value - n} = {value}."
    )


def c7(proof: Proof) -> Iterator[str]:
    n, value = len(proof["keys"]), proof["value"]
    yield (
        f"With the {NAMES['K']} {list_text(proof['keys'][:1])} and the {NAMES['Q']} "
        f"{list_text(proof['queries'][:1])} as units, this is the multiplication table of a group "
        f"of {n} elements: every product is there, and (i j) k = i (j k). Its real group algebra "
        f"is a sum of {2 * n - value} simple algebras, and an algebra of dimension {n} with that "
        f"many maximal ideals has rank at least 2 x {n} - {2 * n - value} = {value} (Alder and "
        "Strassen); if the group is commutative, that is its rank."
    )


def c8(proof: Proof) -> Iterator[str]:
    n, value, mode = len(proof["keys"]), proof["value"], proof["mode"]
    (one, first), (other, second) = (
        (PLURAL[m], list_text(list(unit)))
        for m, unit in zip((m for m in NAMES if m != mode), proof["units"], strict=True)
    )
    parts = 2 * n - value
    yield (
        f"Let the {one} and the {other} multiply into the {PLURAL[mode]}. The slices of the {one} "
        f"{first}, summed with the weights in the certificate, make a matrix that can be inverted, "
        f"and so do those of the {other} {second}. After changes of basis by the two inverses, "
        "which keep the rank, the product has a unit, and it is associative, (x y) z = x (y z): an "
        f"algebra of dimension {n}. Over the real numbers, and without its radical, it is a sum of "
        f"{counted(parts, 'simple algebra')}, and an algebra of dimension {n} with that many "
        f"maximal ideals has rank at least 2 x {n} - {parts} = {value} (Alder and Strassen)."
    )


RULES = {"P7": p7, "P8": p8, "C4": c4, "C7": c7, "C8": c8}
