"""Vectors of others are run where their folder is; elsewhere their tests do not exist."""

from tests.probes.eip712 import foreign

collect_ignore = [] if foreign.files() else ["test_foreign_vectors.py"]
