"""What is looked for in a whole token store, without a check holding all of it."""

from itertools import islice

from fixtures.probes.melt_operations import assembled
from suites.nctool.before import TOKENS
from suites.nctool.purse import OPERATIONS

_AT_ONCE = 500
_STORED = [{"$unwind": "$proofs"}]
_PER_SECRET = {
    "_id": "$proofs.secret",
    "stored": {"$sum": 1},
    "unspent": {"$sum": {"$cond": [{"$eq": ["$status", "unspent"]}, 1, 0]}},
}
_TWICE = {"unspent": {"$gt": 0}, "stored": {"$gt": 1}}


def proofs_stored(store):
    """How many proofs the tokens of a store hold."""
    found = store.aggregate(TOKENS, [*_STORED, {"$group": {"_id": None, "n": {"$sum": 1}}}])
    return found[0]["n"] if found else 0


def counted_twice(store):
    """What is wrong with secrets that are stored more than once, and once of it as unspent.

    The server looks for them. Of a secret only the beginning is told.
    """
    found = store.aggregate(TOKENS, [*_STORED, {"$group": _PER_SECRET}, {"$match": _TWICE}])
    return [f"{str(one['_id'])[:8]}… is stored {one['stored']} times" for one in found]


def melts(store):
    """Each melt on record with the tokens that it took and made, some read at a time."""
    operations = store.stream(OPERATIONS)
    while part := list(islice(operations, _AT_ONCE)):
        inputs = [number for one in part for number in one.get("inputs") or ()]
        names = [str(one["transaction_id"]) for one in part]
        of_them = [{"_id": {"$in": inputs}}, {"transaction_id": {"$in": names}}]
        yield from assembled(part, store.find(TOKENS, {"$or": of_them}))
