"""Amazon as a test needs it: an authority of its own, chains signed by it, and signed requests."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SKILL = "amzn1.ask.skill.of-this-room"
CHAIN_URL = "https://s3.amazonaws.com/echo.api/echo-api-cert.pem"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """The key of this name; made once, because making one takes long."""
    return rsa.generate_private_key(65_537, 2048)


def certificate(
    subject: str,
    issuer: str,
    *,
    names: Sequence[str] = (),
    since: datetime = NOW - YEAR,
    until: datetime = NOW + YEAR,
    authority: bool = False,
) -> x509.Certificate:
    """A certificate as the web's rules want it, signed by the issuer's key."""
    public, signer = key(subject).public_key(), key(issuer)
    usage = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not authority, key_cert_sign=authority, crl_sign=authority, **usage
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if not authority:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(signer, SHA256())


@cache
def root(name: str = "root") -> x509.Certificate:
    """An authority that signs itself."""
    return certificate(name, name, authority=True)


def chain(
    *,
    names: Sequence[str] = ("echo-api.amazon.com",),
    top: str = "root",
    between: bool = True,
    **dates: datetime,
) -> bytes:
    """The PEM text of the signing certificate and the one between it and the root."""
    leaf = certificate("echo-api.amazon.com", "between", names=names, **dates)
    middle = [certificate("between", top, authority=True)] if between else []
    return b"".join(one.public_bytes(Encoding.PEM) for one in (leaf, *middle))


@dataclass
class Amazon:
    """What is at the addresses of chains, and how often it was fetched."""

    pem: bytes = field(default_factory=chain)
    fetched: list[str] = field(default_factory=list)
    failure: Callable[[], Exception] | None = None

    def fetch(self, address: str) -> bytes:
        self.fetched.append(address)
        if self.failure is not None:
            raise self.failure()
        return self.pem


def signed(body: bytes, **changed: str) -> dict[str, str]:
    """The headers of a request with this body."""
    signature = key("echo-api.amazon.com").sign(body, padding.PKCS1v15(), SHA256())
    return {
        "SignatureCertChainUrl": CHAIN_URL,
        "Signature-256": base64.b64encode(signature).decode(),
        "Content-Type": "application/json",
        **changed,
    }


def envelope(
    kind: str = "LaunchRequest",
    *,
    locale: str = "en-US",
    skill: str | None = SKILL,
    at: datetime = NOW,
    session: bool = True,
    **request: Any,
) -> bytes:
    """A whole request as Alexa sends it."""
    application = {"application": {"applicationId": skill}} if skill else {}
    body: dict[str, Any] = {
        "version": "1.0",
        "context": {
            "System": {
                **application,
                "user": {"userId": "amzn1.ask.account.A"},
                "device": {"deviceId": "amzn1.ask.device.B", "supportedInterfaces": {}},
                "apiEndpoint": "https://api.amazonalexa.com",
                "apiAccessToken": "token",
            }
        },
        "request": {
            "type": kind,
            "requestId": "amzn1.echo-api.request.C",
            "timestamp": at.isoformat().replace("+00:00", "Z"),
            "locale": locale,
            **request,
        },
    }
    if session:
        body["session"] = {
            "new": True,
            "sessionId": "amzn1.echo-api.session.D",
            **application,
            "attributes": {},
            "user": {"userId": "amzn1.ask.account.A"},
        }
    return orjson.dumps(body)


def intent(name: str, **slots: str | tuple[str, str | None]) -> dict[str, Any]:
    """The `intent` of a request; a slot is what was said, or that and its id (None: no match)."""
    filled: dict[str, Any] = {}
    for slot, value in slots.items():
        said, found = (value, "") if isinstance(value, str) else value
        filled[slot] = {"name": slot, "value": said, "confirmationStatus": "NONE"}
        if found != "":
            authority = {
                "authority": "amzn1.er-authority.echo-sdk.X",
                "status": {"code": "ER_SUCCESS_NO_MATCH"},
            }
            if found is not None:
                authority = {
                    **authority,
                    "status": {"code": "ER_SUCCESS_MATCH"},
                    "values": [{"value": {"name": said, "id": found}}],
                }
            filled[slot]["resolutions"] = {"resolutionsPerAuthority": [authority]}
    return {"name": name, "confirmationStatus": "NONE", "slots": filled}


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
