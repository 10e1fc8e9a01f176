"""The room's own connection without a certificate: a websocket that is signed with the account's keys."""

import asyncio
import hashlib
import hmac
import ssl
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.credentials import Credentials

from broker_bridge.transport.aws import AwsTransport
from broker_bridge.transport.awscrt_client import SigningKeys
from broker_bridge.transport.port import Account, TransportError
from tests.support.certificates import certificates

pytestmark = pytest.mark.broker

TOKEN = "session+token/with=signs"


async def test_the_handshake_is_signed_as_aws_iot_wants_it(tmp_path: Path) -> None:
    """For the service `iotdevicegateway`, on /mqtt, with the session token beside what is signed."""
    authority = certificates(tmp_path)
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not asked.done():
            asked.set_result(head)
        writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    server = await asyncio.start_server(refuse, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    keys = SigningKeys("eu-west-3", Credentials("AKIAEXAMPLE", "a secret", TOKEN))
    account = Account("127.0.0.1", port, "shadowroom-test", tls=True, ca_file=str(authority))
    transport = AwsTransport(account, keys)

    with pytest.raises(TransportError):
        await transport.connect()
    await transport.close()
    server.close()

    lines = (await asked).split("\r\n")
    method, target, _ = lines[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    assert (method, urlsplit(target).path, headers["sec-websocket-protocol"]) == ("GET", "/mqtt", "mqtt")
    given = dict(parse_qsl(urlsplit(target).query))
    assert given.pop("X-Amz-Security-Token") == TOKEN
    assert given.pop("X-Amz-Signature") == signature(given, headers)


def signature(given: dict[str, str], headers: dict[str, str]) -> str:
    """AWS's steps, from the query without token and signature."""
    scope = given["X-Amz-Credential"].partition("/")[2]
    query = "&".join(f"{name}={quote(given[name], safe='')}" for name in sorted(given))
    signed = given["X-Amz-SignedHeaders"]
    values = "".join(f"{name}:{headers[name]}\n" for name in signed.split(";"))
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n/mqtt\n{query}\n{values}\n{signed}\n{empty}"
    to_sign = (
        f"AWS4-HMAC-SHA256\n{given['X-Amz-Date']}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    )
    key = b"AWS4a secret"
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    assert scope.endswith("/eu-west-3/iotdevicegateway/aws4_request")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()
