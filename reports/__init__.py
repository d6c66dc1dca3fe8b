"""Outcomes become evidence, evidence becomes a verdict, the verdict becomes a page."""
