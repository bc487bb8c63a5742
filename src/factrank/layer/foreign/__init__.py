"""Attention layers that others trained, in the terms of this package."""
