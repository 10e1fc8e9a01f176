"""AWS Signature V4 for httpx, with botocore's own signer."""

from collections.abc import Generator

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class AwsSignature(httpx.Auth):
    """Signs each request for one service and region; `session_token` only for temporary keys of AWS
    itself."""

    requires_request_body = True

    def __init__(
        self, service: str, region: str, access_key_id: str, secret_access_key: str, session_token: str | None
    ) -> None:
        credentials = Credentials(access_key_id, secret_access_key, session_token)
        self._signer = SigV4Auth(credentials, service, region)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add `Authorization`, `X-Amz-Date` and, if there is one, the session token."""
        signed = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            headers={"host": request.headers["host"]},
        )
        self._signer.add_auth(signed)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Security-Token"):
            if name in signed.headers:
                request.headers[name] = signed.headers[name]
        yield request
