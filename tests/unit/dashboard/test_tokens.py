"""Tokens and passwords: each opens one door, for one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import TimestampSigner

from dashboard.auth import tokens as tokens_module
from dashboard.auth.tokens import PASSWORD_AGE_S, Tokens

TOKENS = Tokens("key", "presenter", "DEMO")
THING = "phone-abc"


def test_a_phone_token_is_the_identity_it_was_given_for() -> None:
    """It gives the thing back, in this room and with this key only."""
    token = TOKENS.phone_token(THING)
    assert TOKENS.thing_of(token) == THING
    assert Tokens("key", "presenter", "OTHER").thing_of(token) is None
    assert Tokens("another", "presenter", "DEMO").thing_of(token) is None


def test_no_secret_serves_as_another() -> None:
    """A token is no password and a password no token."""
    token, password = TOKENS.phone_token(THING), TOKENS.tunnel_password(THING)
    assert not TOKENS.opens_tunnel(THING, token.encode())
    assert TOKENS.thing_of(password) is None


def test_a_password_is_bound_to_its_thing_and_to_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens for its thing only, and not after it is too old."""
    password = TOKENS.tunnel_password(THING).encode()
    assert TOKENS.opens_tunnel(THING, password)
    assert not TOKENS.opens_tunnel("phone-xyz", password)
    assert PASSWORD_AGE_S <= 3600
    now = TimestampSigner("x").get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _self: now + PASSWORD_AGE_S + 2)
    assert not TOKENS.opens_tunnel(THING, password)


@given(st.text(max_size=600), st.binary(max_size=600))
def test_garbage_opens_nothing_and_breaks_nothing(text: str, raw: bytes) -> None:
    """Whatever is sent in place of a secret is answered with no."""
    assert TOKENS.thing_of(text.encode("utf-8", "replace").decode()) is None
    assert not TOKENS.opens_tunnel(THING, raw)
    assert not TOKENS.is_presenter(text.encode("utf-8", "replace").decode() + "!")


def test_the_presenter_is_known_by_the_whole_token() -> None:
    """A part of it, or more than it, is wrong."""
    assert TOKENS.is_presenter("presenter")
    assert not any(map(TOKENS.is_presenter, ("", "presente", "presenterr", "Präsenter")))


def test_an_endless_token_is_not_even_looked_at() -> None:
    """Length is bounded before any cryptography."""
    assert TOKENS.thing_of("x" * (tokens_module.TOKEN_MAX + 1)) is None
