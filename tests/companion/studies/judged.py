"""What the tests of the judges share: a table that a judge is content with, broken on purpose."""

from __future__ import annotations


def missed_by(judge):
    """The criteria of a table that a judge finds missed."""
    return lambda frame: [verdict.criterion for verdict in judge(frame) if not verdict.met]


def broken(frame, where, change):
    """A copy of the table, changed in the rows that a query or a mask names: there are such."""
    frame = frame.copy()
    rows = frame.query(where).index if isinstance(where, str) else frame.index[where(frame)]
    assert len(rows)
    frame.loc[rows, list(change)] = list(change.values())
    return frame
