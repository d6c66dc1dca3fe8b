import contextlib
import socket

import dns.message
import dns.query
import dns.rcode
import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import resolvers

RECORDS = {
    "metaaggregator.test": ["127.0.0.1"],
    "api.metaaggregator.test": ["127.0.0.1", "127.0.0.2"],
}


@contextlib.contextmanager
def running(defects=NONE):
    servers = resolvers.start(RECORDS, defects)
    try:
        yield servers
    finally:
        servers.close()


def ask(address, name, kind="A", over=dns.query.udp):
    host, port = address.split(":")
    return over(dns.message.make_query(name, kind), host, port=int(port), timeout=5)


def addresses(reply):
    return sorted(item.address for rrset in reply.answer for item in rrset)


@pytest.mark.parametrize("over", [dns.query.udp, dns.query.tcp], ids=["udp", "tcp"])
def test_both_resolvers_agree(over):
    with running() as servers:
        assert len(set(servers.addresses)) == 2
        for address in servers.addresses:
            reply = ask(address, "api.metaaggregator.test", over=over)
            assert addresses(reply) == ["127.0.0.1", "127.0.0.2"]


def test_names_are_case_insensitive():
    with running() as servers:
        assert addresses(ask(servers.addresses[0], "API.MetaAggregator.test"))


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("nothing.metaaggregator.test", "A", dns.rcode.NXDOMAIN),
        ("api.metaaggregator.test", "AAAA", dns.rcode.NOERROR),
        ("example.org", "A", dns.rcode.REFUSED),
    ],
)
def test_what_is_not_known_is_answered_honestly(name, kind, code):
    with running() as servers:
        reply = ask(servers.addresses[0], name, kind)
        assert (reply.rcode(), addresses(reply)) == (code, [])


def test_nonsense_is_ignored_and_the_next_query_answered():
    with running() as servers:
        host, port = servers.addresses[0].split(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
            raw.sendto(b"\xff\x00nonsense", (host, int(port)))
        assert addresses(ask(servers.addresses[0], "metaaggregator.test")) == ["127.0.0.1"]


def test_a_record_that_is_no_address_is_refused():
    with pytest.raises(ValueError, match="not an IPv4 address"):
        resolvers.start({"metaaggregator.test": ["nowhere"]}, NONE)


def test_fault_leaves_the_old_address_in_one_resolver():
    with running(Defects.for_items(["MA-DEP-04"])) as servers:
        found = [addresses(ask(a, "api.metaaggregator.test")) for a in servers.addresses]
        assert found == [["127.0.0.1", "127.0.0.2"], [resolvers.RETIRED_BALANCER]]
        assert addresses(ask(servers.addresses[1], "metaaggregator.test")) == ["127.0.0.1"]
