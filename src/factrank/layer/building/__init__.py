"""From facts to weights, without training."""
