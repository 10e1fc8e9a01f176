"""Signature Version 4: what botocore signs is accepted, anything else is AWS's 403."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode, percent_encode_sequence
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.rest import AccessKeys
from broker_bridge.rest.errors import AwsError
from broker_bridge.rest.sigv4 import CLOCK_WINDOW_S, Identity, SignedRequest, verify

KEYS = AccessKeys({"AKIDEXAMPLE": "secret", "OTHER": "other"})


def signed(
    method: str = "POST",
    path: str = "/things/a%3Ab/shadow",
    query: str = "name=s%2F1",
    body: bytes = b'{"state":{}}',
    secret: str = "secret",
    service: str = "iotdata",
    **headers: str,
) -> SignedRequest:
    """A request as botocore signs it now."""
    url = f"http://localhost:8000{path}" + (f"?{query}" if query else "")
    given_headers = {"host": "localhost:8000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    request = AWSRequest(method=method, url=url, data=body, headers=given_headers)
    SigV4Auth(Credentials("AKIDEXAMPLE", secret), service, "eu-central-1").add_auth(request)
    items = [(name.lower(), value) for name, value in request.headers.items()]
    return SignedRequest(method, path, query, items, body)


def changed(request: SignedRequest, **changes: Any) -> SignedRequest:
    """The request with parts or (`headers`) some headers replaced; None takes a header away."""
    parts = {name: getattr(request, name) for name in ("method", "raw_path", "raw_query", "headers", "body")}
    headers = changes.pop("headers", {})
    kept = [(name, value) for name, value in request.headers if name not in headers]
    added = [(name, value) for name, value in headers.items() if value is not None]
    return SignedRequest(**(parts | {"headers": kept + added} | changes))


def now() -> float:
    """The time at which `signed` signs."""
    return datetime.now(UTC).timestamp()


def refusal(request: SignedRequest, at: float | None = None) -> AwsError:
    """Why a request is refused."""
    with pytest.raises(AwsError) as raised:
        verify(request, KEYS, now() if at is None else at)
    assert raised.value.status in (400, 403)
    return raised.value


@pytest.mark.parametrize("service", ["iotdata", "iotdevicegateway", "iot"])
def test_botocore_signs_what_we_accept(service: str) -> None:
    """Any service name and region; the identity names the key."""
    assert verify(signed(service=service), KEYS, now()) == Identity("AKIDEXAMPLE", "eu-central-1", service)


@given(
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.lists(st.text("ab.-_~%20:$é ", max_size=8), max_size=4),
    st.dictionaries(st.text(min_size=1, max_size=5), st.text(max_size=8), max_size=4),
    st.binary(max_size=50),
)
def test_every_signed_request_is_accepted(
    method: str, path: list[str], query: dict[str, str], body: bytes
) -> None:
    """Whatever names, queries and bodies are signed, the signature is right, and wrong for another body."""
    raw_path = "/" + "/".join(percent_encode(part, safe="-._~") for part in path)
    try:
        raw_query = percent_encode_sequence(query)
    except UnicodeEncodeError:
        return
    request = signed(method, raw_path, raw_query, body, content_type="text/plain")
    assert verify(request, KEYS, now()).access_key_id == "AKIDEXAMPLE"
    assert refusal(changed(request, body=body + b"x")).kind == "InvalidSignatureException"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"raw_path": "/things/a%3Ac/shadow"},
        {"raw_path": "/things/a%2Fb/shadow"},
        {"raw_query": "name=other"},
        {"raw_query": ""},
        {"body": b""},
        {"headers": {"host": "elsewhere"}},
        {"headers": {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}},
    ],
)
def test_what_was_signed_cannot_be_changed(change: dict[str, Any]) -> None:
    """Method, path, query, body and signed headers are all part of the signature."""
    assert refusal(changed(signed(), **change)).kind == "InvalidSignatureException"


def test_a_query_in_another_order_or_spelling_is_the_same() -> None:
    """The canonical query is sorted and encoded anew, so clients that write it otherwise are understood."""
    request = signed(query="a=1&b=x%2Fy")
    assert verify(changed(request, raw_query="b=x/y&a=1"), KEYS, now())


def test_missing_and_broken_headers_are_named() -> None:
    """No header, a broken header, and missing parts have their own exception names."""
    request = signed()
    assert (
        refusal(changed(request, headers={"authorization": None})).kind
        == "MissingAuthenticationTokenException"
    )
    for broken in ("", "Bearer x", "AWS4-HMAC-SHA256 Credential=a", "AWS4-HMAC-SHA256 " + "a" * 5000):
        header = {"authorization": broken}
        assert refusal(changed(request, headers=header)).kind == "IncompleteSignatureException"
    for date in (None, "", "yesterday", "20201301T000000Z"):
        assert refusal(changed(request, headers={"x-amz-date": date})).kind == "IncompleteSignatureException"
    authorization = request.header("authorization") or ""
    for names in ("host", "x-amz-date", "host;missing;x-amz-date"):
        header = {"authorization": authorization.replace("host;x-amz-date", names)}
        assert refusal(changed(request, headers=header)).kind == "IncompleteSignatureException"


def test_scope_date_must_be_the_requests_date() -> None:
    """A credential scope of another day is refused."""
    request = signed()
    today = (request.header("x-amz-date") or "")[:8]
    header = {"authorization": (request.header("authorization") or "").replace(f"/{today}/", "/20000101/")}
    assert refusal(changed(request, headers=header)).kind == "IncompleteSignatureException"


@pytest.mark.parametrize("away", [-CLOCK_WINDOW_S - 5, CLOCK_WINDOW_S + 5])
def test_clock_window(away: float) -> None:
    """A little more than 15 minutes to either side is refused, a little less is fine."""
    request = signed()
    assert refusal(request, now() + away).kind == "InvalidSignatureException"
    assert verify(request, KEYS, now() + away * 0.98)


def test_keys_are_told_apart() -> None:
    """An unknown key, a session token, and a key with another's secret are refused."""
    request = signed()
    other = (request.header("authorization") or "").replace("AKIDEXAMPLE", "OTHER")
    assert refusal(changed(request, headers={"authorization": other})).kind == "InvalidSignatureException"
    unknown = other.replace("OTHER", "NOBODY")
    assert refusal(changed(request, headers={"authorization": unknown})).kind == "UnrecognizedClientException"
    token = changed(request, headers={"x-amz-security-token": "t"})
    assert refusal(token).kind == "UnrecognizedClientException"
    assert refusal(signed(secret="wrong")).kind == "InvalidSignatureException"


