"""What is a database of facts? Standard library only at import time."""
