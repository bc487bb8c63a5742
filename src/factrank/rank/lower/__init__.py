"""Lower bounds P1-P9: each with the data that proves it."""