def test_keys_keep_their_secrets() -> None:
    """A repr names ids only; an empty id or secret is refused."""
    assert "secret" not in repr(KEYS)
    for bad in ({"": "s"}, {"k": ""}):
        with pytest.raises(ValueError, match="access key"):
            AccessKeys(bad)


NOISE = st.text(st.characters(max_codepoint=255), max_size=60)
PIECES = st.sampled_from(
    (
        "AWS4-HMAC-SHA256 |Credential=|AKIDEXAMPLE/20200101/r/s/aws4_request|, |SignedHeaders=host|"
        f";x-amz-date|Signature=|{'a' * 64}|20200101T000000Z|\xff|=|/|;"
    ).split("|")
)


@given(
    authorization=NOISE | st.lists(PIECES, max_size=9).map("".join),
    date=NOISE | st.sampled_from(["20200101T000000Z", "99999999T999999Z", "00010101T000000Z"]),
    other_date=st.none()
    | NOISE
    | st.sampled_from(["Wed, 01 Jan 2020 00:00:00 GMT", "Mon, 99 Foo 1 1:1:1 -9999"]),
    path=NOISE,
    query=NOISE,
    with_amz_date=st.booleans(),
)
def test_noise_is_never_more_than_a_refusal(
    authorization: str, date: str, other_date: str | None, path: str, query: str, with_amz_date: bool
) -> None:
    """Whatever stands in the headers, path and query, the answer is AWS's error."""
    headers = [("authorization", authorization), ("host", "h")]
    if with_amz_date:
        headers.append(("x-amz-date", date))
    if other_date is not None:
        headers.append(("date", other_date))
    refusal(SignedRequest("GET", path, query, headers, b""), 1_577_836_800.0)


@given(path=NOISE, query=NOISE, host=NOISE)
def test_noise_behind_a_readable_signature(path: str, query: str, host: str) -> None:
    """With a well-formed header, odd paths, queries and hosts still end in AWS's error."""
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20200101/r/s/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    headers = [("authorization", authorization), ("host", host), ("x-amz-date", "20200101T000000Z")]
    for raw_path in (path, "/" + path):
        refusal(SignedRequest("GET", raw_path, query, headers, b""), 1_577_836_800.0)
