"""How large is a database, with proof? Standard library and python-flint only at import time."""
