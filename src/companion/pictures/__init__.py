"""The book's pictures: ``draw_*(data, ax) -> ax``, and no computation.

Every function draws what it is given into one matplotlib ``Axes`` and returns it; without ``ax``
it opens a figure of a fitting size. A cell of a tensor is a unit square, so one picture keeps one
scale. Colours follow those of Okabe and Ito (told apart by colour-blind readers), darkened until
text in them reads on white; and no meaning hangs on colour alone: cells carry their sign, groups
carry their name. The background is a white card, because a page may be dark.

Source: [ours]. Needs matplotlib (extra ``book``).
"""

from companion.pictures.bounds import draw_intervals, draw_ladder, draw_scale, draw_substituted
from companion.pictures.capacity import (
    draw_density,
    draw_filled,
    draw_kept,
    draw_parameters,
    draw_recall,
)
from companion.pictures.compiled import (
    draw_counts,
    draw_exchange,
    draw_norm,
    draw_numbers,
    draw_side_effects,
)
from companion.pictures.layer import (
    draw_layer,
    draw_patterns,
    draw_spectra,
    draw_tightness,
    draw_votes,
)
from companion.pictures.predictors import draw_against, draw_predictors
from companion.pictures.structure import draw_cycles, draw_growth, draw_runaway, draw_waves
from companion.pictures.tensors import (
    draw_coverage,
    draw_slices,
    draw_table,
    draw_terms,
    draw_unfoldings,
    draw_weights,
)
from companion.pictures.trained import (
    Rate,
    draw_least,
    draw_panels,
    draw_parts,
    draw_ranks,
    draw_rates,
    draw_seeds,
    draw_shares,
)
from companion.pictures.votes import draw_margins, draw_strips, draw_taken
from factrank.practice.trial.picture import draw_splits

__all__ = [
    "Rate",
    "draw_against",
    "draw_counts",
    "draw_coverage",
    "draw_cycles",
    "draw_density",
    "draw_exchange",
    "draw_filled",
    "draw_growth",
    "draw_intervals",
    "draw_kept",
    "draw_ladder",
    "draw_layer",
    "draw_least",
    "draw_margins",
    "draw_norm",
    "draw_numbers",
    "draw_panels",
    "draw_parameters",
    "draw_parts",
    "draw_patterns",
    "draw_predictors",
    "draw_ranks",
    "draw_rates",
    "draw_recall",
    "draw_runaway",
    "draw_scale",
    "draw_seeds",
    "draw_shares",
    "draw_side_effects",
    "draw_slices",
    "draw_spectra",
    "draw_splits",
    "draw_strips",
    "draw_substituted",
    "draw_table",
    "draw_taken",
    "draw_terms",
    "draw_tightness",
    "draw_unfoldings",
    "draw_votes",
    "draw_waves",
    "draw_weights",
]
