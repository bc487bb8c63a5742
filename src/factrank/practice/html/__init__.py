"""What the pages and pictures of this room share."""
