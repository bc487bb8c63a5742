"""What a layer recalls, as a page."""
