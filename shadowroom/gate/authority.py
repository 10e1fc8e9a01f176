"""The certificate authority of one data directory: it signs the gate's own certificate and those of things.

Everything is EC P-256, which AWS's SDKs and small devices speak. Files are under `<data-dir>/secrets/tls/`,
all of them 0600.
"""

import datetime
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shadowroom.complaint import Complaint
from shadowroom.private_files import exclusive, write_private

AUTHORITY_DAYS = 3_650
THING_DAYS = 3_650
"""Ten years: a device is not given a new certificate easily; `things remove` ends it any day."""
SERVER_DAYS = 365
"""Clients of some makers refuse more than 397 days."""
RENEW_DAYS = 30
"""A server certificate with less than this left is made anew at the next look."""
_COMMON_NAME_MAX = 64
_BACKDATE = datetime.timedelta(days=1)
"""For devices whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, both as PEM text."""

    certificate: str
    private_key: str = field(repr=False)
    id: str
    """SHA-256 of the certificate in DER form, in hex."""


class Authority:
    """Made at its first use, once, whoever uses it first."""

    def __init__(self, data_dir: Path, room: str) -> None:
        self._directory = data_dir / "secrets" / "tls"
        self._room = room
        self._loaded: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None

    @property
    def ca_file(self) -> Path:
        """The authority's certificate, for clients to trust; there after the first use."""
        return self._directory / "ca.pem"

    def ca_pem(self) -> str:
        """The authority's certificate."""
        return _pem(self._authority()[0])

    def issue(self, thing: str, now: datetime.datetime) -> Issued:
        """A client certificate for `thing`, whose common name is the name's first 64 characters: X.509 has
        no longer ones, and the gate knows a thing by its certificate's id.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = self._sign(thing[:_COMMON_NAME_MAX], key.public_key(), now, THING_DAYS, [usage])
        return Issued(_pem(certificate), _key_pem(key), certificate.fingerprint(hashes.SHA256()).hex())

    def server_context(self, names: Sequence[str], now: datetime.datetime) -> ssl.SSLContext:
        """TLS 1.2 and up for the gate, which asks for a certificate of ours."""
        self._authority()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.ca_file)
        # AWS's clients ask for the second on port 443; who asks for nothing gets nothing.
        context.set_alpn_protocols(["mqtt", "x-amzn-mqtt-ca"])
        self.renew_server(context, names, now)
        return context

    def renew_server(self, context: ssl.SSLContext, names: Sequence[str], now: datetime.datetime) -> bool:
        """Give `context` a certificate for exactly these names; True if it had to be made anew. Connections
        that are open stay."""
        chain = self._directory / "server.pem"
        anew = not self._is_good(chain, names, now)
        if anew:
            key = ec.generate_private_key(ec.SECP256R1())
            extensions: list[x509.ExtensionType] = [
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
                x509.SubjectAlternativeName([_general_name(name) for name in names]),
            ]
            certificate = self._sign(
                f"Shadowroom {self._room}", key.public_key(), now, SERVER_DAYS, extensions
            )
            write_private(chain, _pem(certificate) + _key_pem(key))
        context.load_cert_chain(chain)
        return anew

    def _is_good(self, chain: Path, names: Sequence[str], now: datetime.datetime) -> bool:
        try:
            certificate = x509.load_pem_x509_certificate(chain.read_bytes())
            certificate.verify_directly_issued_by(self._authority()[0])
            held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except Exception:  # noqa: BLE001 - missing, damaged, of another authority: make a new one
            return False
        left = certificate.not_valid_after_utc - now
        return set(held) == {_general_name(name) for name in names} and left > datetime.timedelta(RENEW_DAYS)

    def _authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        if self._loaded is None:
            kept = self._directory / "ca.key"
            with exclusive(self._directory / "ca.lock"):
                if not kept.exists():
                    self._create()
            self._loaded = self._load(kept)
        return self._loaded

    def _load(self, kept: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        try:
            key = serialization.load_pem_private_key(kept.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(self.ca_file.read_bytes())
        except (OSError, ValueError) as error:
            raise Complaint(f"The certificate authority in {self._directory} is damaged: {error}.") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise Complaint(f"The certificate authority in {self._directory} is damaged: restore a backup.")
        return certificate, key

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        name = _name(f"Shadowroom {self._room} CA")
        usage = _usage(key_cert_sign=True, crl_sign=True)
        builder = _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        # The key last: it says that both are there.
        write_private(self.ca_file, _pem(certificate))
        write_private(self._directory / "ca.key", _key_pem(key))

    def _sign(
        self,
        common_name: str,
        public_key: ec.EllipticCurvePublicKey,
        now: datetime.datetime,
        days: int,
        extensions: Sequence[x509.ExtensionType],
    ) -> x509.Certificate:
        authority, key = self._authority()
        builder = _builder(_name(common_name), authority.subject, public_key, now, days)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
        builder = (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(issuer, critical=False)
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(key, hashes.SHA256())


def certificate_id(der: bytes) -> str:
    """The id of a certificate that TLS has verified."""
    return x509.load_der_x509_certificate(der).fingerprint(hashes.SHA256()).hex()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATE)
        .not_valid_after(now + datetime.timedelta(days=days))
    )


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
