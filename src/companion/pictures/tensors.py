"""Pictures of a database: slices, unfoldings, terms, the whole table; of an audit of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from factrank.practice.html.strokes import (
    COLOURS,
    INK,
    KEY,
    LINE,
    MINUS,
    PLUS,
    QUERY,
    TONES,
    VALUE,
    abreast,
    canvas,
    colour,
    column_labels,
    frame,
    grid,
    length,
    light,
    page,
    row_labels,
    title,
)

if TYPE_CHECKING:
    from factrank.facts.database import Database
    from factrank.rank.algebra.terms import Number, Term


AXIS = {"K": 0, "Q": 1, "V": 2}


def draw_slices(database: Database) -> Axes:
    """D as one grid ``M_q = D[:, q, :]`` per query: rows keys, columns values, a square a fact.

    >>> from factrank.facts.database import Database
    >>> ax = draw_slices(Database.from_triples([("Ann", "likes", "tea")]))
    >>> [text.get_text() for text in ax.texts]
    ['likes', 'tea', 'Ann']
    """
    n_keys, n_queries, n_values = database.shape
    ax = canvas(n_queries * (n_values + 1.2) - 1.2, n_keys)
    for q, name in enumerate(database.queries):
        left = q * (n_values + 1.2)
        cells = {(k, v): (colour(q), "1") for k, p, v in database.facts if p == q}
        grid(ax, left, 0, (n_keys, n_values), cells)
        title(ax, left, n_values, name, QUERY)
        column_labels(ax, left, n_keys, database.values, VALUE)
    row_labels(ax, 0, database.keys, KEY)
    return frame(ax, n_queries * (n_values + 1.2) - 1.2, n_keys)


def draw_unfoldings(database: Database) -> Axes:
    """The three unfoldings of D, one below the other; a square keeps the colour of its query."""
    pairs = ([n for m, n in zip(AXIS, database.shape, strict=True) if m != mode] for mode in AXIS)
    width = max(first * (second + 0.5) - 0.5 for first, second in pairs)
    deep = [length(database.labels(second)) + 1.6 for second in "VVQ"]  # names, and a title below
    height = sum(database.shape) + sum(deep[:2])
    ax = canvas(width, height)
    top = 0.0
    for mode, gap in zip(AXIS, deep, strict=True):
        _draw_unfolding(ax, database, mode, top)
        top += len(database.labels(mode)) + gap
    return frame(ax, width, height)


def draw_terms(terms: Sequence[Any], database: Database) -> Axes:
    """A decomposition as an equation: one column per term, one row of grids per query, then D.

    What a phone cannot show side by side goes on below. A term is any object with dictionaries
    ``a``, ``b``, ``c`` (index -> number over keys, queries, values); cell (k, q, v) shows
    ``a[k] b[q] c[v]`` with its sign.
    """
    n_keys, n_queries, n_values = database.shape
    wide, tall = n_values + 1.1, n_keys + 1.0
    beside, below = length(database.keys) + 1.5, length(database.values)
    across, high = abreast(len(terms) + 1, wide, beside), n_queries * tall - 1
    drop = high + below + 2.0
    height = drop * (len(terms) // across) + high
    ax = canvas(across * wide, height)
    aside: dict[str, Any] = {
        "rotation": 90, "ha": "right", "va": "center", "size": 10, "color": QUERY,
    }  # fmt: skip
    for t, term in enumerate([*terms, None]):
        left, top = t % across * wide, t // across * drop
        name = "D" if term is None else f"term {t + 1}"
        title(ax, left, n_values, name, INK, top=top)
        for q in range(n_queries):
            facts = {(k, v): 1 for k, p, v in database.facts if p == q}
            numbers = facts if term is None else _slice_of(term, q)
            cells = {at: _signed(x) for at, x in numbers.items() if x}
            grid(ax, left, top + q * tall, (n_keys, n_values), cells)
        sign = "" if t == len(terms) else "=" if t == len(terms) - 1 else "+"
        middle: dict[str, Any] = {"ha": "center", "va": "center", "size": 13, "color": INK}
        ax.text(left + wide - 0.55, top + high / 2, sign, **middle)
        column_labels(ax, left, top + high, database.values, VALUE)
        if left:
            continue
        for q, name in enumerate(database.queries):
            row_labels(ax, top + q * tall, database.keys, KEY)
            ax.text(1 - beside, top + q * tall + n_keys / 2, name, **aside)
    return frame(ax, across * wide, height)


def draw_table(database: Database) -> Axes:
    """A whole table at once: one row per key, one column per value, a tick per fact.

    The columns are grouped by the query that first uses the value and named below the group;
    every tenth key is named.
    """
    home: dict[int, int] = {}
    for _, q, v in sorted(database.facts, key=lambda fact: fact[1]):
        home.setdefault(v, q)
    place = {v: i for i, v in enumerate(sorted(home, key=lambda v: (home[v], v)))}
    ax = page(6.2, 5.0)
    for q, name in enumerate(database.queries):
        facts = [(place[v], k) for k, p, v in database.facts if p == q]
        xs, ys = [x for x, _ in facts], [y for _, y in facts]
        ax.scatter(xs, ys, s=7, marker="s", color=colour(q), linewidths=0)
        if columns := sorted(place[v] for v in home if home[v] == q):
            middle = (columns[0] + columns[-1]) / 2
            ax.text(
                middle, len(database.keys) + 2, name, rotation=90, ha="center", va="top", size=9,
                color=QUERY,
            )  # fmt: skip
            ax.axvline(columns[-1] + 0.5, color=LINE, linewidth=0.5)
    ax.set(xlim=(-0.5, len(place) - 0.5), ylim=(len(database.keys) - 0.5, -0.5), xticks=[])
    ax.set_yticks(range(0, len(database.keys), 10), database.keys[::10], size=9, color=KEY)
    return ax


def draw_coverage(strips: Mapping[str, Sequence[int]], *, keys: str = "keys") -> Axes:
    """One strip a relation, one cell a key: the number of its values, 0, 1 or more.

    >>> ax = draw_coverage({"capital": [1, 0, 2]})
    >>> len(ax.containers), [text.get_text() for text in ax.get_yticklabels()]
    (2, ['capital'])
    """
    width = max(map(len, strips.values()))
    ax = page(6.6, 0.3 * len(strips) + 0.9)
    for shade, several in ((PLUS, False), (MINUS, True)):
        places = [
            (x, y)
            for y, counts in enumerate(strips.values())
            for x, n in enumerate(counts)
            if n and (n > 1) == several
        ]
        name = "one value" if shade == PLUS else "several"
        ax.barh([y for _, y in places], 1, left=[x for x, _ in places], height=0.72, color=shade,
                label=name, linewidth=0)  # fmt: skip
    ax.set_yticks(range(len(strips)), list(strips), size=10)
    ax.set(xlim=(0, width), ylim=(len(strips) - 0.4, -0.6), xlabel=f"{keys}, in the file's order")
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    ax.spines[:].set_color(LINE)
    return ax


def draw_weights(tables: Mapping[str, Mapping[str, tuple[int, int]]]) -> Axes:
    """Some sizes of some tables side by side; a size is (at least, at most).

    >>> ax = draw_weights({"before": {"facts": (9, 9), "rank": (4, 5)}})
    >>> [text.get_text() for text in ax.texts]
    ['9', '4 to 5']
    """
    names = list(next(iter(tables.values())))
    ax = page(6.2, 0.3 * len(names) * len(tables) + 1.0)
    step = 0.8 / len(tables)
    for n, ((table, sizes), shade) in enumerate(zip(tables.items(), COLOURS, strict=False)):
        y = [i + (n - (len(tables) - 1) / 2) * step for i in range(len(names))]
        low = [sizes[name][0] for name in names]
        high = [sizes[name][1] for name in names]
        ax.barh(y, low, height=0.9 * step, color=shade, label=table)
        gap = [b - a for a, b in zip(low, high, strict=True)]
        ax.barh(y, gap, left=low, height=0.9 * step, color=shade, alpha=0.35)
        for at, a, b in zip(y, low, high, strict=True):
            told = str(a) if a == b else f"{a} to {b}"
            ax.annotate(told, (b, at), (4, 0), textcoords="offset points", va="center", size=9,
                        color=INK)  # fmt: skip
    ax.set_yticks(range(len(names)), names, size=10)
    ax.set(ylim=(len(names) - 0.45, -0.55), xlim=(0, None))
    ax.margins(x=0.12)
    ax.legend(frameon=False, fontsize=9, ncols=2, loc="lower right", bbox_to_anchor=(1, 1))
    return light(ax)


# ---- parts of one picture


def _draw_unfolding(ax: Axes, database: Database, mode: str, top: float) -> None:
    """One unfolding: the columns of one pair's first index stand together, under its name."""
    first, second = (m for m in AXIS if m != mode)
    n_rows, n_columns = len(database.labels(mode)), len(database.labels(second))
    group = n_columns + 0.5
    for g, name in enumerate(database.labels(first)):
        cells = {
            (fact[AXIS[mode]], fact[AXIS[second]]): (colour(fact[1]), "1")
            for fact in database.facts
            if fact[AXIS[first]] == g
        }
        grid(ax, g * group, top, (n_rows, n_columns), cells)
        style: dict[str, Any] = {"ha": "center", "va": "bottom", "size": 9, "color": TONES[first]}
        ax.text(g * group + n_columns / 2, top - 0.25, name, **style)
        column_labels(ax, g * group, top + n_rows, database.labels(second), TONES[second])
    row_labels(ax, top, database.labels(mode), TONES[mode])
    name = f"$D_{{({mode})}}$"
    ax.text(-0.3, top - 0.25, name, ha="right", va="bottom", size=10.5, color=INK)


def _slice_of(term: Term, q: int) -> dict[tuple[int, int], Number]:
    """The numbers a[k] b[q] c[v] of one term in slice q."""
    b = term.b.get(q, 0)
    return {(k, v): x * b * y for k, x in term.a.items() for v, y in term.c.items()}


def _signed(number: Number) -> tuple[str, str]:
    text = "+" if number == 1 else "\u2212" if number == -1 else str(number)
    return (PLUS if number > 0 else MINUS), text
