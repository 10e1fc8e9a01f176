"""Is a request really from Alexa, now, and for this skill? Everything that Amazon demands of an endpoint."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from dashboard.alexa.certificate_chain import ChainStore, ChainUnavailable
from dashboard.alexa.envelope import Envelope, Unreadable, read_envelope

NAME: Final = "echo-api.amazon.com"
"""The name that the signing certificate must have among its alternative names."""
AGE_MAX: Final = timedelta(seconds=150)
"""By which a request may be older, or by clocks that differ younger, than now."""
CHAIN_HEADER: Final = "signaturecertchainurl"
SIGNATURE_HEADER: Final = "signature-256"


class NotAlexa(Exception):
    """The request is refused; the text says why."""


class Verifier:
    """Verifies requests for one skill."""

    def __init__(
        self,
        skill_id: str,
        roots: Sequence[x509.Certificate],
        chains: ChainStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`roots` are the certificates that chains must lead to."""
        self._skill_id = skill_id
        self._store = Store([*roots])
        self._chains = chains
        self._now = now

    async def verified(self, headers: Mapping[str, str], body: bytes) -> Envelope:
        """The request in `body`, which is the raw bytes as they came. Raises `NotAlexa`."""
        url, signature = headers.get(CHAIN_HEADER), headers.get(SIGNATURE_HEADER)
        if not url or not signature:
            raise NotAlexa("The request is not signed.")
        # Cheap checks first: who does not know the skill cannot make us fetch certificates.
        envelope = self._for_us(body)
        try:
            chain = await self._chains.chain(url)
        except ChainUnavailable as error:
            raise NotAlexa(str(error)) from error
        try:
            await asyncio.to_thread(self._check, chain, signature, body)
        except NotAlexa:
            self._chains.forget(url)
            raise
        return envelope

    def _for_us(self, body: bytes) -> Envelope:
        try:
            envelope = read_envelope(body)
        except Unreadable as error:
            raise NotAlexa(str(error)) from error
        if envelope.application_ids() != {self._skill_id}:
            raise NotAlexa("The request is for another skill.")
        if abs(self._now() - envelope.timestamp) > AGE_MAX:
            raise NotAlexa("The request is not of this moment.")
        return envelope

    def _check(self, chain: Sequence[x509.Certificate], signature: str, body: bytes) -> None:
        leaf, rest = chain[0], list(chain[1:])
        policy = PolicyBuilder().store(self._store).time(self._now())
        try:
            policy.build_server_verifier(x509.DNSName(NAME)).verify(leaf, rest)
        except VerificationError as error:
            raise NotAlexa(f"The certificate {_named(leaf)} is not trusted: {error}.") from error
        key = leaf.public_key()
        if not isinstance(key, RSAPublicKey):
            raise NotAlexa("The certificate's key is of another kind than Amazon's.")
        try:
            key.verify(base64.b64decode(signature, validate=True), body, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error) as error:
            raise NotAlexa("The signature is not of this body.") from error


def _named(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:120]
