"""The store after its migration against what is known of it from before, document by document."""

from itertools import islice

from fixtures.clients.outcomes import ClientError, Inconclusive
from fixtures.clients.token_stores.model import SourceError
from fixtures.probes.migrated_documents import MARKS
from suites.nctool.before import TOKENS

WALLETS = "cashuwallets"
_AT_ONCE = 500


class Migrated:
    """A database as it is now, and a dump or snapshots of it from before the migration."""

    def __init__(self, before, store, address, deprecated):
        self.before = before
        self.store = store
        self._address = address
        self._deprecated = [name.partition(".")[::2] for name in deprecated]
        self._compared = {}

    def allowed(self, collection):
        """Paths that the migration may add, change or remove in a collection."""
        marks = MARKS if collection == TOKENS else ()
        return (*marks, *(path for name, path in self._deprecated if name == collection))

    def compared(self, collection):
        """What differs in a collection; found out once, as of one moment."""
        # only here: what sums stores up is large, and few checks need it
        from fixtures.clients.token_stores.mongo_collection import MongoCollection

        if collection not in self._compared:
            now = MongoCollection(self._address, self.store.database, collection)
            allowed = self.allowed(collection)
            try:
                self._compared[collection] = self.before.compared(collection, now, allowed)
            except SourceError as error:
                raise ClientError(str(error)) from None
        found = self._compared[collection]
        if self.store.count(collection) < found.documents - len(found.lost) and not found.unnamed:
            raise Inconclusive(f"{collection} lost documents after it was compared")
        return found

    def pairs(self, collection):
        """Each document of before with what it is now, or None where it is gone; some at a time."""
        before = iter(self.before.documents(collection))
        while part := list(islice(before, _AT_ONCE)):
            wanted = {"_id": {"$in": [one["_id"] for one in part]}}
            now = {one["_id"]: one for one in self.store.find(collection, wanted)}
            yield from ((one, now.get(one["_id"])) for one in part)
