"""What a phone gets to connect to AWS IoT itself: a presigned address, and a policy for nothing but its own.

No certificate and no account is made for it: the address holds a session of the stack's phone role which a
policy narrows to one thing in one room, and which ends by itself.
"""

from typing import Final, NamedTuple
from urllib.parse import quote

import orjson
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from shadowroom.aws.place import Place

SERVICE: Final = "iotdevicegateway"
"""The name that MQTT over websockets is signed for."""
SESSION_S: Final = 3_600
"""Seconds that a phone's session lasts, and its address opens a connection: the longest that AWS gives to
somebody who is in a role already. Phones ask for another after 45 minutes."""
POLICY_MAX: Final = 2_048
"""Characters of a session policy (STS, AssumeRole)."""
ROOM_TOPICS: Final = ("scene", "poll", "notice")


class SessionKeys(NamedTuple):
    """Temporary keys as STS gives them."""

    access_key_id: str
    secret_access_key: str
    session_token: str


def session_policy(place: Place, thing: str, room: str) -> str:
    """The IAM policy, as compact JSON, of a phone's session: its own shadows and presence, and the room's
    topics.

    In policies `*` is the wildcard, and `+` and `#` are letters like others (AWS IoT developer guide).
    """
    shadow = f"$aws/things/{thing}/shadow"
    heard = [f"{shadow}/*", *(f"room/{room}/{topic}" for topic in ROOM_TOPICS)]
    said = [f"{shadow}/{own}{operation}" for own in ("", "name/*/") for operation in ("update", "get")]
    statements = (
        ("Connect", [f"client/{thing}"]),
        ("Publish", [f"topic/{topic}" for topic in (*said, f"room/{room}/presence/{thing}")]),
        ("Subscribe", [f"topicfilter/{topic}" for topic in heard]),
        ("Receive", [f"topic/{topic}" for topic in heard]),
    )
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": f"iot:{action}", "Resource": [place.arn(one) for one in resources]}
            for action, resources in statements
        ],
    }
    return orjson.dumps(policy).decode()


def presigned_url(endpoint: str, region: str, keys: SessionKeys, expires_s: int = SESSION_S) -> str:
    """The address at which MQTT over a websocket is open for so many seconds to who knows it.

    `endpoint` is `wss://host`, or `ws://host:port` for an emulator. The session token is not signed but
    appended: so AWS IoT wants it (developer guide, "IAM users, groups, and roles").
    """
    request = AWSRequest(method="GET", url=f"{endpoint}/mqtt")
    signer = SigV4QueryAuth(
        Credentials(keys.access_key_id, keys.secret_access_key), SERVICE, region, expires=expires_s
    )
    signer.add_auth(request)
    return f"{request.url}&X-Amz-Security-Token={quote(keys.session_token, safe='')}"
