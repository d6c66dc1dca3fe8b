from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from fixtures.reference.mongodb.server import MongoServer


@pytest.fixture(scope="session")
def server() -> Iterator[MongoServer]:
    with MongoServer() as running:
        yield running


@pytest.fixture(scope="session")
def client(server: MongoServer) -> Iterator[MongoClient[Any]]:
    with MongoClient(server.url, serverSelectionTimeoutMS=10_000) as connected:
        yield connected


@pytest.fixture
def database(client: MongoClient[Any]) -> Iterator[Database[Any]]:
    name = f"d{uuid.uuid4().hex}"
    yield client[name]
    client.drop_database(name)


@pytest.fixture
def tokens(database: Database[Any]) -> Collection[Any]:
    return database.tokens
