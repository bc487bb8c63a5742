"""Upper bound U3: relations that share a hub value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from factrank.facts.database import Database
from factrank.rank.algebra.exact import Rows, factor
from factrank.rank.algebra.reduction import Relation, demand_functional, functions_of
from factrank.rank.algebra.terms import Term


def hub_terms(database: Database) -> tuple[Term, ...]:
    """U3: let relations share one value as their hub. [ours]

    For h_q in range f_q, M_q = sum_{v != h_q} 1[f_q = v] (x) (e_v - e_{h_q})
    + 1_dom(q) (x) e_{h_q}, so rank(D) <= sum_q (|range f_q| - 1) + sum over hubs of the rank of the
    domains they serve. Hubs are chosen greedily: the value that lies in most ranges still without
    a hub. Needs a functional database.

    >>> db = Database.from_triples(
    ...     [("a", "r", "x"), ("b", "r", "y"), ("a", "s", "y"), ("b", "s", "x")])
    >>> len(hub_terms(db))
    3
    """
    return hubs(database).terms()


@dataclass(frozen=True)
class Hubs:
    """A choice of hubs of U3: ``size`` is known before its terms are written out."""

    relations: Mapping[int, Relation]
    served: Mapping[int, Sequence[int]]  # hub value -> its relations
    size: int

    def terms(self) -> tuple[Term, ...]:
        """The decomposition: differences to the hub, then the domains."""
        terms: list[Term] = []
        for hub, served in self.served.items():
            for q in served:
                for v, keys in _fibres(self.relations[q]).items():
                    if v != hub:
                        terms.append(Term(dict.fromkeys(keys, 1), {q: 1}, {v: 1, hub: -1}))
            terms += [Term(x, y, {hub: 1}) for x, y in factor(_domains(self.relations, served))]
        return tuple(terms)


def hubs(database: Database) -> Hubs:
    """The hubs whose terms are ``hub_terms``, not written out yet. [ours]

    >>> hubs(Database.from_triples([("a", "r", "x"), ("b", "r", "y")])).size
    2
    """
    demand_functional(database, "U3")
    relations = functions_of(database, "Q")
    served = _hubs(relations)
    size = sum(len(set(f.values())) - 1 for f in relations.values())
    size += sum(_cost(relations, members) for members in served.values())
    return Hubs(relations, served, size)


def _cost(relations: Mapping[int, Relation], served: Sequence[int]) -> int:
    """How many products the domains of these relations are: one each, where each has a key that no
    other of them has, as they mostly do."""
    times = Counter(chain.from_iterable(relations[q] for q in served))
    if all(any(times[k] == 1 for k in relations[q]) for q in served):
        return len(served)
    return len(factor(_domains(relations, served)))


def _domains(relations: Mapping[int, Relation], served: Sequence[int]) -> Rows:
    """key -> relation -> 1 for the relations that one hub serves."""
    domains: dict[int, dict[int, int]] = {}
    for q in served:
        for k in relations[q]:
            domains.setdefault(k, {})[q] = 1
    return domains


def _hubs(relations: Mapping[int, Relation]) -> dict[int, list[int]]:
    """hub value -> the relations it serves: a greedy hitting set of the ranges."""
    members: dict[int, set[int]] = {}
    for q, f in relations.items():
        for v in f.values():
            members.setdefault(v, set()).add(q)
    ranges = {q: set(f.values()) for q, f in relations.items()}
    by_size: dict[int, set[int]] = {}
    for v, served in members.items():
        by_size.setdefault(len(served), set()).add(v)
    chosen: dict[int, list[int]] = {}
    size = max(by_size, default=0)
    while size:
        if not by_size.get(size):
            size -= 1
            continue
        hub = min(by_size[size])
        chosen[hub] = sorted(members[hub])
        for q in chosen[hub]:
            for v in ranges[q]:
                by_size[len(members[v])].discard(v)
                members[v].discard(q)
                by_size.setdefault(len(members[v]), set()).add(v)
    return chosen


def _fibres(f: Relation) -> dict[int, list[int]]:
    fibres: dict[int, list[int]] = {}
    for k, v in f.items():
        fibres.setdefault(v, []).append(k)
    return fibres
