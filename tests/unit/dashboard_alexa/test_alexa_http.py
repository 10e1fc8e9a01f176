"""`POST /alexa`, the whole way: signed by a test authority, good and bad in every way that Amazon names."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from dashboard.alexa.certificate_chain import (
    CHAIN_MAX,
    ChainStore,
    ChainUnavailable,
    chain_address,
    trusted_roots,
)
from dashboard.alexa.skill import Skill
from dashboard.alexa.verifier import Verifier
from dashboard.api.alexa import BODY_MAX, router_for
from dashboard.api.problems import Problem
from dashboard.ask.asker import Asker
from tests.support.amazon import (
    CHAIN_URL,
    NOW,
    SKILL,
    YEAR,
    Amazon,
    certificate,
    chain,
    envelope,
    key,
    root,
    signed,
)
from tests.support.hall import Hall


@pytest.fixture
def hall() -> Hall:
    return Hall()


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
async def http(hall: Hall, amazon: Amazon) -> AsyncIterator[httpx.AsyncClient]:
    skill = Skill(Asker(hall, lambda: 0), hall)
    verifier = Verifier(SKILL, [root()], ChainStore(amazon.fetch), lambda: NOW)
    async with served(router_for(skill, verifier)) as client:
        yield client
    await skill.stop()


def served(router: Any) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(router)

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return error.response()

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://room")


async def post(http: httpx.AsyncClient, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await http.post("/alexa", content=body, headers=headers)


@pytest.mark.parametrize(
    "url",
    [
        CHAIN_URL,
        "https://s3.amazonaws.com:443/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com/echo.api/../echo.api/echo-api-cert.pem",
        "HTTPS://S3.AmazonAWS.com/echo.api/echo-api-cert.pem",
    ],
)
async def test_an_honest_request_is_answered(http: httpx.AsyncClient, amazon: Amazon, url: str) -> None:
    """In each form of the address; the chain is fetched once and kept."""
    body = envelope()
    for _ in range(2):
        answer = await post(http, body, signed(body, SignatureCertChainUrl=url))
        assert answer.status_code == 200, answer.text
        assert answer.json()["response"]["outputSpeech"]["text"].startswith("The room is listening")
    assert amazon.fetched == [CHAIN_URL]


@pytest.mark.parametrize(
    "url",
    [
        "http://s3.amazonaws.com/echo.api/echo-api-cert.pem",
        "https://notamazon.com/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com.evil.org/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com@evil.org/echo.api/echo-api-cert.pem",
        "https://user@s3.amazonaws.com/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com/EcHo.aPi/echo-api-cert.pem",
        "https://s3.amazonaws.com/invalid.path/echo-api-cert.pem",
        "https://s3.amazonaws.com/echo.api/../other/echo-api-cert.pem",
        "https://s3.amazonaws.com/echo.api/%2e%2e/other/cert.pem",
        "https://s3.amazonaws.com\\@evil.org/echo.api/cert.pem",
        "https://s3.amazonaws.com:563/echo.api/echo-api-cert.pem",
        "https://s3.amazonaws.com:port/echo.api/echo-api-cert.pem",
        "https://[::1/echo.api/cert.pem",
        "echo-api-cert.pem",
    ],
)
async def test_a_chain_from_elsewhere_is_never_fetched(
    http: httpx.AsyncClient, amazon: Amazon, url: str
) -> None:
    """Scheme, host, port and path are as Amazon says, after the dots are resolved."""
    with pytest.raises(ChainUnavailable):
        chain_address(url)
    body = envelope()
    answer = await post(http, body, signed(body, SignatureCertChainUrl=url))
    assert (answer.status_code, answer.json()["error"]) == (400, "not_alexa")
    assert amazon.fetched == []


@pytest.mark.parametrize(
    ("what", "pem"),
    [
        ("another name", lambda: chain(names=["echo-api.amazon.org"])),
        ("no name", lambda: chain(names=["amazon.com"])),
        ("expired", lambda: chain(since=NOW - 2 * YEAR, until=NOW - timedelta(seconds=1))),
        ("not yet valid", lambda: chain(since=NOW + timedelta(seconds=1))),
        ("unknown root", lambda: chain(top="somebody")),
        ("a link is missing", lambda: chain(between=False)),
        ("no certificates", lambda: b"<html>no such key</html>"),
        ("nothing", lambda: b""),
        ("too long", lambda: chain() * (CHAIN_MAX // 1000)),
        ("signed by itself", lambda: root("echo-api.amazon.com").public_bytes(_pem())),
    ],
)
async def test_a_bad_certificate_is_refused(
    http: httpx.AsyncClient, hall: Hall, amazon: Amazon, what: str, pem: Any
) -> None:
    """Whatever is wrong with the chain, and it is fetched anew the next time."""
    amazon.pem = pem()
    body = envelope("IntentRequest", intent={"name": "ClearIntent"})
    for _ in range(2):
        answer = await post(http, body, signed(body))
        assert (answer.status_code, answer.json()["error"]) == (400, "not_alexa"), what
    assert len(amazon.fetched) == 2
    assert (hall.commands, hall.lines) == ([], [])


async def test_a_chain_that_cannot_be_fetched_is_refused(http: httpx.AsyncClient, amazon: Amazon) -> None:
    """Amazon's store may be slow, away, or say that there is none."""
    amazon.failure = lambda: ChainUnavailable("Amazon answered 403 for the certificate chain.")
    body = envelope()
    answer = await post(http, body, signed(body))
    assert answer.status_code == 400
    assert "403" in answer.json()["message"]


