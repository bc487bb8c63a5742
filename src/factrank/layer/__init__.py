"""What can store a database? One attention layer, its tensor L of logits, facts as weights."""
