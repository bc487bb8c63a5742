"""A database of facts and its 0/1 3-tensor D[k, q, v]."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import eq, itemgetter, lt
from typing import TYPE_CHECKING

from factrank.errors import FactrankError, given
from factrank.facts.labels import MODES as MODES
from factrank.facts.labels import axis_of, check_labels, check_triple, unknown
from factrank.facts.matrix import SparseMatrix
from factrank.facts.words import counted, shown, size_text

if TYPE_CHECKING:
    import numpy as np

Fact = tuple[int, int, int]
Triple = tuple[str, str, str]
SHOWN = 10  # facts in a notebook


@dataclass(frozen=True, repr=False)
class Database:
    """A finite set of facts (key, query, value), never changed in place.

    ``D[k, q, v] = 1`` if (keys[k], queries[q], values[v]) is a fact, else 0 [post]. ``keys``,
    ``queries``, ``values`` are the labels of the three modes; ``facts`` holds the distinct integer
    triples, sorted. A word may be a key and a value: the modes number their labels apart. Several
    values for one (key, query) are allowed; ``functional`` then says False.

    Errors: ``FactrankError`` for an empty or repeated label, a fact without three labels, or an
    index outside its mode; the sentence names the fact and its position.

    >>> db = Database.from_triples([("Ann", "likes", "tea"), ("Bob", "likes", "tea")])
    >>> db.shape, db.facts, db.functional
    ((2, 1, 1), ((0, 0, 0), (1, 0, 0)), True)
    """

    keys: tuple[str, ...]
    queries: tuple[str, ...]
    values: tuple[str, ...]
    facts: tuple[Fact, ...]

    def __post_init__(self) -> None:
        for mode in MODES:
            check_labels(mode, self.labels(mode))
        n_keys, n_queries, n_values = self.shape
        for n, fact in enumerate(self.facts, 1):  # plain: a million facts pass here
            try:
                k, q, v = fact
                inside = 0 <= k < n_keys and 0 <= q < n_queries and 0 <= v < n_values
            except (TypeError, ValueError):
                inside = False
            if not inside:
                raise FactrankError(
                    f"fact {n}: expected three indices inside shape {self.shape}, found {fact!r}"
                )
        if not all(map(lt, self.facts, islice(self.facts, 1, None))):  # else nothing to copy
            object.__setattr__(self, "facts", tuple(sorted(set(self.facts))))

    @classmethod
    def from_triples(cls, triples: Iterable[Sequence[str]]) -> Database:
        """The database of the given (key, query, value) labels, numbered by first appearance.

        A fact given twice counts once: a database is a set.

        >>> Database.from_triples([("a", "r", "")])
        Traceback (most recent call last):
        ...
        factrank.errors.FactrankError: fact 1 ('a', 'r', ''): expected a non-empty value, found ''
        """
        given("triples", triples, Iterable, "(key, query, value) triples")
        index: tuple[dict[str, int], ...] = ({}, {}, {})
        facts = set()
        for n, triple in enumerate(triples, 1):
            check_triple(n, triple)
            k, q, v = triple
            facts.add(
                (
                    index[0].setdefault(k, len(index[0])),
                    index[1].setdefault(q, len(index[1])),
                    index[2].setdefault(v, len(index[2])),
                )
            )
        keys, queries, values = (tuple(names) for names in index)
        return cls(keys, queries, values, tuple(facts))

    # ---- what it is -------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self.facts)

    def __iter__(self) -> Iterator[Triple]:
        """As ``triples``."""
        return self.triples()

    def __contains__(self, triple: Sequence[str]) -> bool:
        """Whether three labels are a fact. Errors: ``FactrankError`` for what can be none.

        >>> ("b", "r", "x") in Database.from_triples([("a", "r", "x"), ("b", "s", "x")])
        False
        """
        check_triple(1, triple)
        found = tuple(self._index(m).get(label) for m, label in zip(MODES, triple, strict=True))
        return found in self._known

    def __repr__(self) -> str:
        """In one line.

        >>> Database.from_triples([("a", "r", "x"), ("b", "r", "x")])
        Database(2 facts: 2 keys x 1 query x 1 value)
        """
        return f"Database({counted(len(self), 'fact')}: {size_text(self.shape)})"

    def _repr_html_(self) -> str:
        """The first facts, for a notebook."""
        more = len(self) - SHOWN
        rest = f"and {more} more" if more > 0 else ""
        return shown(repr(self), ["key", "query", "value"], islice(self, SHOWN), rest)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The sizes (|K|, |Q|, |V|) of D."""
        return len(self.keys), len(self.queries), len(self.values)

    def labels(self, mode: str) -> tuple[str, ...]:
        """The labels of mode ``"K"``, ``"Q"`` or ``"V"``."""
        return (self.keys, self.queries, self.values)[axis_of(mode)]

    @cached_property
    def functional(self) -> bool:
        """True if each (key, query) has at most one value."""
        pairs = map(itemgetter(0, 1), self.facts)  # facts are sorted: equal pairs stand together
        after = map(itemgetter(0, 1), islice(self.facts, 1, None))
        return not any(map(eq, pairs, after))

    def triples(self) -> Iterator[Triple]:
        """The facts as labels (key, query, value), in index order."""
        for k, q, v in self.facts:
            yield self.keys[k], self.queries[q], self.values[v]

    def digest(self) -> str:
        """SHA-256 (hex) of the set of label triples: the same for any order or numbering.

        >>> a = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
        >>> b = Database.from_triples([("b", "r", "y"), ("a", "r", "x")])
        >>> a.digest() == b.digest()
        True
        """
        sha = hashlib.sha256()
        for triple in sorted(self.triples()):
            sha.update(json.dumps(triple, ensure_ascii=True).encode() + b"\n")
        return sha.hexdigest()

    # ---- counts -----------------------------------------------------------------------------

    def used(self, mode: str) -> tuple[int, ...]:
        """The indices of a mode that occur in some fact, ascending."""
        axis = axis_of(mode)
        return tuple(sorted(set(map(itemgetter(axis), self.facts))))

    def pair_counts(self) -> dict[str, int]:
        """The number of distinct (k, q), (q, v) and (k, v) pairs among the facts.

        >>> Database.from_triples([("a", "r", "x"), ("b", "r", "x")]).pair_counts()
        {'KQ': 2, 'QV': 1, 'KV': 2}
        """
        axes = {"KQ": (0, 1), "QV": (1, 2), "KV": (0, 2)}
        return {pair: len(set(map(itemgetter(*two), self.facts))) for pair, two in axes.items()}

    # ---- the tensor and its matrices --------------------------------------------------------

    def tensor(self) -> np.ndarray:
        """D as a numpy array of 0 and 1, shape (|K|, |Q|, |V|), dtype int64 (needs numpy).

        >>> Database.from_triples([("a", "r", "x"), ("b", "r", "y")]).tensor()[:, 0, :].tolist()
        [[1, 0], [0, 1]]
        """
        import numpy as np

        dense = np.zeros(self.shape, dtype=np.int64)
        for fact in self.facts:
            dense[fact] = 1
        return dense

    def matrix(self, mode: str, index: int) -> SparseMatrix:
        """One slice: D[index, :, :] (mode K), D[:, index, :] (mode Q) or D[:, :, index] (mode V).

        Its rows and columns are the two other modes in the order (k, q, v).
        """
        axis = axis_of(mode)
        if not 0 <= index < self.shape[axis]:
            raise FactrankError(
                f"slice of mode {mode}: expected an index below {self.shape[axis]}, found {index}"
            )
        row_axis, column_axis = (a for a in range(3) if a != axis)
        rows: list[dict[int, int]] = [{} for _ in range(self.shape[row_axis])]
        for fact in self.facts:
            if fact[axis] == index:
                rows[fact[row_axis]][fact[column_axis]] = 1
        return SparseMatrix((self.shape[row_axis], self.shape[column_axis]), tuple(rows))

    def unfolding(self, mode: str) -> SparseMatrix:
        """The unfolding D_(mode): one row per index of the mode, one column per pair of the others.

        The pair keeps the order (k, q, v) and its later index runs fastest, as in tensorly.

        >>> Database.from_triples([("a", "r", "x"), ("b", "r", "y")]).unfolding("V").dense()
        [[1, 0], [0, 1]]
        """
        axis = axis_of(mode)
        first, second = (a for a in range(3) if a != axis)
        width = self.shape[second]
        rows: list[dict[int, int]] = [{} for _ in range(self.shape[axis])]
        for fact in self.facts:
            rows[fact[axis]][fact[first] * width + fact[second]] = 1
        return SparseMatrix((self.shape[axis], self.shape[first] * width), tuple(rows))

    # ---- parts and edits --------------------------------------------------------------------

    def blocks(self) -> tuple[Database, ...]:
        """The finest split into databases that share no key, no query and no value.

        Unused labels belong to no block. A word that is both key and value does not join blocks.

        >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y"), ("c", "s", "z")])
        >>> [len(b) for b in db.blocks()]
        [2, 1]
        """
        parent = list(range(len(self.queries)))  # keys and values only join queries

        def root(q: int) -> int:
            while parent[q] != q:
                parent[q] = parent[parent[q]]
                q = parent[q]
            return q

        queries = list(map(itemgetter(1), self.facts))
        for axis in (0, 2):
            there = list(map(itemgetter(axis), self.facts))
            one = dict(zip(there, queries, strict=True))  # a query of each key, of each value
            for q, other in set(zip(queries, map(one.__getitem__, there), strict=True)):
                parent[root(other)] = root(q)
        home = [root(q) for q in range(len(self.queries))]
        if len(set(map(home.__getitem__, queries))) == 1 and all(
            len(self.used(m)) == len(self.labels(m)) for m in MODES
        ):
            return (self,)
        groups: dict[int, list[Fact]] = {}
        for fact in self.facts:
            groups.setdefault(home[fact[1]], []).append(fact)
        return tuple(self._of(facts) for facts in groups.values())

    def _of(self, facts: Sequence[Fact]) -> Database:
        """The database of some of the facts, with only the labels they use, in the same order."""
        used = [sorted({fact[axis] for fact in facts}) for axis in range(3)]
        new = [{old: i for i, old in enumerate(indices)} for indices in used]
        names = [tuple(self.labels(m)[i] for i in u) for m, u in zip(MODES, used, strict=True)]
        return Database(*names, tuple((new[0][k], new[1][q], new[2][v]) for k, q, v in facts))  # type: ignore[call-arg, arg-type]  # three names

    def restrict(
        self,
        keys: Iterable[str] | None = None,
        queries: Iterable[str] | None = None,
        values: Iterable[str] | None = None,
    ) -> Database:
        """The subtensor on the given labels (None keeps a mode whole); unused labels stay.

        >>> db = Database.from_triples([("a", "r", "x"), ("b", "r", "y")])
        >>> db.restrict(keys=["b"]).shape
        (1, 1, 2)
        """
        chosen = []
        for mode, wanted in zip(MODES, (keys, queries, values), strict=True):
            have = self._index(mode)
            names = self.labels(mode) if wanted is None else tuple(dict.fromkeys(wanted))
            for name in names:
                if name not in have:
                    raise FactrankError(unknown(mode, name))
            chosen.append(names)
        new = [
            {self._index(mode)[name]: i for i, name in enumerate(names)}
            for mode, names in zip(MODES, chosen, strict=True)
        ]
        facts = tuple(
            (new[0][k], new[1][q], new[2][v])
            for k, q, v in self.facts
            if k in new[0] and q in new[1] and v in new[2]
        )
        return Database(*chosen, facts)  # type: ignore[call-arg, arg-type]  # three are chosen

    def with_fact(self, key: str, query: str, value: str) -> Database:
        """A new database with one fact more; new labels are appended to their mode.

        >>> db = Database.from_triples([("a", "r", "x")]).with_fact("a", "s", "y")
        >>> list(db.triples())
        [('a', 'r', 'x'), ('a', 's', 'y')]
        """
        check_triple(len(self) + 1, (key, query, value))
        names, fact = [], []
        for mode, label in zip(MODES, (key, query, value), strict=True):
            index = self._index(mode)
            names.append(self.labels(mode) if label in index else (*self.labels(mode), label))
            fact.append(index.get(label, len(index)))
        return Database(*names, (*self.facts, (fact[0], fact[1], fact[2])))  # type: ignore[call-arg, arg-type]  # three names

    def without_fact(self, key: str, query: str, value: str) -> Database:
        """A new database with one fact less; its labels stay, used or not.

        Errors: ``FactrankError`` if a label is unknown or the fact is not there.
        """
        fact = []
        for mode, label in zip(MODES, (key, query, value), strict=True):
            if label not in self._index(mode):
                raise FactrankError(unknown(mode, label))
            fact.append(self._index(mode)[label])
        if tuple(fact) not in self._known:
            raise FactrankError(
                f"fact {(key, query, value)!r}: expected a fact of the database, found none like it"
            )
        rest = tuple(f for f in self.facts if f != tuple(fact))
        return Database(self.keys, self.queries, self.values, rest)

    def _index(self, mode: str) -> dict[str, int]:
        return self._indices[axis_of(mode)]

    @cached_property
    def _known(self) -> frozenset[tuple[int | None, ...]]:
        return frozenset(self.facts)

    @cached_property
    def _indices(self) -> tuple[dict[str, int], ...]:
        return tuple({label: i for i, label in enumerate(self.labels(m))} for m in MODES)
