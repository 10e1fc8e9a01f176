"""What a device may do, once for every broker: its own shadows, its own presence, and to read the room. A
thing from outside also has a tree of its own, for its last will and whatever else it wants to say.
"""

OPERATIONS = ("get", "update", "delete")
ROOM_TOPICS = ("scene", "poll", "notice")


def publish_filters(thing: str, room: str) -> list[str]:
    """MQTT filters that cover every topic a device may publish on."""
    shadow = f"$aws/things/{thing}/shadow"
    return [
        *(f"{shadow}/{operation}" for operation in OPERATIONS),
        *(f"{shadow}/name/+/{operation}" for operation in OPERATIONS),
        f"room/{room}/presence/{thing}",
    ]


def subscribe_filters(thing: str, room: str) -> list[str]:
    """MQTT filters that cover everything a device may hear."""
    return [f"$aws/things/{thing}/shadow/#", *(f"room/{room}/{topic}" for topic in ROOM_TOPICS)]


def own_tree(thing: str) -> str:
    """The filter of the topics that a thing from outside has for itself."""
    return f"things/{thing}/#"
