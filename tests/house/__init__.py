"""Rules of the house that no single module owns."""
