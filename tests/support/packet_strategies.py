"""Hypothesis strategies for MQTT 3.1.1 packets."""

from hypothesis import strategies as st

from broker_bridge.wire import packets

_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
FILTERS = _TEXT.filter(bool)
TOPICS = FILTERS.filter(lambda text: "+" not in text and "#" not in text)
IDS = st.integers(1, 65_535)
_QOS = st.integers(0, 2)
_BLOBS = st.binary(max_size=300)

WILLS = st.builds(packets.Will, TOPICS, _BLOBS, _QOS, st.booleans())


@st.composite
def connects(draw: st.DrawFn) -> packets.Connect:
    """CONNECT packets: a password only beside a user name."""
    username = draw(st.none() | _TEXT)
    password = draw(st.none() | _BLOBS) if username is not None else None
    return packets.Connect(
        draw(_TEXT),
        username,
        password,
        draw(st.integers(0, 65_535)),
        draw(st.booleans()),
        draw(st.none() | WILLS),
    )


PUBLISHES = st.builds(packets.Publish, TOPICS, _BLOBS, st.just(0), st.booleans()) | st.builds(
    packets.Publish, TOPICS, _BLOBS, st.just(1), st.booleans(), IDS, st.booleans()
)
CONNACKS = st.builds(packets.Connack, st.integers(0, 5)) | st.just(packets.Connack(0, session_present=True))
SUBSCRIBES = st.builds(
    packets.Subscribe, IDS, st.lists(st.tuples(FILTERS, _QOS), min_size=1, max_size=4).map(tuple)
)
SUBACKS = st.builds(
    packets.Suback, IDS, st.lists(st.sampled_from((0, 1, 2, 128)), min_size=1, max_size=9).map(tuple)
)
UNSUBSCRIBES = st.builds(packets.Unsubscribe, IDS, st.lists(FILTERS, min_size=1, max_size=4).map(tuple))

PACKETS: st.SearchStrategy[packets.Packet] = st.one_of(
    connects(),
    CONNACKS,
    PUBLISHES,
    st.builds(packets.Puback, IDS),
    SUBSCRIBES,
    SUBACKS,
    UNSUBSCRIBES,
    st.builds(packets.Unsuback, IDS),
    st.just(packets.Pingreq()),
    st.just(packets.Pingresp()),
    st.just(packets.Disconnect()),
)
"""Every packet that the codec speaks."""
