"""Lower bounds P1-P11: each with the data that proves it."""
