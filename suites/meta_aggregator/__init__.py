"""Checks of Meta Aggregator 2.0."""
