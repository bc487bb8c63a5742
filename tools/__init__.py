"""The scripts behind `make`: each module one target's work, none of it needed by the package."""
