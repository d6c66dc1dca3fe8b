"""Gatehouse's own tests."""
