"""The emulated cluster behaves as clients of Kubernetes rely on: reads, rollouts, endings."""

import json
import os
import shutil
import subprocess
import threading
from datetime import datetime, timedelta
from functools import partial

import pytest

from tests.reference.nctool.cluster_rig import NEW, OLD, TOKEN, cluster, manifest, template

APPS = "/apis/apps/v1/namespaces/apps"
PODS = "/api/v1/namespaces/apps/pods"
POLLS, TRIES = 0.05, 200


def until(condition):
    for _ in range(TRIES):
        if found := condition():
            return found
        threading.Event().wait(POLLS)
    raise AssertionError("it never came to that")


def pods(client, **query):
    return client.get(PODS, params=query).json()["items"]


def status(client):
    return client.get(f"{APPS}/deployments/app").json()["status"]


def test_a_rolled_out_deployment_is_told_from_when_it_was_applied(tmp_path):
    with cluster(tmp_path, past=(OLD,)) as client:
        found = client.get(f"{APPS}/deployments/app").json()
        sets = client.get(f"{APPS}/replicasets").json()["items"]
        ready = pods(client, labelSelector="app=app")

    assert found["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
    for count in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"):
        assert found["status"][count] == 2
    assert [each["spec"]["replicas"] for each in sets] == [0, 2]
    progressing = found["status"]["conditions"][1]
    assert progressing["reason"] == "NewReplicaSetAvailable"
    took = datetime.fromisoformat(progressing["lastUpdateTime"]) - datetime.fromisoformat(
        sets[1]["metadata"]["creationTimestamp"]
    )
    assert timedelta(0) <= took <= timedelta(seconds=10)
    assert {each["status"]["containerStatuses"][0]["imageID"] for each in ready} == {NEW}
    assert {each["spec"]["nodeName"] for each in ready} == {"node-a", "node-b"}


@pytest.mark.parametrize(
    ("selector", "count"),
    [("app=app", 2), ("app=other", 0), ("app!=other", 2), ("app in (app,b)", 2), ("!app", 0)],
)
def test_a_selector_lets_through_what_it_says(tmp_path, selector, count):
    with cluster(tmp_path) as client:
        assert len(pods(client, labelSelector=selector)) == count


def test_a_selector_that_is_not_understood_is_refused(tmp_path):
    with cluster(tmp_path) as client:
        answer = client.get(PODS, params={"labelSelector": "app ~ app"})

    assert answer.status_code == 400


def test_nobody_without_the_token_is_let_in(tmp_path):
    with cluster(tmp_path) as client:
        answer = client.get(PODS, headers={"Authorization": "Bearer another"})

    assert answer.status_code == 401
    assert answer.json()["kind"] == "Status"


def test_the_last_lines_of_a_log_are_given(tmp_path):
    with cluster(tmp_path) as client:
        name = pods(client)[0]["metadata"]["name"]
        client.started[0].log_path.write_text("one\ntwo\nthree\n", encoding="utf-8")

        assert client.get(f"{PODS}/{name}/log", params={"tailLines": 2}).text == "two\nthree\n"
        assert client.get(f"{PODS}/{name}/log", params={"tailLines": "x"}).status_code == 400


def test_a_read_is_passed_on_to_the_pod_itself(tmp_path):
    with cluster(tmp_path) as client:
        names = [each["metadata"]["name"] for each in pods(client)]

        assert [client.get(f"{PODS}/{name}/proxy/ready").text for name in names] == names
        assert client.get(f"{PODS}/{names[0]}/proxy/nothing").status_code == 404


def test_a_process_that_ends_is_started_again_and_counted(tmp_path):
    with cluster(tmp_path) as client:
        client.started[0].kill()
        again = until(
            lambda: [
                container
                for each in pods(client)
                if (container := each["status"]["containerStatuses"][0])["restartCount"]
                and container["ready"]
            ]
        )

    assert again[0]["restartCount"] == 1
    assert again[0]["lastState"]["terminated"]["exitCode"] == 137


def test_a_pod_that_keeps_ending_never_becomes_ready(tmp_path):
    def answers(name, _):
        return {} if name == broken[0] else {"/ready": 200, "/live": 200}

    broken = [None]
    with cluster(tmp_path, manifest(progressDeadlineSeconds=60), answers=answers) as client:
        broken[0] = client.started[0].name
        client.started[0].kill(3)
        until(lambda: len(client.started) > 2)
        client.started[-1].kill(3)
        waiting = until(
            lambda: [
                state
                for each in pods(client)
                if (state := each["status"]["containerStatuses"][0]["state"].get("waiting"))
            ]
        )
        said = status(client)

    assert waiting[0]["reason"] == "CrashLoopBackOff"
    assert said["availableReplicas"] == 1
    assert said["unavailableReplicas"] == 1


def test_a_pod_that_fails_its_liveness_probe_is_restarted(tmp_path):
    often = manifest(template=template(NEW, period=0.1))
    with cluster(tmp_path, often) as client:
        first = client.started[0]
        first.answers["/live"] = 500
        until(lambda: len(client.started) > 2)

    assert first.ended is not None


def test_a_deleted_pod_is_replaced_by_another(tmp_path):
    with cluster(tmp_path) as client:
        gone = pods(client)[0]["metadata"]["name"]
        client.delete(f"{PODS}/{gone}")
        until(lambda: status(client).get("availableReplicas") == 2)
        names = {each["metadata"]["name"] for each in pods(client)}

    assert gone not in names
    assert len(names) == 2


def test_a_template_that_returns_keeps_its_replica_set_under_a_new_number(tmp_path):
    with cluster(tmp_path, past=(OLD,)) as client:
        sets = client.get(f"{APPS}/replicasets").json()["items"]
        back = [{"op": "replace", "path": "/spec/template", "value": sets[0]["spec"]["template"]}]
        answer = client.patch(
            f"{APPS}/deployments/app",
            content=json.dumps(back),
            headers={"Content-Type": "application/json-patch+json"},
        )
        until(lambda: status(client)["conditions"][1]["reason"] == "NewReplicaSetAvailable")
        after = client.get(f"{APPS}/replicasets").json()["items"]
        images = {each["status"]["containerStatuses"][0]["imageID"] for each in pods(client)}

    assert answer.status_code == 200
    assert [each["metadata"]["name"] for each in after] == [
        each["metadata"]["name"] for each in sets
    ]
    revision = "deployment.kubernetes.io/revision"
    assert [each["metadata"]["annotations"][revision] for each in after] == ["3", "2"]
    assert images == {OLD}


def test_a_pod_that_leaves_is_told_of_no_more_before_it_is_ended(tmp_path):
    known = {}

    with cluster(tmp_path, past=(OLD,)) as client:

        def stop(process):
            known[process.name] = {each["metadata"]["name"] for each in pods(client)}
            process.kill(0)

        for process in client.started:
            process.stop = partial(stop, process)
        older = [{"op": "replace", "path": "/spec/template", "value": template(OLD)}]
        client.patch(
            f"{APPS}/deployments/app",
            content=json.dumps(older),
            headers={"Content-Type": "application/json-patch+json"},
        )
        until(lambda: len(known) == 2)

    assert all(name not in told and len(told) >= 2 for name, told in known.items())


def test_a_patch_of_what_is_not_there_is_refused(tmp_path):
    with cluster(tmp_path) as client:
        answer = client.patch(
            f"{APPS}/deployments/app",
            json=[{"op": "replace", "path": "/spec/nothing", "value": 1}],
            headers={"Content-Type": "application/json-patch+json"},
        )

    assert answer.status_code == 422


def test_a_watch_tells_what_changes(tmp_path):
    with cluster(tmp_path) as client:
        version = client.get(PODS).json()["metadata"]["resourceVersion"]
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": "10"}
        client.started[0].kill()
        with client.stream("GET", PODS, params=query) as lines:
            event = json.loads(next(lines.iter_lines()))

    assert event["type"] == "MODIFIED"
    assert event["object"]["kind"] == "Pod"


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed here")
def test_kubectl_itself_rolls_back_and_waits(tmp_path):
    with cluster(tmp_path, past=(OLD,)) as client:
        server = ["--server", str(client.base_url), "--token", TOKEN, "-n", "apps"]
        env = {"HOME": str(tmp_path), "KUBECONFIG": os.devnull, "PATH": os.environ["PATH"]}

        def kubectl(*words):
            command = ["kubectl", *server, "--certificate-authority", str(client.ca), *words]
            done = subprocess.run(
                command, capture_output=True, text=True, env=env, timeout=60, check=False
            )
            return done.returncode, done.stdout + done.stderr

        assert kubectl("rollout", "undo", "deployment/app", "--to-revision=99")[0] == 1
        assert kubectl("rollout", "undo", "deployment/app")[0] == 0
        code, said = kubectl("rollout", "status", "deployment/app", "--timeout=30s")
        assert (code, "successfully rolled out" in said) == (0, True), said
        assert "3" in kubectl("rollout", "history", "deployment/app")[1]
