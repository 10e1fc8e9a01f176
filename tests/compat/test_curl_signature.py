"""curl's own implementation of Signature V4, as a second opinion beside botocore's."""

import asyncio
import json
import subprocess

from tests.support.data_plane import KEY_ID, REGION, SECRET, data_plane

CURL_SECONDS = 20


async def curl(url: str, *more: str) -> tuple[int, dict[str, object]]:
    """Status and body of a signed request."""
    command = ["curl", "--silent", "--noproxy", "*", "--user", f"{KEY_ID}:{SECRET}"]
    command += ["--aws-sigv4", f"aws:amz:{REGION}:iotdata", "--write-out", "\n%{http_code}", *more, url]
    ran = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, timeout=CURL_SECONDS, check=True
    )
    body, status = ran.stdout.rsplit(b"\n", 1)
    return int(status), json.loads(body)


async def test_curl_is_understood() -> None:
    """Updates, reads and queries that curl signs are accepted; a body that was not signed is not."""
    async with data_plane() as service:
        shadow = f"{service.url}/things/t/shadow"
        status, accepted = await curl(shadow, "--data", '{"state":{"reported":{"a":1}}}')
        assert (status, accepted["version"]) == (200, 1)
        status, document = await curl(shadow)
        assert (status, document["state"]) == (200, {"reported": {"a": 1}})
        status, missing = await curl(f"{shadow}?name=s")
        assert (status, missing["message"]) == (404, "No shadow exists with name: 's'")
        status, found = await curl(f"{service.url}/indices/search", "--data", '{"queryString":"*"}')
        assert (status, len(found["things"])) == (200, 1)  # type: ignore[arg-type]
        status, refused = await curl(shadow, "--user", f"{KEY_ID}:wrong")
        assert status == 403
        assert "signature" in str(refused["message"])
