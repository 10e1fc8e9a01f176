"""The pytest plug-in in other people's projects: each test here runs pytest in a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from shadowroom.local_aws_iot import LocalAwsIot, LocalAwsIotError
from tests.support.rooms import descendants, wait_until

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.broker

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "testing-with-pytest.md"
BROKERS = ("mosquitto", "embedded")

TWO_TESTS = """
import json

import boto3
import paho.mqtt.publish as publish
import pytest


@pytest.mark.parametrize("time", [1, 2])
def test_it_is_as_new(aws_iot, time):
    assert aws_iot.things() == []
    assert aws_iot.shadow("lamp") is None
    arguments = {
        "endpoint_url": aws_iot.url,
        "region_name": aws_iot.region,
        "aws_access_key_id": aws_iot.access_key_id,
        "aws_secret_access_key": aws_iot.secret_access_key,
    }
    data, iot = boto3.client("iot-data", **arguments), aws_iot.client("iot")
    assert data.list_retained_messages()["retainedTopics"] == []
    assert iot.list_things()["things"] == []
    assert iot.search_index(queryString="*")["things"] == []

    state = b'{"state":{"desired":{"on":true}}}'
    for shadow in ({}, {"shadowName": "panel"}):
        answer = json.load(data.update_thing_shadow(thingName="lamp", payload=state, **shadow)["payload"])
        assert answer["version"] == 1
    iot.create_thing(thingName="registered")
    device = {
        "hostname": aws_iot.mqtt.host,
        "port": aws_iot.mqtt.port,
        "auth": {"username": aws_iot.mqtt.username, "password": aws_iot.mqtt.password},
    }
    publish.single("lamps/lamp", "here", qos=1, retain=True, **device)
    publish.single("$aws/things/lamp/shadow/update", '{"state":{"reported":{"on":true}}}', qos=1, **device)
    assert aws_iot.shadow("lamp")["version"] == 2
    assert aws_iot.shadow("lamp", "panel")["state"]["desired"] == {"on": True}
    assert aws_iot.things() == ["lamp", "registered"]
    # One more that nobody waits for, and a deleted shadow, whose version would go on.
    data.delete_thing_shadow(thingName="lamp", shadowName="panel")
    publish.single("$aws/things/late/shadow/update", '{"state":{"reported":{"on":true}}}', qos=1, **device)
"""

STRICT = """
[pytest]
filterwarnings = error
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
shadowroom_broker = {broker}
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Somebody's project, in an environment that has the package."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return pytester


@pytest.mark.parametrize("broker", BROKERS)
def test_each_test_begins_with_nothing_of_the_one_before(project: pytest.Pytester, broker: str) -> None:
    """Shadows, versions, registrations, the index and retained messages are gone, whoever made them; and a
    project that makes errors of warnings passes."""
    project.makeini(STRICT.format(broker=broker))
    project.makepyfile(TWO_TESTS)
    ran = project.runpytest_subprocess("--durations=0", "-vv", "-p", "no:cacheprovider")

    ran.assert_outcomes(passed=2)
    print("\n".join(line for line in ran.outlines if re.match(r"\d+\.\d+s (setup|teardown)", line)))


