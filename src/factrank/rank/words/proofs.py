"""A lower proof in words: which theorem, which rows and columns, why they are independent."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from factrank.facts.labels import NAMES
from factrank.facts.words import counted, label_text, list_text, named, size_text, table
from factrank.rank.words.theorems import RULES

Proof = Mapping[str, Any]
WIDTH = 96


def tell(proof: Proof, indent: str = "  ") -> Iterator[str]:
    """The lines that tell one proof; a proof inside it is told further in."""
    rules = {"P1": _p1, "P3": _p3, "P4": _p4, "P5": _p6, "P6": _p6, "P9": _p9}
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
    if proof["theorem"] == "P9":
        return value_of(proof["inner"]) + 1
    if proof["theorem"] == "P3":
        return len(proof["values"]) + value_of(proof["inner"])
    cleared = proof["substitute"]["labels"] if "substitute" in proof else ()
    return len(cleared) + _size(proof)


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
        f"The slices of {named(values, 'V')} share no entry, so they are independent: each can be "
        "cleared at the price of one term, by subtracting multiples of it from the others. The "
        f"part with {keys} and {queries} holds none of these values, so it stays as it is. It "
        f"needs at least {value_of(inner)}:"
    )
    yield inner
    yield f"Together {len(values)} + {value_of(inner)} = {value_of(proof)}."


def _p4(proof: Proof) -> Iterator[str | Proof]:
    blocks = proof["blocks"]
    values = [value_of(block["proof"]) for block in blocks]
    groups = sum(block["proof"]["theorem"] == "C7" for block in blocks)
    which = "group tables, which make one algebra," if groups > 1 else "at most one"
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
    why = "they share no entry" if first["minor"] is None else "a square part of them shows it"
    if first["labels"]:
        yield (
            f"The slices of {named(first['labels'], first['mode'])} are independent ({why}): each "
            "can be cleared at the price of one term, by subtracting multiples of it from the "
            "others. Nobody chooses the multiples, so every cell they reach counts as unknown."
        )
    if _size(proof):
        yield (
            f"{_layout(proof['unfolding'])} After the subtraction "
            f"{counted(_size(proof), 'row is', 'rows are')} still independent, as this square "
            "part shows:"
        )
        yield from _square(proof, ", whatever the unknown cells are")
    yield f"Together {len(first['labels'])} + {_size(proof)} = {value_of(proof)}."


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
