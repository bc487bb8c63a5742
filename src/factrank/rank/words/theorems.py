"""The theorems P7, P8, C4 and C7 in words, for the one who reads an interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import comb
from typing import Any

from factrank.facts.labels import NAMES
from factrank.facts.words import PLURAL, counted, list_text, named

Proof = Mapping[str, Any]


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
        yield f"  ... and {len(parts) - 12} blocks more"
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


RULES = {"P7": p7, "P8": p8, "C4": c4, "C7": c7}
