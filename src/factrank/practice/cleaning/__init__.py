"""From decisions to a clean table, with the way back."""
