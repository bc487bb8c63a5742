"""Closed forms C4, C6 to C8: shapes whose rank a theorem tells."""
