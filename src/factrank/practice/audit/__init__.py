"""The audit: what a table holds, how large it is, what its relations cost."""
