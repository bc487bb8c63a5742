"""Experiments by name, run on any executor, and their record."""
