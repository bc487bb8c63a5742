"""Where do databases and layers meet? Of each experiment its grid, its work, its criteria."""
