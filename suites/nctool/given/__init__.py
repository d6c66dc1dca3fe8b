"""Fixtures of the checks of nctool, by what they are about."""
