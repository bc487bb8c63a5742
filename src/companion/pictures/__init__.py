"""The book's pictures: ``draw_*(data) -> ax``, and no computation.

Every function draws what it is given into one matplotlib ``Axes``, of a figure of a fitting size,
and returns it. A cell of a tensor is a unit square, so one picture keeps one
scale. Colours follow those of Okabe and Ito (told apart by colour-blind readers), darkened until
text in them reads on white; and no meaning hangs on colour alone: cells carry their sign, groups
carry their name. The background is a white card, because a page may be dark.

Source: [ours]. Needs matplotlib (extra ``book``).
"""

from factrank.face import face
from factrank.practice.html.strokes import draw_splits as draw_splits

_DRAWN = {
    "bounds": "intervals ladder scale substituted",
    "capacity": "density filled kept parameters recall",
    "compiled": "counts exchange norm numbers side_effects",
    "layer": "layer patterns spectra tightness votes",
    "predictors": "against predictors",
    "structure": "cycles growth runaway waves",
    "tensors": "coverage slices table terms unfoldings weights",
    "trained": "least panels parts ranks rates seeds shares",
    "votes": "margins strips taken",
}
_HOME = {f"draw_{name}": home for home, names in _DRAWN.items() for name in names.split()}
__getattr__ = face(__name__, _HOME | {"Rate": "trained"})
