"""AWS Signature V4 for httpx, with botocore's own signer."""

from collections.abc import Generator

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class AwsSignature(httpx.Auth):
    """Signs each request for one service and region, with the credentials as they are at that moment."""

    requires_request_body = True

    def __init__(self, service: str, region: str, credentials: Credentials) -> None:
        self._service = service
        self._region = region
        self._credentials = credentials

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add `Authorization`, `X-Amz-Date` and, if there is one, the session token."""
        signed = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            headers={"host": request.headers["host"]},
        )
        # Credentials that renew themselves must not change between two looks at them.
        frozen = self._credentials.get_frozen_credentials()
        SigV4Auth(frozen, self._service, self._region).add_auth(signed)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in signed.headers:
                request.headers[name] = signed.headers[name]
        yield request
