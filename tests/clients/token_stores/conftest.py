import uuid

import pytest
from pymongo import MongoClient

from fixtures.clients.token_stores.mongo_collection import MongoCollection
from fixtures.clients.token_stores.mongo_connection import Address
from fixtures.reference.mongodb.health import Health
from fixtures.reference.mongodb.server import MongoServer
from fixtures.reference.mongodb.service import Service


@pytest.fixture(scope="session")
def health():
    return Health()


@pytest.fixture(scope="session")
def server(health):
    with MongoServer(Service(health)) as running:
        yield running


@pytest.fixture(scope="session")
def client(server):
    with MongoClient(server.url, serverSelectionTimeoutMS=10_000) as connected:
        yield connected


@pytest.fixture
def tokens(client):
    """A collection of its own for each test."""
    name = f"d{uuid.uuid4().hex}"
    yield client[name].tokens
    client.drop_database(name)


@pytest.fixture
def source(server, tokens):
    """Gives the collection as a source, planned."""

    def make(part=50, **options):
        address = Address(server.url, **options.pop("address", {}))
        made = MongoCollection(
            address, tokens.database.name, "tokens", part_documents=part, **options
        )
        return made.planned(made.plan())

    return make
