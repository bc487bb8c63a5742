"""Practice: what should I do with my facts?"""
