"""Closed forms C1-C8: shapes whose rank a theorem tells."""
