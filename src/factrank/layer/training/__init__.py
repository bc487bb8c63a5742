"""From facts to weights, by gradient descent: many layers of one shape at once."""
