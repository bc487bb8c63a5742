"""The book's pictures: ``draw_*(data, ax) -> ax``, and no computation.

Every function draws what it is given into one matplotlib ``Axes`` and returns it; without ``ax``
it opens a figure of a fitting size. A cell of a tensor is a unit square, so one picture keeps one
scale. Colours follow those of Okabe and Ito (told apart by colour-blind readers), darkened until
text in them reads on white; and no meaning hangs on colour alone: cells carry their sign, groups
carry their name. The background is a white card, because a page may be dark.

Source: [ours]. Needs matplotlib (extra ``book``).
"""

from factrank.plotting.bounds import draw_intervals, draw_ladder, draw_scale, draw_substituted
from factrank.plotting.experiments import draw_seeds, draw_shares
from factrank.plotting.tensors import (
    draw_slices,
    draw_story,
    draw_table,
    draw_terms,
    draw_unfoldings,
)

__all__ = [
    "draw_intervals",
    "draw_ladder",
    "draw_scale",
    "draw_seeds",
    "draw_shares",
    "draw_slices",
    "draw_story",
    "draw_substituted",
    "draw_table",
    "draw_terms",
    "draw_unfoldings",
]
