"""What a release promises, as data, and loaders that use only the standard library."""
