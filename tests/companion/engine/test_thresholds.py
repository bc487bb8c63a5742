"""From which size on all is good, against the sentence that says it."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from companion.engine.thresholds import edge


@given(st.dictionaries(st.integers(1, 30), st.booleans(), min_size=1), st.randoms())
def test_the_edge_is_where_all_that_follows_is_good(good, random):
    order = sorted(good, key=lambda _: random.random())
    fails, works = edge(pd.Series({size: good[size] for size in order}))
    from_on = [size for size in good if all(good[it] for it in good if it >= size)]
    rest = [size for size in good if size not in from_on]
    assert works == min(from_on) if from_on else math.isnan(works)
    assert fails == max(rest) if rest else math.isnan(fails)
