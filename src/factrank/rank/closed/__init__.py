"""Closed forms C1-C7: shapes whose rank a theorem tells."""
