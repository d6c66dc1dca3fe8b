import pytest

from fixtures.clients.cluster import Cluster
from fixtures.clients.http import HttpClient
from fixtures.clients.outcomes import ClientError
from fixtures.clients.recording import NullRecorder
from tests.clients.stub import stub

APPS, CORE = "/apis/apps/v1/namespaces/money", "/api/v1/namespaces/money"
DEPLOYMENT = {"metadata": {"name": "nctool", "uid": "1"}, "spec": {}}


def owned(name, uid):
    return {"metadata": {"name": name, "ownerReferences": [{"uid": uid}]}}


def items(*found, **metadata):
    return {"items": list(found), "metadata": metadata}


def pages(path, _):
    if "continue=more" in path:
        return (200, {}, items({"metadata": {"name": "b"}}))
    return (200, {}, items({"metadata": {"name": "a"}}, **{"continue": "more"}))


@pytest.fixture
def api():
    routes = {
        f"{APPS}/deployments/nctool": DEPLOYMENT,
        f"{APPS}/replicasets": items(owned("new", "1"), owned("another's", "2")),
        f"{CORE}/pods": pages,
        f"{CORE}/pods/a/log": (200, {"Content-Type": "text/plain"}, b"one\ntwo\n"),
        f"{CORE}/pods/a/proxy/health": {"status": "healthy"},
        f"{CORE}/pods/a/proxy/api/flags": {"enabled": []},
    }
    with stub(routes) as server:
        yield server


@pytest.fixture
def cluster(api):
    return Cluster(HttpClient(api.url, NullRecorder()), "money", "nctool")


def test_the_deployment_and_its_own_replica_sets_are_read(cluster):
    assert cluster.read_deployment() == DEPLOYMENT
    assert [each["metadata"]["name"] for each in cluster.replica_sets()] == ["new"]


def test_all_pages_of_the_labelled_pods_are_read(cluster, api):
    assert [each["metadata"]["name"] for each in cluster.pods()] == ["a", "b"]
    assert all("labelSelector=app%3Dnctool" in path for _, path, *_ in api.requests)


def test_the_last_lines_of_a_log_are_asked_for(cluster, api):
    assert cluster.log("a", tail=100) == ["one", "two"]
    assert "tailLines=100" in api.requests[-1][1]
    cluster.log("a")
    assert "tailLines" not in api.requests[-1][1]


def test_a_pod_is_asked_through_the_api_server(cluster):
    assert cluster.ask("a", "/health").json() == {"status": "healthy"}
    assert cluster.ask("gone", "/health").status == 404


def test_a_pod_is_reached_by_whatever_client_wants_its_http(cluster, api):
    reply = cluster.through("a").post("/api/flags", json={"npubs": []}, reads=True)
    assert reply.json() == {"enabled": []}
    assert api.requests[-1][:2] == ("POST", f"{CORE}/pods/a/proxy/api/flags")
    assert cluster.http.base_url == api.url


def test_what_is_not_there_is_no_empty_answer(cluster):
    with pytest.raises(ClientError, match="the log of gone"):
        cluster.log("gone")
    with pytest.raises(ClientError, match="the deployment other"):
        Cluster(cluster.http, "money", "other").read_deployment()


def test_a_list_without_end_is_an_error():
    endless = items({"metadata": {"name": "a"}}, **{"continue": "more"})
    with stub({f"{CORE}/pods": endless}) as server:
        cluster = Cluster(HttpClient(server.url, NullRecorder()), "money", "nctool")
        with pytest.raises(ClientError, match="more than 20 pages"):
            cluster.pods()
