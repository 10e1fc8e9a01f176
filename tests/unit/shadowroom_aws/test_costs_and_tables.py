"""What AWS costs and allows, from the tables in the package."""

import datetime
from pathlib import Path

import pytest

from shadowroom.aws.costs import Talk, is_free, items_of, total
from shadowroom.aws.rehearsal import sentence
from shadowroom.aws.tables import OWN_QUOTAS, quotas_of, table
from shadowroom.complaint import Complaint


def test_a_talk_of_two_hundred_phones_costs_cents_and_is_free_at_first() -> None:
    """Each line is an amount times its price of a million; a dearer region has its factor."""
    prices = table("prices")
    items = items_of(Talk(200), prices, "us-east-1")
    paris = items_of(Talk(200), prices, "eu-west-3")

    assert items[0].amount == 205 * 60
    assert items[0].dollars == pytest.approx(205 * 60 * 0.08 / 1_000_000)
    assert 0.02 < total(items) < 0.5
    assert total(paris) == pytest.approx(total(items) * 1.2)
    assert is_free(items)
    assert not is_free(items_of(Talk(20_000, 120), prices, "us-east-1"))


@pytest.mark.parametrize("name", ["quotas", "prices"])
def test_tables_say_when_they_were_read(name: str) -> None:
    """A date, and not in the future."""
    assert datetime.date.fromisoformat(table(name)["read_on"]).year >= 2026


def test_an_account_may_have_other_quotas(tmp_path: Path) -> None:
    """The file in the data directory wins over the table, name by name; nonsense in it is said."""
    (tmp_path / OWN_QUOTAS).write_text("connects = 300\n")
    assert quotas_of("eu-west-3", tmp_path).connects == 300
    assert quotas_of("eu-west-3", tmp_path).shadow_requests == 400
    assert quotas_of("eu-west-1").shadow_requests == 4_000

    (tmp_path / OWN_QUOTAS).write_text('connects = "many"\n')
    with pytest.raises(Complaint, match="connects is not one of"):
        quotas_of("eu-west-3", tmp_path)
    with pytest.raises(Complaint, match="one for ap-east-1"):
        quotas_of("mars-1")


def test_a_rehearsal_says_what_was_too_much() -> None:
    """By quota; nothing is said to be nothing."""
    metrics = (
        "# TYPE shadowroom_aws_throttled gauge\n"
        'shadowroom_aws_throttled{quota="connect"} 3.0\n'
        'shadowroom_aws_throttled{quota="shadow_requests"} 0.0\n'
    )

    assert sentence(metrics, "eu-west-3") == "AWS IoT in eu-west-3 would have discarded: 3 by connect."
    assert sentence("", "eu-west-3").endswith("discarded nothing.")
