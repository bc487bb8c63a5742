"""From a file to facts: every fault is a sentence with its line."""
