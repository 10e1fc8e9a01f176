"""TLS options, checked before anything is started."""

import ssl
from pathlib import Path

from shadowroom.complaint import USAGE, Complaint


def check_certificate(certfile: Path | None, keyfile: Path | None) -> None:
    """Do nothing when there is no TLS, or a certificate with its key; else raise a `Complaint`."""
    if certfile is None and keyfile is None:
        return
    if certfile is None or keyfile is None:
        raise Complaint("--certfile and --keyfile belong together: give both or neither.", USAGE)
    for path in (certfile, keyfile):
        if not path.is_file():
            raise Complaint(f"There is no certificate or key file {path}.", USAGE)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certfile, keyfile)
    except (ssl.SSLError, OSError) as error:
        raise Complaint(
            f"{certfile} and {keyfile} are no certificate and its key in PEM form ({error}).", USAGE
        ) from error
