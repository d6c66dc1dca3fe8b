"""Checks of nctool 2.0."""
