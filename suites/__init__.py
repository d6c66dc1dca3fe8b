"""The checks, one folder per system and one file per topic."""
