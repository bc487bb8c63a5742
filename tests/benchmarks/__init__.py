"""Speed and memory, measured on request (`make bench`); never part of the tests."""
