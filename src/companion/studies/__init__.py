"""Where do databases and layers meet? Of each experiment its grid, its work, its criteria."""

from factrank.face import face

_HOME = {  # what the chapters use of this room -> where it stands, some by a shorter name
    "KINDS": "databases",
    "budget": "head_budget:",
    "constructed": "constructions:",
    "corrupt": "databases",
    "database": "databases",
    "dataset": "databases",
    "density": "bits_per_parameter:",
    "fit_rank": "forced",
    "held_out": "forced",
    "in_precision": "measure",
    "ladders": "bits_per_parameter:",
    "motif": "additive_motif:",
    "predictors": "recall_predictors:",
    "scale_floor": "softmax_scale",
    "size": "databases",
    "sizes": "constructions:",
    "slopes": "softmax_scale",
    "spheres_scale": "softmax_scale:least_scale",
    "spread": "softmax_scale",
    "tally": "artifacts:",
    "threshold": "rank_threshold:",
    "voting": "additive_motif:",
}
__getattr__ = face(__name__, _HOME)
