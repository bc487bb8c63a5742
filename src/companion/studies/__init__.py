"""Where do databases and layers meet? Training many layers, experiments by name, their record."""
