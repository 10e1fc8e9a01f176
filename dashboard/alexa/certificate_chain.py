"""The certificates that sign Alexa's requests: from Amazon's address only, and fetched off the loop."""

import asyncio
import posixpath
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import certifi
import httpx
from cryptography import x509

HOST: Final = "s3.amazonaws.com"
PATH: Final = "/echo.api/"
FETCH_S: Final = 3.0
"""Seconds for the whole chain: Alexa itself waits eight for the answer."""
CHAIN_MAX: Final = 64 * 1024
"""Bytes of a chain; Amazon's have about six thousand."""
CHAINS_KEPT: Final = 8
"""Chains in memory: Amazon uses one at a time and changes it now and then."""
FETCHES_MAX: Final = 4
"""Chains that are fetched at once: nobody can make us load Amazon's store for fun."""


class ChainUnavailable(Exception):
    """There is no such chain at Amazon, or it could not be fetched; the text says why."""


def chain_address(url: str) -> str:
    """The address to fetch from, normalised. Raises `ChainUnavailable` for one that is not Amazon's.

    The scheme is https, the host s3.amazonaws.com, the port 443 or none, and the path, whose case matters,
    begins with /echo.api/ also when its dots are resolved.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ChainUnavailable("The address of the certificate chain is none.") from error
    path = posixpath.normpath(parts.path)
    honest = (
        parts.scheme.lower() == "https"
        and (parts.hostname or "").lower() == HOST
        and parts.username is None
        and parts.password is None
        and port in (None, 443)
        and path.startswith(PATH)
        and not any(sign in url for sign in "%\\ \t\r\n")
    )
    if not honest:
        raise ChainUnavailable("The certificate chain is not at Amazon's address.")
    return f"https://{HOST}{path}"


def fetch_chain(address: str) -> bytes:
    """The PEM text at an address; blocks up to `FETCH_S`. Raises `ChainUnavailable`."""
    deadline = time.monotonic() + FETCH_S
    found = bytearray()
    try:
        with (
            httpx.Client(timeout=FETCH_S, follow_redirects=False) as client,
            client.stream("GET", address) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise ChainUnavailable(f"Amazon answered {answer.status_code} for the certificate chain.")
            for part in answer.iter_bytes():
                found += part
                if len(found) > CHAIN_MAX or time.monotonic() > deadline:
                    raise ChainUnavailable("The certificate chain is too long, or comes too slowly.")
    except httpx.HTTPError as error:
        raise ChainUnavailable(f"The certificate chain could not be fetched: {error}.") from error
    return bytes(found)


class ChainStore:
    """Chains by their address, the newest `CHAINS_KEPT` of them in memory."""

    def __init__(self, fetch: Callable[[str], bytes] = fetch_chain) -> None:
        """`fetch` may block: it runs in a thread."""
        self._fetch = fetch
        self._kept: OrderedDict[str, Sequence[x509.Certificate]] = OrderedDict()
        self._fetching = asyncio.Semaphore(FETCHES_MAX)

    async def chain(self, url: str) -> Sequence[x509.Certificate]:
        """The certificates at `url`, the signing one first. Raises `ChainUnavailable`."""
        address = chain_address(url)
        kept = self._kept.get(address)
        if kept is None:
            if self._fetching.locked():
                raise ChainUnavailable("Too many certificate chains are being fetched.")
            async with self._fetching:
                kept = _certificates(await asyncio.to_thread(self._fetch, address))
        self._kept[address] = kept
        self._kept.move_to_end(address)
        while len(self._kept) > CHAINS_KEPT:
            self._kept.popitem(last=False)
        return kept

    def forget(self, url: str) -> None:
        """Fetch this one anew the next time: it was no good."""
        self._kept.pop(chain_address(url), None)


def trusted_roots() -> list[x509.Certificate]:
    """The roots that certifi trusts, but for those that are not well formed."""
    roots = []
    for block in Path(certifi.where()).read_bytes().split(b"-----END CERTIFICATE-----")[:-1]:
        pem = block[block.index(b"-----BEGIN") :] + b"-----END CERTIFICATE-----\n"
        with warnings.catch_warnings():
            # Starfield's root, under which Amazon's chains may be, has the serial number 0.
            warnings.simplefilter("ignore")
            try:
                root = x509.load_pem_x509_certificate(pem)
            except ValueError:
                continue
        roots.append(root)
    return roots


def _certificates(pem: bytes) -> Sequence[x509.Certificate]:
    if len(pem) > CHAIN_MAX:
        raise ChainUnavailable("The certificate chain is too long, or comes too slowly.")
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise ChainUnavailable("What is at the chain's address are no certificates.") from error
