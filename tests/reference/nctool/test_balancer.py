import socketserver
import threading

import pytest

from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from fixtures.reference.nctool.balancer import Balancer


class Named(socketserver.StreamRequestHandler):
    """Says its server's name and closes the connection."""

    def handle(self):
        self.rfile.readline()
        body = self.server.name.encode()
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.fixture
def named():
    """Starts servers that say their names; returns their addresses."""
    running = []

    def start(name):
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Named)
        server.name = name
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server.server_address

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def asked(balancer):
    client = HttpClient(balancer.url, NullRecorder(), deadline_s=5)
    try:
        return client.get("/").text
    finally:
        client.close()


def test_connections_go_to_the_pods_in_turn(named):
    pods = [named("one"), named("two")]
    with Balancer(lambda: pods) as balancer:
        assert {asked(balancer) for _ in range(4)} == {"one", "two"}


def test_a_pod_that_refuses_is_passed_over(named):
    pods = [("127.0.0.1", 1), named("two")]
    with Balancer(lambda: pods) as balancer:
        assert [asked(balancer) for _ in range(3)] == ["two"] * 3


def test_without_a_pod_the_connection_is_closed():
    with Balancer(list) as balancer, pytest.raises(ClientError):
        asked(balancer)
