"""The small experiment: one number of parameters, split between two widths."""
