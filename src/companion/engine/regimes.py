"""How the two regimes of training are told: a letter in the tables, a word to the reader."""

REGIMES = {"F": "frozen", "T": "trained"}
EMBEDDINGS = {letter: f"{word} embeddings" for letter, word in REGIMES.items()}
