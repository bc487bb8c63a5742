"""Exact algebra that the bounds share: matrices, pencils, matchings, sums of terms."""