def test_the_guide_is_right(project: pytest.Pytester) -> None:
    """Every example of the guide passes as it stands."""
    guide = GUIDE.read_text(encoding="utf-8")
    project.makepyfile("\n".join(re.findall(r"^```python\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)))
    ran = project.runpytest_subprocess("-p", "no:cacheprovider")

    ran.assert_outcomes(passed=5)


def test_whoever_does_not_use_it_does_not_pay(project: pytest.Pytester) -> None:
    """At pytest's start the plug-in alone is imported, and no module that pytest has not imported itself."""
    (plugin,) = entry_points(group="pytest11", name="shadowroom")
    program = (
        "import pytest, sys; before = set(sys.modules); "
        f"import {plugin.value}; print(*sorted(set(sys.modules) - before))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=project.path, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split() == ["shadowroom", "shadowroom.pytest_plugin"]

    project.makepyfile(
        """
        import sys

        def test_nothing_of_it_is_there():
            theirs = ("shadowroom", "broker_bridge", "dashboard")
            found = [name for name in sys.modules if name.partition(".")[0] in theirs]
            assert sorted(found) == ["shadowroom", "shadowroom.pytest_plugin"]
        """
    )
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_each_process_of_xdist_has_its_own(project: pytest.Pytester) -> None:
    """Tests that run at the same time share nothing."""
    project.makepyfile(
        """
        import pathlib
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_alone(aws_iot, number, worker_id):
            assert aws_iot.things() == []
            state = b'{"state":{"reported":{"on":true}}}'
            aws_iot.client().update_thing_shadow(thingName=f"lamp-{number}", payload=state)
            assert aws_iot.things() == [f"lamp-{number}"]
            pathlib.Path(f"{worker_id}.port").write_text(aws_iot.url)
        """
    )
    ran = project.runpytest_subprocess("-n", "2", "-p", "no:cacheprovider")

    ran.assert_outcomes(passed=8)
    urls = [path.read_text() for path in project.path.glob("gw*.port")]
    assert len(urls) == len(set(urls)) == 2


LEAVES_ITS_PROCESSES = """
import json
import os
import time


def test_a(aws_iot_server):
    with open("pids.json.new", "w") as file:
        json.dump([os.getpid(), aws_iot_server.process_id], file)
    os.rename("pids.json.new", "pids.json")
    time.sleep({sleep})
"""


@pytest.mark.parametrize("broker", BROKERS)
@pytest.mark.parametrize("how", ["end", "interrupt", "kill"])
def test_nothing_stays_behind(project: pytest.Pytester, broker: str, how: str) -> None:
    """Service and broker end with the tests: at their end, at Ctrl-C, and when pytest is killed."""
    project.makepyfile(LEAVES_ITS_PROCESSES.format(sleep=1 if how == "end" else 60))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", f"shadowroom_broker={broker}"]
    with subprocess.Popen(
        command,
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # A job in a shell's background ignores Ctrl-C, and hands that down to its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        path = project.path / "pids.json"
        wait_until(path.is_file, "the test runs")
        pytest_pid, service = json.loads(path.read_text())
        family = [service, *(pid for pid, _ in descendants(service))]
        assert len(family) >= 2
        if how != "end":
            os.kill(pytest_pid, signal.SIGINT if how == "interrupt" else signal.SIGKILL)
        running.communicate(timeout=60)

    # The one who ends them at a kill is the kernel, through a closed pipe.
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "all ended", within_s=20)


def test_a_broker_that_is_none_is_named(project: pytest.Pytester) -> None:
    """Whoever misspells the option is told which option, and what is possible."""
    project.makeini("[pytest]\nshadowroom_broker = rabbit\n")
    project.makepyfile("def test_a(aws_iot): pass")
    ran = project.runpytest_subprocess("-p", "no:cacheprovider")

    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*shadowroom_broker must be auto, mosquitto, embedded, and is 'rabbit'*"])


def test_a_service_that_died_says_so(tmp_path: Path) -> None:
    """Whoever asks one that is gone is told how it ended, not kept waiting."""
    server = LocalAwsIot.start(tmp_path, "embedded")
    os.kill(server.process_id, signal.SIGKILL)
    with pytest.raises(LocalAwsIotError, match="ended with exit code -9"):
        server.things()
    server.stop()
    with pytest.raises(LocalAwsIotError, match="was stopped"):
        server.empty()


def test_a_broker_that_died_is_named(tmp_path: Path) -> None:
    """A test that lost its broker is told so at once."""
    server = LocalAwsIot.start(tmp_path, "embedded")
    (broker,) = [pid for pid, words in descendants(server.process_id) if "nats-server" in words[0]]
    os.kill(broker, signal.SIGKILL)

    def gone() -> bool:
        try:
            server.things()
        except LocalAwsIotError as error:
            return "The broker ended with exit code -9" in str(error)
        return False

    wait_until(gone, "the broker's end is reported")
    server.stop()


def test_without_boto3_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`client` needs boto3, which is no dependency."""
    server = LocalAwsIot.start(tmp_path)
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(LocalAwsIotError, match="pip install boto3"):
        server.client()
    server.stop()
