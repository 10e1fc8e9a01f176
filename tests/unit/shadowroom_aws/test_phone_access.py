"""A phone's address and policy, character by character."""

import hashlib
import hmac
import json
import re
from urllib.parse import parse_qsl, quote, urlsplit

from broker_bridge.wire.topics import matches
from shadowroom.aws.phone_access import POLICY_MAX, SessionKeys, presigned_url, session_policy
from shadowroom.aws.place import Place

PARIS = Place("aws", "eu-west-3", "123456789012")
THING = "phone-abcdefghijklmnopqrstuvwxyz"
KEYS = SessionKeys("ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "token+with/signs==")
HOST = "a1b2c3d4e5f6g7-ats.iot.eu-west-3.amazonaws.com"

POLICY = (
    '{"Version":"2012-10-17","Statement":['
    '{"Effect":"Allow","Action":"iot:Connect","Resource":["arn:aws:iot:eu-west-3:123456789012:client/'
    'phone-abcdefghijklmnopqrstuvwxyz"]},'
    '{"Effect":"Allow","Action":"iot:Publish","Resource":['
    '"arn:aws:iot:eu-west-3:123456789012:topic/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/update",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/get",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/name/*/update",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/name/*/get",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/room/DEMO/presence/phone-abcdefghijklmnopqrstuvwxyz"]},'
    '{"Effect":"Allow","Action":"iot:Subscribe","Resource":['
    '"arn:aws:iot:eu-west-3:123456789012:topicfilter/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/*",'
    '"arn:aws:iot:eu-west-3:123456789012:topicfilter/room/DEMO/scene",'
    '"arn:aws:iot:eu-west-3:123456789012:topicfilter/room/DEMO/poll",'
    '"arn:aws:iot:eu-west-3:123456789012:topicfilter/room/DEMO/notice"]},'
    '{"Effect":"Allow","Action":"iot:Receive","Resource":['
    '"arn:aws:iot:eu-west-3:123456789012:topic/$aws/things/phone-abcdefghijklmnopqrstuvwxyz/shadow/*",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/room/DEMO/scene",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/room/DEMO/poll",'
    '"arn:aws:iot:eu-west-3:123456789012:topic/room/DEMO/notice"]}]}'
)


def allowed(action: str, resource: str, policy: str = POLICY) -> bool:
    """IAM's rule for one resource: `*` is any text, everything else is itself."""
    for statement in json.loads(policy)["Statement"]:
        patterns = [re.escape(arn).replace(r"\*", ".*") for arn in statement["Resource"]]
        if statement["Action"] == action and any(re.fullmatch(one, PARIS.arn(resource)) for one in patterns):
            return True
    return False


def test_the_policy_is_exactly_this() -> None:
    """Every character of it, and no more of them than STS takes, for the longest code too."""
    assert session_policy(PARIS, THING, "DEMO") == POLICY
    assert len(session_policy(Place("aws-us-gov", "ap-southeast-2", "1" * 12), THING, "A" * 16)) <= POLICY_MAX


def test_it_lets_a_phone_do_what_phones_do_and_nothing_else() -> None:
    """Each filter and topic of a phone; no neighbour's, no other room's, no wildcard over things."""
    shadow = f"$aws/things/{THING}/shadow"
    for own in (shadow, f"{shadow}/name/ballot"):
        for rest in ("update/delta", "+/accepted", "+/rejected"):
            assert allowed("iot:Subscribe", f"topicfilter/{own}/{rest}")
        assert allowed("iot:Receive", f"topic/{own}/update/accepted")
        assert allowed("iot:Publish", f"topic/{own}/update")
        assert not allowed("iot:Publish", f"topic/{own}/delete")
        assert not allowed("iot:Publish", f"topic/{own}/update/accepted")
    assert allowed("iot:Connect", f"client/{THING}")
    assert not allowed("iot:Connect", "client/dashboard")
    assert not allowed("iot:Publish", "topic/room/DEMO/scene")
    assert not allowed("iot:Publish", "topic/room/DEMO/presence/phone-other")
    for denied in (
        "$aws/things/+/shadow/update/delta",
        "$aws/things/phone-other/shadow/#",
        "room/+/scene",
        "#",
    ):
        assert not allowed("iot:Subscribe", f"topicfilter/{denied}")
    assert matches(f"{shadow}/+/accepted", f"{shadow}/get/accepted")


def test_the_address_is_signed_as_aws_says() -> None:
    """Worked out again here from AWS's published steps: canonical request, string to sign, key, signature."""
    url = presigned_url(f"wss://{HOST}", "eu-west-3", KEYS)
    parts = urlsplit(url)
    given = dict(parse_qsl(parts.query, strict_parsing=True))
    stamp = given["X-Amz-Date"]
    scope = f"{stamp[:8]}/eu-west-3/iotdevicegateway/aws4_request"
    signed_query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        f"&X-Amz-Credential={quote(f'ASIAIOSFODNN7EXAMPLE/{scope}', safe='')}"
        f"&X-Amz-Date={stamp}&X-Amz-Expires=3600&X-Amz-SignedHeaders=host"
    )
    empty = hashlib.sha256(b"").hexdigest()
    canonical = f"GET\n/mqtt\n{signed_query}\nhost:{HOST}\n\nhost\n{empty}"
    to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{KEYS.secret_access_key}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()

    assert re.fullmatch(r"\d{8}T\d{6}Z", stamp)
    assert url == (
        f"wss://{HOST}/mqtt?{signed_query}&X-Amz-Signature={signature}"
        "&X-Amz-Security-Token=token%2Bwith%2Fsigns%3D%3D"
    )
