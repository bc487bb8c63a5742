"""Floating point: where a search may start, and what a fit suggests; never a proof."""
