"""Which sites may frame the stage."""

import pytest

from shadowroom.complaint import Complaint
from shadowroom.embed_origins import embed_origins


def test_origins_are_as_a_policy_names_them() -> None:
    """Scheme, name and port, without a slash, in lower case."""
    given = ["https://Slides.example/", "http://localhost:3000"]
    assert embed_origins(given) == ("https://slides.example", "http://localhost:3000")
    assert embed_origins(None) == ()


@pytest.mark.parametrize(
    "text", ["slides.example", "https://a.example/deck", "https://*", "*", "https://a;b"]
)
def test_what_is_no_origin_is_said(text: str) -> None:
    """Nothing that would open the policy further than its words."""
    with pytest.raises(Complaint, match="no origin"):
        embed_origins([text])
