"""AWS IoT's quotas, counted."""

from broker_bridge.wire.quotas import AccountMeter, ConnectionMeter, PerSecond, Quotas, What

PARIS = Quotas("eu-west-3", connects=2, inbound=2_000, outbound=2_000, shadow_requests=400)


def test_a_second_takes_its_limit_and_the_next_one_too() -> None:
    """What was left of a second is not saved for later."""
    limit = PerSecond(2)

    assert [limit.takes(now) for now in (5.0, 5.5, 5.9, 6.0, 6.1, 6.2)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_connects_above_the_quota_are_counted() -> None:
    """The account takes two connections a second here."""
    account = AccountMeter(PARIS)

    assert [account.connects(1.0) for _ in range(3)] == [True, True, False]
    assert account.throttled == {What.CONNECT: 1}


def test_one_connection_has_a_hundred_each_way() -> None:
    """Of 150 publishes in and out in one second, 50 are discarded each way; another connection has its
    own."""
    account = AccountMeter(PARIS)
    one, other = ConnectionMeter(account), ConnectionMeter(account)

    assert sum(one.publishes("room/A/presence/p", 1.0) for _ in range(150)) == 100
    assert sum(one.delivers(1.0) for _ in range(150)) == 100
    assert other.publishes("room/A/presence/q", 1.0)
    assert account.throttled == {What.CONNECTION_IN: 50, What.CONNECTION_OUT: 50}


def test_a_shadow_update_counts_four_times_for_the_account() -> None:
    """2,000 inbound publishes a second are 500 shadow updates."""
    account = AccountMeter(PARIS)
    topics = ["$aws/things/a/shadow/update", "$aws/things/a/shadow/name/ballot/update"]

    assert sum(account.publishes(topics[number % 2], 1.0) for number in range(600)) == 500
    assert not account.publishes("room/A/presence/p", 1.0)
    assert account.publishes("room/A/presence/p", 2.0)


def test_a_hundred_publishes_may_wait_for_their_acknowledgement() -> None:
    """The next one is discarded until one was acknowledged; one that is sent again counts once."""
    connection = ConnectionMeter(AccountMeter(PARIS))
    for number in range(1, 101):
        assert connection.publishes("a", number, number)

    assert not connection.publishes("a", 200.0, 101)
    assert connection.publishes("a", 200.0, 100)
    connection.acknowledged(1)
    assert connection.publishes("a", 201.0, 101)
