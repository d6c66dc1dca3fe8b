import socket
import ssl
from contextlib import contextmanager

import pytest
from starlette.responses import PlainTextResponse

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import tls
from fixtures.reference.serving import Servers

HOSTS = ("metaaggregator.test", "api.metaaggregator.test", "status.metaaggregator.test")


def handshake(address, ca_file, name):
    host, port = address.split(":")
    context = ssl.create_default_context(cafile=str(ca_file))
    with (
        socket.create_connection((host, int(port)), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=name) as connection,
    ):
        return connection.getpeercert()


@contextmanager
def served(context):
    with Servers("a test") as servers:
        yield f"127.0.0.1:{servers.serve(PlainTextResponse('ok'), tls=context)}"


@pytest.fixture
def edge(tmp_path):
    def start(defects):
        issued = tls.make_contexts(tmp_path, HOSTS, defects)
        return issued, served(issued.context)

    return start


def test_each_host_has_a_certificate_of_its_own(edge):
    issued, server = edge(NONE)
    with server as address:
        for host in HOSTS:
            certificate = handshake(address, issued.ca_file, host)
            assert certificate["subjectAltName"] == (("DNS", host),)


def test_a_name_that_is_not_served_gets_a_certificate_that_does_not_fit(edge):
    issued, server = edge(NONE)
    with server as address, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(address, issued.ca_file, "other.test")


def test_the_authority_is_trusted_by_nobody_else(edge):
    _, server = edge(NONE)
    with server as address, pytest.raises(ssl.SSLCertVerificationError):
        handshake(address, ssl.get_default_verify_paths().cafile, HOSTS[0])


def test_fault_expires_only_the_status_host(edge):
    issued, server = edge(Defects.for_items(["MA-DEP-05"]))
    with server as address:
        assert handshake(address, issued.ca_file, HOSTS[1])
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            handshake(address, issued.ca_file, HOSTS[2])
