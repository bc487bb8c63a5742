"""Upper bounds U1-U7: each a decomposition that sums to D."""
