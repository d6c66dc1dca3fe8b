"""Rehearsals of the migration, each on a database of its own that is filled from the dump."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle

from pymongo.errors import PyMongoError

from fixtures.clients.outcomes import ClientError, NotVerified
from suites.nctool.before import TOKENS

UP, DOWN, VALIDATE = "migrate", "migrate_down", "validate_migration"
LOG = "migrationlogs"
SAMPLE = 50
_PLACES = ("{store_url}", "{database}")


@dataclass
class State:
    """All documents of a database, raw and by their identity, and its indexes."""

    documents: dict
    indexes: dict


@dataclass(frozen=True)
class Answered:
    """A statement that the store carried out."""

    status: int


class Rehearsal:
    """A database on which the release's commands may be let loose."""

    def __init__(self, database, url, operations):
        self.database = database
        self.store = database.store
        self._url = url
        self._operations = operations

    def run(self, command, *, pause_ms=0, kill_when=None):
        """Run a command of the profile on this database."""
        _must_take_a_database(self._operations, command)
        return self._operations.run(
            command,
            store_url=self._url,
            database=self.database.name,
            pause_ms=pause_ms,
            kill_when=kill_when,
        )

    def traffic(self):
        """A read and a write of single tokens, in turn of all, for a prober."""
        tokens = self.store.writing()[TOKENS]
        turns = cycle([one["_id"] for one in tokens.find({}, {"_id": 1}).limit(SAMPLE)])

        def asked(ask):
            try:
                ask({"_id": next(turns)})
            except PyMongoError as error:
                raise ClientError(f"the store refused: {error}") from None
            return Answered(200)

        def write(which):
            tokens.update_one(which, {"$set": {"updated_at": datetime.now(UTC)}})

        return {"read": lambda: asked(tokens.find_one), "write": lambda: asked(write)}

    def log(self):
        """The entries of the log of migrations."""
        return self.store.find(LOG)

    def state(self, collections=None):
        """The documents and indexes of these collections, by default of all."""
        names = collections or self.store.collections()
        return State(
            {name: self.database.raw(name) for name in names},
            {name: self.database.described(name) for name in names},
        )


class Rehearsals:
    """Where rehearsals are made. The migration itself is run once for all that begin after it."""

    def __init__(self, server, url, dump, operations):
        self.dump = dump
        self._server = server
        self._url = url
        self._operations = operations
        self._first = None
        self._before = None

    def close(self):
        """Close the connections to the server."""
        self._server.close()

    @contextmanager
    def copy(self):
        """A copy of the store as it was before the migration."""
        with self._server.database() as database:
            database.restore(self.dump)
            yield Rehearsal(database, self._url, self._operations)

    def first(self):
        """The migration of a copy: what the command said, and the state that it left."""
        if self._first is None:
            with self.copy() as rehearsal:
                self._before = rehearsal.state()
                completed = rehearsal.run(UP)
                self._first = completed, rehearsal.state()
        return self._first

    def before(self):
        """The state of that copy before it was migrated."""
        self.first()
        return self._before

    @contextmanager
    def migrated(self):
        """A copy that has been migrated; NotVerified where the migration itself fails."""
        completed, state = self.first()
        if not completed.ok:
            raise NotVerified(f"the migration of a copy failed: {completed.explain()}")
        with self._server.database() as database:
            for name, documents in state.documents.items():
                database.fill(name, documents.values())
                database.build(name, state.indexes[name].values())
            yield Rehearsal(database, self._url, self._operations)


def _must_take_a_database(operations, command):
    """Without places for store and database, a command would work on the live store."""
    declared = operations.commands.get(command)
    text = " ".join([*declared.argv, *declared.env.values()]) if declared else ""
    if declared and not all(place in text for place in _PLACES):
        raise NotVerified(f"the profile's command {command} has no places for {', '.join(_PLACES)}")
