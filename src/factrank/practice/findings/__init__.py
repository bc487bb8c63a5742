"""What is odd about a table of facts: counts, no rank."""
