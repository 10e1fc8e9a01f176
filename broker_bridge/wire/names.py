"""Names of AWS IoT, checked once at the border: alphabets and lengths as in the botocore model of
`iot-data`."""

import re

THING_NAME_MAX = 128
"""Characters; botocore `iot-data` ThingName."""
SHADOW_NAME_MAX = 64
"""Characters; botocore `iot-data` ShadowName."""
CLIENT_TOKEN_MAX_BYTES = 64
"""Bytes of UTF-8, not characters; AWS developer guide, "Client tokens"."""

_THING = re.compile(r"[a-zA-Z0-9:_-]{1,128}\Z")
_SHADOW = re.compile(r"[$a-zA-Z0-9:_-]{1,64}\Z")


def is_thing_name(name: str) -> bool:
    """True when AWS IoT would accept `name` as the name of a thing."""
    return _THING.match(name) is not None


def is_shadow_name(name: str) -> bool:
    """True when AWS IoT would accept `name` as the name of a named shadow."""
    return _SHADOW.match(name) is not None
