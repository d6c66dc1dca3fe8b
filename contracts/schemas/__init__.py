"""Schemas of every file that Gatehouse reads or writes, and the checker that applies them.

The checker covers a subset of JSON Schema 2020-12 in the standard library: importing the
`jsonschema` package costs over 100 ms, more than a smoke run may spend before its first request.
`tests/contracts/test_schemas.py` compares both on generated documents. A keyword outside the subset
raises `SchemaError`, so nothing is silently left unchecked.
"""

from contracts.schemas.checker import Problem, SchemaError, problems, spell
from contracts.schemas.documents import Undocumented, load, schema_of
from contracts.schemas.mistakes import Invalid, Mistake

__all__ = [
    "Invalid",
    "Mistake",
    "Problem",
    "SchemaError",
    "Undocumented",
    "load",
    "problems",
    "schema_of",
    "spell",
]