def _pem() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM


@pytest.mark.parametrize(
    ("what", "sent", "headers"),
    [
        ("another body", lambda body: body.replace(b"en-US", b"fr-FR"), lambda _: {}),
        ("the same JSON, written anew", lambda body: body + b"\n", lambda _: {}),
        ("no signature", lambda body: body, lambda _: {"Signature-256": ""}),
        ("no base64", lambda body: body, lambda _: {"Signature-256": "no base64!"}),
        ("another's signature", lambda body: body, lambda body: signed(body + b" ")),
        ("the old signature only", lambda body: body, lambda body: {"Signature": "x", "Signature-256": ""}),
        ("no chain", lambda body: body, lambda _: {"SignatureCertChainUrl": ""}),
        ("no JSON", lambda _: b"{", lambda _: signed(b"{")),
        ("no request", lambda _: b"{}", lambda _: signed(b"{}")),
        ("a wall of text", lambda _: b" " * (BODY_MAX + 1), lambda _: {}),
    ],
)
async def test_a_bad_body_or_signature_is_refused(
    http: httpx.AsyncClient, hall: Hall, what: str, sent: Any, headers: Any
) -> None:
    """The raw bytes are what is signed, by SHA-256."""
    body = envelope("IntentRequest", intent={"name": "ClearIntent"})
    answer = await post(http, sent(body), signed(body, **headers(body)))
    assert answer.status_code == 400, what
    assert answer.json()["message"].endswith(".")
    assert hall.commands == []


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 200), (-149, 200), (149, 200), (-151, 400), (151, 400), (-3600, 400)]
)
async def test_a_request_is_of_this_moment(http: httpx.AsyncClient, seconds: int, status: int) -> None:
    """At most 150 seconds off, in both directions, so that nobody can play one again."""
    body = envelope(at=NOW + timedelta(seconds=seconds))
    assert (await post(http, body, signed(body))).status_code == status


@pytest.mark.parametrize(
    "body",
    [
        envelope(skill="amzn1.ask.skill.another"),
        envelope(skill=None),
        envelope(session=False).replace(SKILL.encode(), b"amzn1.ask.skill.another"),
        envelope().replace(SKILL.encode(), b"amzn1.ask.skill.another", 1),
    ],
)
async def test_a_request_for_another_skill_is_refused(
    http: httpx.AsyncClient, amazon: Amazon, body: bytes
) -> None:
    """In both places where the skill is named, and before anything is fetched."""
    assert (await post(http, body, signed(body))).status_code == 400
    assert amazon.fetched == []


async def test_a_request_without_a_session_is_known_by_its_context(http: httpx.AsyncClient) -> None:
    """Only the context names the skill then."""
    body = envelope(session=False)
    assert (await post(http, body, signed(body))).status_code == 200


async def test_a_key_of_another_kind_is_refused(http: httpx.AsyncClient, amazon: Amazon) -> None:
    """A chain for our name under a root that is not trusted says nothing about its key either."""
    other = certificate("elsewhere", "root", names=["echo-api.amazon.com"])
    amazon.pem = other.public_bytes(_pem())
    body = envelope()
    answer = await post(http, body, signed(body))
    assert answer.status_code == 400
    assert "signature" in answer.json()["message"]
    assert key("elsewhere") is key("elsewhere")


async def test_a_room_without_a_skill_says_so() -> None:
    """404 with what to do."""
    hall = Hall()
    async with served(router_for(Skill(Asker(hall, lambda: 0), hall), None)) as client:
        answer = await client.post("/alexa", content=envelope())
    assert answer.status_code == 404
    assert "--alexa-skill-id" in answer.json()["message"]


async def test_few_chains_are_kept_and_few_fetched_at_once() -> None:
    """Neither memory nor Amazon's store is at anybody's disposal."""
    amazon = Amazon()
    store = ChainStore(amazon.fetch)
    for number in range(20):
        await store.chain(f"https://s3.amazonaws.com/echo.api/{number}.pem")
    await store.chain("https://s3.amazonaws.com/echo.api/19.pem")
    await store.chain("https://s3.amazonaws.com/echo.api/0.pem")
    assert len(amazon.fetched) == 21

    urls = [f"https://s3.amazonaws.com/echo.api/new-{number}.pem" for number in range(20)]
    found = await asyncio.gather(*map(store.chain, urls), return_exceptions=True)
    assert any(isinstance(one, ChainUnavailable) for one in found)


def test_the_worlds_roots_are_trusted() -> None:
    """Among them Amazon's own and Starfield's, under which Amazon's chains have been."""
    names = " ".join(one.subject.rfc4514_string() for one in trusted_roots())
    assert all(f"Amazon Root CA {number}" in names for number in range(1, 5))
    assert "Starfield Services Root Certificate Authority - G2" in names
