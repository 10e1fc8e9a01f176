"""Sentences from counts: the ones that people hear, and the laws that make them true."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.ask import answer
from dashboard.ask.words import WORDS

counts = st.dictionaries(
    st.sampled_from(["iOS", "Android", "Windows", "macOS", "Linux", "ChromeOS", "other", ""]),
    st.one_of(st.integers(0, 6), st.integers(0, 3000)),
)
languages = st.sampled_from(sorted(WORDS))


@pytest.mark.parametrize(
    ("fact", "found", "connected", "english", "french"),
    [
        (
            *("os", {"Android": 116, "iOS": 66, "Windows": 3, "other": 2}, 187),
            "Of 187 phones, 62% run Android and 35% iOS; 5 others.",
            "Sur 187 téléphones, 62\u202f% sont sous Android et 35\u202f% sous iOS ; 5 autres.",
        ),
        (
            *("os", {"Android": 12, "iOS": 7}, 20),
            "Of 20 phones, 60% run Android and 35% iOS; 1 other.",
            "Sur 20 téléphones, 60\u202f% sont sous Android et 35\u202f% sous iOS ; 1 autre.",
        ),
        ("os", {}, 0, "Nobody is connected yet.", "Personne n'est encore connecté."),
        ("os", {"iOS": 1}, 1, "The only phone here runs iOS.", "Le seul téléphone présent est sous iOS."),
        ("os", {"iOS": 12}, 12, "All 12 phones run iOS.", "Les 12 téléphones sont sous iOS."),
        (
            *("os", {"iOS": 5, "Android": 5}, 12),
            "Of 12 phones, Android and iOS are level with 5 each; 2 others.",
            "Sur 12 téléphones, Android et iOS sont à égalité avec 5 chacun ; 2 autres.",
        ),
        (
            *("browser", {"Safari": 997, "Firefox": 3}, 1000),
            "Of 1000 phones, 997 use Safari; 3 others.",
            "Sur 1000 téléphones, 997 utilisent Safari ; 3 autres.",
        ),
        (
            *("language", {"fr": 7, "en-GB": 3}, 10),
            "Of 10 phones, 70% speak French and 30% English.",
            "Sur 10 téléphones, 70\u202f% parlent français et 30\u202f% anglais.",
        ),
        (
            *("form", {"phone": 80, "tablet": 15, "desktop": 5}, 100),
            "Of 100 devices, 80% are phones, 15% tablets and 5% computers.",
            (
                "Sur 100 appareils, 80\u202f% sont des téléphones, 15\u202f% des tablettes"
                " et 5\u202f% des ordinateurs."
            ),
        ),
        (
            *("form", {"tablet": 1}, 1),
            "The only device here is a tablet.",
            "Le seul appareil présent est une tablette.",
        ),
        (
            *("os", {"other": 3}, 3),
            "None of the 3 phones says which system it runs.",
            "Aucun des 3 téléphones ne dit quel système il utilise.",
        ),
        (
            *("os", {}, 1),
            "The only phone here does not say which system it runs.",
            "Le seul téléphone présent ne dit pas quel système il utilise.",
        ),
        (
            *("os", {"a": 2, "b": 2, "c": 2, "d": 2, "e": 2, "f": 2}, 12),
            "Of 12 phones, no answer leads: 6 are level with 2 each.",
            "Sur 12 téléphones, rien ne domine : 6 réponses sont à égalité avec 2 chacune.",
        ),
    ],
)
def test_how_the_room_divides(
    fact: str, found: dict[str, int], connected: int, english: str, french: str
) -> None:
    """Majorities, ties, one phone, all alike, nobody."""
    assert answer.break_down(fact, found, connected, "en") == english
    assert answer.break_down(fact, found, connected, "fr") == french


def test_counts_have_their_plural_forms() -> None:
    """Nobody, one, several; none of, one of, some of, all."""
    assert [answer.count(n, "en") for n in (0, 1, 2)] == [
        "Nobody is connected yet.",
        "One phone is connected.",
        "2 phones are connected.",
    ]
    assert [answer.count(n, "fr") for n in (0, 1, 2)] == [
        "Personne n'est encore connecté.",
        "Un téléphone est connecté.",
        "2 téléphones sont connectés.",
    ]
    assert answer.coloured("#ff0000", 3, "fr") == "Les 3 téléphones passent en rouge."
    assert [answer.cleared(n, "en") for n in (0, 1, 2)] == [
        "The room is clear.",
        "The room is clear: one phone is dark.",
        "The room is clear: 2 phones are dark.",
    ]


@given(counts, st.integers(0, 4000), languages)
def test_what_is_said_adds_up_to_the_room(found: dict[str, int], connected: int, language: str) -> None:
    """Percentages make 100 when there are no others, and less when there are; nobody is 0%."""
    said = answer.break_down("os", found, connected, language)
    rest = int(match[1]) if (match := re.search(r"; (\d+) ", said)) else 0
    shares = [int(share) for share in re.findall(r"(\d+) %", said)]
    if shares:
        assert (sum(shares) == 100) is (rest == 0)
        assert all(0 < share < 100 for share in shares)
        assert shares == sorted(shares, reverse=True)
    assert said.endswith(".")
    assert "  " not in said
    assert "{" not in said


@given(counts, languages)
def test_every_percentage_is_within_one_of_the_truth(found: dict[str, int], language: str) -> None:
    """And groups of the same size are never told apart."""
    said = answer.break_down("os", found, 0, language)
    total = sum(found.values())
    shares = {
        name: int(share) for share, name in re.findall(r"(\d+) % (?:run |sont sous |sous )?(\w+)", said)
    }
    for name, share in shares.items():
        assert abs(share - 100 * found[name] / total) < 1
        assert all(other == share for twin, other in shares.items() if found[twin] == found[name])
