"""Verifies AWS Signature Version 4 in the `Authorization` header, with botocore's own canonical request.

Any region and service name is accepted: clients sign the data plane as `iotdata`, `iotdevicegateway` or
`iot`. Temporary credentials, signatures in the query string and unsigned payloads are not supported.
"""

import calendar
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from broker_bridge.rest.errors import AwsError
from broker_bridge.rest.keys import AccessKeys

CLOCK_WINDOW_S: Final = 15 * 60
"""Seconds by which a signature's time may differ from ours; AWS's own number."""

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+"
    r"Credential=(?P<key>[\w-]{1,128})/(?P<date>\d{8})/(?P<region>[\w-]{1,64})/(?P<service>[\w.-]{1,64})"
    r"/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9._-]+(?:;[a-z0-9._-]+)*),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})\Z",
    re.ASCII,
)
_TIMESTAMP = re.compile(r"\d{8}T\d{6}Z\Z", re.ASCII)
_FORMAT: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came over the wire: nothing decoded, nothing added."""

    method: str
    raw_path: str
    raw_query: str
    headers: Sequence[tuple[str, str]]
    """Names in lower case."""
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of a name (in lower case)."""
        return next((value for given, value in self.headers if given == name), None)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed, and for where."""

    access_key_id: str
    region: str
    service: str


def verify(request: SignedRequest, keys: AccessKeys, now: float) -> Identity:
    """Who signed the request; `now` in epoch seconds. Raises `AwsError` 403 that says what is wrong."""
    header = request.header("authorization")
    if header is None:
        raise AwsError(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    match = _AUTHORIZATION.match(header)
    if match is None:
        form = "'AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…'"
        raise _incomplete(f"Authorization header is not {form}")
    signed_names = match["headers"].split(";")
    timestamp = _timestamp(request, signed_names, now)
    if match["date"] != timestamp[:8]:
        raise _incomplete("Date in Credential scope does not match the date of the request")
    secret = keys.secret(match["key"])
    if secret is None or request.header("x-amz-security-token") is not None:
        message = "The security token included in the request is invalid."
        raise AwsError(403, message, "UnrecognizedClientException")
    identity = Identity(match["key"], match["region"], match["service"])
    expected = _signature(request, signed_names, timestamp, secret, identity)
    if not hmac.compare_digest(expected, match["signature"]):
        raise _mismatch()
    return identity


def _timestamp(request: SignedRequest, signed_names: Sequence[str], now: float) -> str:
    """The signed time of the request, in AWS's form, checked against the clock."""
    if "host" not in signed_names:
        raise _incomplete("'host' must be among the SignedHeaders")
    given, dated = request.header("x-amz-date"), "x-amz-date"
    if given is None:
        given, dated = _from_date_header(request.header("date")), "date"
    if given is not None and dated not in signed_names:
        raise _incomplete(f"'{dated}' must be among the SignedHeaders")
    try:
        if given is None or _TIMESTAMP.match(given) is None:
            raise ValueError
        at = calendar.timegm(datetime.strptime(given, _FORMAT).replace(tzinfo=UTC).timetuple())
    except ValueError:
        raise _incomplete("Authorization header requires a valid 'X-Amz-Date' header") from None
    if abs(now - at) > CLOCK_WINDOW_S:
        ours = datetime.fromtimestamp(now, UTC).strftime(_FORMAT)
        what = "expired" if at < now else "not yet current"
        message = f"Signature {what}: {given} is more than 15 min. away from {ours}; check the clock"
        raise AwsError(403, message, "InvalidSignatureException")
    return given


def _from_date_header(date: str | None) -> str | None:
    try:
        return None if date is None else parsedate_to_datetime(date).astimezone(UTC).strftime(_FORMAT)
    except (ValueError, OverflowError):
        return None


def _signature(
    request: SignedRequest, signed_names: Sequence[str], timestamp: str, secret: str, identity: Identity
) -> str:
    body_hash = sha256(request.body).hexdigest()
    if request.header("x-amz-content-sha256") not in (None, body_hash):
        raise _mismatch()
    signer = _Verifier(secret, identity, signed_names, body_hash)
    if not request.raw_path.startswith("/"):
        raise AwsError(400, "The request target must be a path")
    given = AWSRequest(method=request.method, url=f"http://host{request.raw_path}")
    try:
        given.params = parse_qsl(request.raw_query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise AwsError(400, "The query string must be percent-encoded UTF-8") from None
    given.context["timestamp"] = timestamp
    for name, value in request.headers:
        if name in signed_names:
            given.headers.add_header(name, value)
    return signer.sign(given)


class _Verifier(SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """botocore's signer, told which headers were signed instead of choosing them."""

    def __init__(self, secret: str, identity: Identity, names: Sequence[str], body_hash: str) -> None:
        super().__init__(Credentials(identity.access_key_id, secret), identity.service, identity.region)
        self._names = frozenset(names)
        self._body_hash = body_hash

    def headers_to_sign(self, request: Any) -> HTTPHeaders:
        """Exactly the headers that the client named."""
        if any(name not in request.headers for name in self._names):
            raise _incomplete("a header among the SignedHeaders is missing from the request")
        return request.headers

    def payload(self, _request: Any) -> str:
        """The hash of the body as it came."""
        return self._body_hash

    def sign(self, request: Any) -> str:
        """The signature that the request should have."""
        canonical = self.canonical_request(request)
        return str(self.signature(self.string_to_sign(request, canonical), request))


def _incomplete(message: str) -> AwsError:
    return AwsError(403, message, "IncompleteSignatureException")


def _mismatch() -> AwsError:
    message = (
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method."
    )
    return AwsError(403, message, "InvalidSignatureException")
