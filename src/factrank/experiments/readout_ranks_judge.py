"""The criteria of readout-ranks, as they were written before its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factrank.experiments.sweeps import Judgement

if TYPE_CHECKING:
    from pandas import DataFrame

MOST = 0.95


def judge(frame: DataFrame) -> list[Judgement]:
    """A2 and S1, S3, S4 on trained layers, and the ranks of D and L together."""
    verdicts = [_width(frame)]
    entropy = frame[frame["loss"] == "cross-entropy"]
    recalled = entropy[entropy["recalled"] == 1]
    if len(recalled):
        verdicts += [_argmax(recalled), _softmax(recalled), _restored(recalled), _high(recalled)]
    fitted = frame[(frame["loss"] == "least squares") & (frame["relative_error"] < 0.05)]
    if len(fitted):
        verdicts.append(_together(fitted))
    return verdicts


def _of(rows: int, all_rows: int) -> str:
    return f"{rows} of {all_rows}"


def _width(frame: DataFrame) -> Judgement:
    """A2, which is proved: a numerical rank above it would be an error of ours."""
    good = int((frame["L_V_6"] <= frame["width"]).sum())
    return Judgement(
        "the value unfolding of L has rank at most the total width, in every layer",
        _of(good, len(frame)),
        good == len(frame),
    )


def _argmax(rows: DataFrame) -> Judgement:
    """S1: recall without rank. Then argmax has the rank of D again on the database's pairs."""
    narrow = rows[rows["L_V_6"] < rows["D_V"]]
    return Judgement(
        "cross-entropy: some layers recall every fact with rank L_(V) below rank D_(V)",
        _of(len(narrow), len(rows)),
        len(narrow) > 0,
    )


def _softmax(rows: DataFrame) -> Judgement:
    """S3: softmax of a low rank is full, up to what a tolerance sees."""
    low = rows[rows["L_V_6"] < rows["values"]]
    full = int((low["softmax_V_6"] == low["values"]).sum())
    return Judgement(
        "where L_(V) is of less than full rank, that of softmax(L) is full at tolerance 1e-6 in "
        "95% of the layers",
        _of(full, len(low)),
        len(low) > 0 and full >= MOST * len(low),
    )


def _restored(rows: DataFrame) -> Judgement:
    """S4: held facts give the value unfolding its rank back, with no tolerance to choose."""
    held = rows[rows["held_90"] == 1]
    good = int((held["P90_V_2"] >= held["D_V"]).sum())
    return Judgement(
        "where every fact is held at 0.9, softmax_{>=0.9}(L) has at least the rank of D_(V)",
        _of(good, len(held)),
        len(held) > 0 and good == len(held),
    )


def _high(rows: DataFrame) -> Judgement:
    """The same for the other two unfoldings, where S4 promises less."""
    held = rows[rows["held_90"] == 1]
    same = (held["P90_K_2"] >= held["D_K"]) & (held["P90_Q_2"] >= held["D_Q"])
    return Judgement(
        "and at least the ranks of D_(K) and D_(Q), at tolerance 1e-2, in 95% of the layers",
        _of(int(same.sum()), len(held)),
        len(held) > 0 and same.mean() >= MOST,
    )


def _together(rows: DataFrame) -> Judgement:
    """Where L is D, their ranks go together."""
    same = int((rows["L_V_2"] == rows["D_V"]).sum())
    return Judgement(
        "least squares that fits: the unfolding ranks of L and D agree in the value mode at "
        "tolerance 1e-2, in 95% of the layers",
        _of(same, len(rows)),
        same >= MOST * len(rows),
    )
