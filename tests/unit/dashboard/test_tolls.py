"""A tunnel under quotas."""

from broker_bridge.wire.packets import PacketReader, Pingreq, Puback, Publish, encode
from broker_bridge.wire.quotas import AccountMeter, Quotas, What
from dashboard.tolls import Tolls

PARIS = Quotas("eu-west-3", connects=100, inbound=2_000, outbound=2_000, shadow_requests=400)


def test_publishes_above_the_quota_are_taken_out_and_everything_else_passes() -> None:
    """Of 120 publishes in a second 100 go on, with the ping behind them; 20 are counted."""
    account = AccountMeter(PARIS)
    tolls = Tolls(account)
    sent = b"".join(encode(Publish("a", b"%d" % number)) for number in range(120)) + encode(Pingreq())

    passed = PacketReader().feed(tolls.up(sent, 1.0))

    assert [type(packet) for packet in passed] == [Publish] * 100 + [Pingreq]
    assert account.throttled == {What.CONNECTION_IN: 20}


def test_packets_cut_anywhere_are_passed_on_whole() -> None:
    """Nothing of a packet goes on before all of it is there."""
    tolls = Tolls(AccountMeter(PARIS))
    packet = encode(Publish("room/A/scene", b"x" * 300))

    assert tolls.down(packet[:7], 1.0) == b""
    assert tolls.down(packet[7:], 1.0) == packet


def test_acknowledgements_make_room() -> None:
    """A publish is in flight until the broker's PUBACK came down."""
    tolls = Tolls(AccountMeter(PARIS))
    for number in range(1, 101):
        assert tolls.up(encode(Publish("a", qos=1, packet_id=number)), float(number))
    waiting = encode(Publish("a", qos=1, packet_id=101))

    assert tolls.up(waiting, 200.0) == b""
    tolls.down(encode(Puback(1)), 200.0)
    assert tolls.up(waiting, 201.0) == waiting
