"""A cluster whose pods are small HTTP servers in threads, and its API over TLS."""

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import trustme

from fixtures.reference.nctool.cluster import Cluster, Workload, make_app
from fixtures.reference.serving import Servers

TOKEN = "a-token-of-the-cluster"
OLD, NEW = "registry.test/app@sha256:" + "a" * 64, "registry.test/app@sha256:" + "b" * 64


def template(image, period=1):
    return {
        "metadata": {"labels": {"app": "app"}},
        "spec": {
            "containers": [
                {
                    "name": "app",
                    "image": image,
                    "readinessProbe": {
                        "httpGet": {"path": "/ready", "port": 80},
                        "periodSeconds": period,
                    },
                    "livenessProbe": {"httpGet": {"path": "/live", "port": 80}},
                }
            ]
        },
    }


def manifest(image=NEW, replicas=2, **spec):
    return {
        "metadata": {"name": "app", "labels": {"app": "app"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "app"}},
            "template": template(image),
            **spec,
        },
    }


@dataclass
class Served:
    """A process that is a thread. It says by path what it was told to say."""

    name: str
    log_path: Path
    answers: dict = field(default_factory=dict)
    ended: int | None = None

    def __post_init__(self):
        process = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(process.answers.get(self.path.partition("?")[0], 404))
                self.end_headers()
                self.wfile.write(process.name.encode())

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self):
        self.kill(0)

    def kill(self, code=-9):
        if self.ended is None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self.ended = code


@contextmanager
def cluster(folder, applied=None, past=(), answers=None):
    """A cluster with one deployment, and a client of its API."""
    started = []

    def start(name, template, node):
        log = folder / f"{name}.log"
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{template.image} starts on {node}\n")
        said = {"/ready": 200, "/live": 200} if answers is None else answers(name, template)
        process = Served(name, log, said)
        started.append(process)
        return process

    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    ca = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with Servers("the cluster's API") as servers, Cluster() as running:
        at = datetime.now(UTC) - timedelta(days=8)
        earlier = tuple((at - timedelta(days=30), template(image)) for image in past)
        running.apply(Workload("apps", applied or manifest(), start, applied_at=at, past=earlier))
        running.settle(10)
        url = f"https://127.0.0.1:{servers.serve(make_app(running, TOKEN), tls=context)}"
        trusted = ssl.create_default_context(cafile=str(ca))
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx.Client(base_url=url, verify=trusted, headers=headers) as client:
            client.ca = ca
            client.started = started
            yield client
        for process in started:
            process.kill()
