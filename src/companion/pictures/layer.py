"""Pictures of a layer: attention, value paths, L, votes; its rank between a hint and a bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from companion.pictures.trained import lined
from factrank.practice.html.strokes import (
    CELL,
    COLOURS,
    INK,
    KEY,
    LINE,
    MINUS,
    PAPER,
    PHONE,
    PLUS,
    QUERY,
    VALUE,
    canvas,
    frame,
    inside,
    length,
    light,
    name_lines,
    page,
)

SIGNED = LinearSegmentedColormap.from_list("signed", [MINUS, PAPER, PLUS])
TINY = 1e-300  # in place of zero, where one divides
WIDE = 1.7  # a cell that holds a number, in units of its height


def draw_layer(
    A: np.ndarray, X: np.ndarray, Y: np.ndarray, L: np.ndarray,
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> Axes:  # fmt: skip
    """One layer as an equation: ``A^h X^h + (1 - A^h) Y^h`` for each head, and their sum L below.

    ``A`` (H, K, Q), ``X`` (H, K, V), ``Y`` (H, Q, V), ``L`` (K, Q, V); ``names`` are the labels of
    keys, queries and values. Every cell carries its number; a dot multiplies cell by cell.
    """
    keys, queries, values = names
    tall = max(len(keys), len(queries)) + max(length(queries), length(values)) + 1.4
    x_left = WIDE * len(queries) + 1.2
    x_right = x_left + WIDE * len(values)
    y_left = x_right + 5.2 + length(queries)
    y_right = y_left + WIDE * len(values)
    step, sums = WIDE * len(values) + 1.2, tall * len(A)  # the slices of L, and their top
    width, height = max(y_right, step * len(queries) - 1.2), sums + len(keys) + length(values)
    ax = canvas(width + length(keys) + 2.0, height + 1.6)
    of_heads = (KEY, QUERY, INK), (KEY, VALUE, INK), (QUERY, VALUE, INK)
    for h in range(len(A)):
        top, middle = h * tall, h * tall + len(keys) / 2
        down = top + (len(keys) - len(queries)) / 2
        grids = [(f"${letter}^{h + 1}$", it) for letter, it in zip("AXY", of_heads, strict=True)]
        _numbers(ax, 0, top, A[h], *grids[0], columns=queries, rows=keys, largest=1)
        _numbers(ax, x_left, top, X[h], *grids[1], columns=values)
        _numbers(ax, y_left, down, Y[h], *grids[2], columns=values, rows=queries)
        _sign(ax, x_left - 0.6, middle, r"$\cdot$")
        _sign(ax, x_right + 2.9, middle, rf"$+\ (1 - A^{h + 1})\ \cdot$")
        if h:
            _sign(ax, -length(keys) - 0.6, middle, "+")
    _sign(ax, -length(keys) - 0.6, sums + len(keys) / 2, "=")
    for q, name in enumerate(queries):
        rows, tones = keys if q == 0 else (), (KEY, VALUE, QUERY)
        title = f"$L$: {name}"
        _numbers(ax, q * step, sums, L[:, q], title, tones, columns=values, rows=rows)
    ax.set(xlim=(-length(keys) - 1.4, width + 0.4), ylim=(height + 0.1, -1.5), aspect="equal")
    ax.set_axis_off()
    return ax


def draw_votes(
    votes: np.ndarray, voters: Sequence[str], values: Sequence[str], total: np.ndarray
) -> Axes:
    """The votes (voter, value) on the answer to one question, and their ``total`` below a line.

    >>> import numpy as np
    >>> ax = draw_votes(np.array([[2.0], [-0.5]]), ["key", "query"], ["tea"], np.array([1.5]))
    >>> [text.get_text() for text in ax.texts]
    ['2', '−1/2', 'key', 'query', '3/2', 'sum', 'tea']
    """
    n, wide = votes.shape
    left, bottom = length([*voters, "sum"]), n + 0.5
    ax = canvas(left + WIDE * wide + 0.8, n + 1.9 + length(values))
    largest = max(np.abs(votes).max(), np.abs(total).max())
    _numbers(ax, 0, 0, votes, rows=voters, largest=largest)
    tones = INK, VALUE, INK
    _numbers(ax, 0, bottom, total[None], "", tones, rows=["sum"], columns=values, largest=largest)
    ax.hlines([n + 0.25], -left, WIDE * wide, color=INK, linewidth=0.8)
    ax.set(xlim=(-left - 0.4, WIDE * wide + 0.4), aspect="equal")
    ax.set_ylim(bottom + 1 + length(values), -0.2)
    ax.set_axis_off()
    return ax


def draw_patterns(patterns: Mapping[str, np.ndarray]) -> Axes:
    """Attention patterns (K, Q) side by side, white for 0 and full colour for 1.

    Cells without a number are as small as a phone needs them.

    >>> import numpy as np
    >>> ax = draw_patterns({"half": np.full((2, 3), 0.5)})
    >>> ax.images[0].get_array().tolist()
    [[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]]
    """
    tall = max(len(A) for A in patterns.values())
    width = sum(A.shape[1] + 1.5 for A in patterns.values()) - 1.5
    cell = min(CELL, (PHONE - 2) * CELL / width)
    room = 0.35 / cell  # for a line of letters
    ax = page((width + 0.2 + room) * cell, (tall + 2 * room) * cell, full=True)
    left = 0.0
    for name, A in patterns.items():
        _shade(ax, left, 0, A, 1.0, wide=1.0)
        middle = left + A.shape[1] / 2
        ax.text(middle, -0.3, name, ha="center", va="bottom", size=11, color=INK)
        ax.text(middle, tall + 0.3, "queries", ha="center", va="top", size=10, color=QUERY)
        left += A.shape[1] + 1.5
    ax.text(-0.3, tall / 2, "keys", rotation=90, ha="right", va="center", size=10, color=KEY)
    frame(ax, width, tall)
    ax.set(xlim=(-room, width + 0.2), ylim=(tall + room, -room))
    return ax


def draw_spectra(lines: Mapping[str, Sequence[float]]) -> Axes:
    """Singular values in falling order, on a logarithmic axis: one line for each matrix."""
    falling = {name: [*enumerate(sigma, 1)] for name, sigma in lines.items()}
    ax = lined(falling, 3.2, linewidth=1.4, markersize=4)
    ax.set(yscale="log", xlabel="number", ylabel="singular value")
    ax.locator_params(axis="x", integer=True)
    name_lines(ax, loc="lower left")
    return light(ax)


def draw_tightness(groups: Mapping[str, Sequence[tuple[int, int]]]) -> Axes:
    """Layers of several designs, a case (hint, bound) a seed: a measured rank under its bound.

    A dot where the two agree; else a bar from the hint up to the bound.

    >>> ax = draw_tightness({"one head": [(3, 3), (3, 4)]})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['one head']
    """
    ax = page(6.2, 0.5 * len(groups) + 1.1)
    for y, cases in enumerate(groups.values()):
        for n, (hint, bound) in enumerate(cases):
            at = y + 0.7 * (n / max(1, len(cases) - 1) - 0.5)
            if hint == bound:
                ax.plot([hint], [at], "o", color=COLOURS[2], markersize=2)
            else:
                ax.plot([hint, bound], [at, at], "-o", color=MINUS, linewidth=0.8, markersize=1.2)
    ax.plot([], [], "o", color=COLOURS[2], markersize=4, label="hint = bound")
    ax.plot([], [], color=MINUS, linewidth=1.4, label="from hint to bound")
    ax.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    ax.set_yticks(range(len(groups)), list(groups), size=9)
    ax.set(ylim=(len(groups) - 0.5, -0.5), xlabel="rank of L")
    ax.set_xlim(left=0)
    ax.locator_params(axis="x", integer=True)
    inside(ax)
    return light(ax)


def _numbers(
    ax: Axes, left: float, top: float, matrix: np.ndarray, title: str = "",
    tones: tuple[str, str, str] = (INK, INK, INK), *, rows: Sequence[str] = (),
    columns: Sequence[str] = (), largest: float | None = None,
) -> None:  # fmt: skip
    """A shaded grid with its numbers, a title above, names at its left and below in their tones.

    Half the colour at ``largest``: a number in ink reads on every shade, by day and by night.
    """
    largest = float(np.abs(matrix).max()) if largest is None else largest
    _shade(ax, left, top, matrix, 2 * largest, wide=WIDE)
    for (i, j), x in np.ndenumerate(matrix):
        at, text = (left + WIDE * (j + 0.5), top + i + 0.5), _number(x)
        size = 9 if len(text) < 5 else 7.5  # long ones would touch the lines
        ax.text(*at, text, ha="center", va="center_baseline", size=size, color=INK)
    if title:
        middle = left + WIDE * matrix.shape[1] / 2
        ax.text(middle, top - 0.3, title, ha="center", va="bottom", size=10.5, color=tones[2])
    for i, name in enumerate(rows):
        ax.text(left - 0.3, top + i + 0.5, name, ha="right", va="center", size=9.5, color=tones[0])
    for j, name in enumerate(columns):
        at = left + WIDE * (j + 0.5), top + len(matrix) + 0.25
        ax.text(*at, name, rotation=90, ha="center", va="top", size=9, color=tones[1])


def _sign(ax: Axes, x: float, y: float, sign: str) -> None:
    ax.text(x, y, sign, ha="center", va="center", size=13, color=INK)


def _shade(
    ax: Axes, left: float, top: float, matrix: np.ndarray, largest: float, *, wide: float
) -> None:
    """The matrix in shades: full colour at ``largest`` and above, white at zero."""
    rows, columns = matrix.shape
    right, bottom = left + wide * columns, top + rows
    room, box = max(largest, TINY), (left, right, bottom, top)
    ax.imshow(matrix, SIGNED, vmin=-room, vmax=room, extent=box, interpolation="nearest")
    ax.vlines([left + wide * j for j in range(columns + 1)], top, bottom, color=LINE, lw=0.6)
    ax.hlines([top + i for i in range(rows + 1)], left, right, color=LINE, lw=0.6)


def _number(x: float) -> str:
    """A number in few letters: a whole one or a fraction with a small denominator as such."""
    near = Fraction(float(x)).limit_denominator(12)
    text = str(near) if abs(near - x) < 1e-9 else f"{x:.2f}"
    return text.replace("-", "\u2212")
