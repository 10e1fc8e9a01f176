"""A local AWS IoT for tests: MQTT broker, Device Shadow service, data plane and fleet index in a process of
their own.

A process, so that nothing a test does to its own (frozen time, blocked sockets, captured logs, patched
modules) reaches the service, and nothing of the service reaches the test. Only the standard library is
imported here.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_WITHIN_S = 30.0
"""It takes one second on an idle machine; a build server with forty test processes may be far from idle."""
ANSWER_WITHIN_S = 15.0
"""For the few milliseconds of an answer, on the same build server."""
STOP_WITHIN_S = 10.0
_LOG_TAIL = 2_000
"""Characters of the log that are shown with an error."""
_PROGRAM = (
    "import json, sys; own, *more = json.loads(sys.argv.pop()); own in sys.path or sys.path.insert(0, own); "
    "sys.path += more; from shadowroom.local_aws_iot_process import main; main()"
)
"""Where this very package is comes first, what else the tests import from comes last: nothing there may take
the place of a library.
"""


class LocalAwsIotError(Exception):
    """The local AWS IoT could not start, or is gone; the text says why and where its log is."""


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """Where MQTT clients connect, and as whom: this account may use every topic."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)


class LocalAwsIot:
    """A running local AWS IoT. `LocalAwsIot.start` makes one, `stop` ends it."""

    url: str
    """Of the data plane and the fleet index: `endpoint_url` for boto3's `iot-data` and `iot`."""
    region: str
    access_key_id: str
    secret_access_key: str
    broker: str
    """`mosquitto` or `embedded`."""
    mqtt: MqttAddress

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        """Takes what `start` started, and waits until it is ready."""
        self._process = process
        self._log = log
        self._received = b""
        self._one_at_a_time = threading.Lock()
        self._clients: list[Any] = []
        facts = self._hear(START_WITHIN_S)
        self.url, self.region, self.broker = facts["url"], facts["region"], facts["broker"]
        self.access_key_id = facts["access_key_id"]
        self.secret_access_key = facts["secret_access_key"]
        self.mqtt = MqttAddress(**facts["mqtt"])

    @classmethod
    def start(cls, data_dir: Path, broker: str = "auto") -> "LocalAwsIot":
        """Start one with its files in `data_dir`, on free ports of 127.0.0.1.

        `broker` is `auto` (Mosquitto where there is one, else embedded), `mosquitto` or `embedded`. Raises
        `LocalAwsIotError`.
        """
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = data_dir / "local-aws-iot.log"
        # -E and -P: a test's PYTHON… variables and the folder it runs in are not the service's.
        command = [sys.executable, "-E", "-P", "-c", _PROGRAM, str(data_dir), broker, json.dumps(_path())]
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                # Ctrl-C reaches the terminal's whole group: it shall end the tests, and they end us.
                start_new_session=True,
            )
        try:
            return cls(process, log)
        except BaseException:
            _end(process)
            raise

    @property
    def process_id(self) -> int:
        """Of the service; the broker is its child."""
        return self._process.pid

    def client(self, service: str = "iot-data", **options: Any) -> Any:
        """A boto3 client of this AWS IoT: `iot-data` or `iot`. `options` as for `boto3.client`.

        It is closed when things are emptied, that is, at the end of the test. Raises `LocalAwsIotError`
        without boto3.
        """
        try:
            import boto3  # type: ignore[import-untyped, unused-ignore]
            from botocore.config import Config
        except ImportError:
            raise LocalAwsIotError("aws_iot.client needs boto3: run `pip install boto3`.") from None
        # No proxy of the environment: this is 127.0.0.1.
        config = Config(proxies={})
        if "config" in options:
            config = config.merge(options.pop("config"))
        known = {
            "endpoint_url": self.url,
            "region_name": self.region,
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        client = boto3.client(service, config=config, **(known | options))
        self._clients.append(client)
        return client

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead AWS's SDKs and the AWS CLI here by themselves, for `iot-data` and `iot`."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL_IOT_DATA_PLANE": self.url,
            "AWS_ENDPOINT_URL_IOT": self.url,
        }

    def things(self) -> list[str]:
        """Names of the things that have a shadow or are registered, sorted.

        Requests that were sent before, over MQTT too, have been served.
        """
        names: list[str] = self._ask(do="things")["things"]
        return names

    def shadow(self, thing: str, name: str | None = None) -> dict[str, Any] | None:
        """The shadow's document as `get` answers it (`state`, `metadata`, `version`, `timestamp`); None
        without one. `name` None is the classic shadow. Requests that were sent before, over MQTT too, have
        been served.
        """
        document: dict[str, Any] | None = self._ask(do="shadow", thing=thing, name=name)["shadow"]
        return document

    def empty(self) -> None:
        """Forget shadows, versions, registrations, the index and retained messages, and close the clients."""
        while self._clients:
            self._clients.pop().close()
        self._ask(do="empty")

    def stop(self) -> None:
        """End service and broker; returns when both are gone. Idempotent."""
        while self._clients:
            self._clients.pop().close()
        _end(self._process)

    def _ask(self, **what: Any) -> dict[str, Any]:
        with self._one_at_a_time:
            pipe = self._process.stdin
            if pipe is None or pipe.closed:
                raise LocalAwsIotError("The local AWS IoT was stopped.")
            try:
                pipe.write(json.dumps(what).encode() + b"\n")
                pipe.flush()
            except BrokenPipeError:
                raise self._gone() from None
            return self._hear(ANSWER_WITHIN_S)

    def _hear(self, within_s: float) -> dict[str, Any]:
        pipe, deadline = self._process.stdout, time.monotonic() + within_s
        if pipe is None:
            raise LocalAwsIotError("The local AWS IoT has no output.")
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise LocalAwsIotError(
                    f"The local AWS IoT did not answer within {within_s:.0f} s.{self._tail()}"
                )
            data = os.read(pipe.fileno(), 65_536)
            if not data:
                raise self._gone()
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LocalAwsIotError(f"{answer['error']} (Its log: {self._log})")
        return answer

    def _gone(self) -> LocalAwsIotError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return LocalAwsIotError(
            f"The local AWS IoT ended with exit code {self._process.returncode}.{self._tail()}"
        )

    def _tail(self) -> str:
        return f" Its log, {self._log}, ends with:\n{self._log.read_text(errors='replace')[-_LOG_TAIL:]}"


def _path() -> list[str]:
    """Where this package is, then wherever else the tests import from."""
    own = str(Path(__file__).resolve().parents[1])
    return [own, *(entry for entry in sys.path if entry and entry != own)]


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()  # the child takes its end for the wish to stop
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
