"""Groups of phones as sentences name them: `os=Android`, `language=fr`. Pure."""

from collections.abc import Mapping
from typing import Any

from dashboard.ask.words import WORDS
from dashboard.rooms.facts import fact_value


def parts_of(group: str) -> tuple[str, str]:
    """Fact and value."""
    fact, _, value = group.partition("=")
    return fact, value


def belongs(group: str, value: str) -> bool:
    """True when a phone whose fact has this value is one of the group; French is fr, fr-FR and fr-CA."""
    fact, wanted = parts_of(group)
    return value == wanted or (fact == "language" and value.partition("-")[0] == wanted)


def members(group: str, counts: Mapping[str, int]) -> int:
    """How many of the counted phones (value of the group's fact → phones) are in the group."""
    return sum(n for value, n in counts.items() if belongs(group, value))


def values_of(group: str, counts: Mapping[str, int]) -> list[str]:
    """The values that the group's phones report; the one that it is named by when there is none."""
    return sorted(value for value in counts if belongs(group, value)) or [parts_of(group)[1]]


def group_forms(group: str, language: str) -> dict[str, str]:
    """The blanks of a sentence about a group: "phones that run Android" is `{nouns} that {many} {labels}`.

    `one`, `label` and `noun` are the forms for one phone; `ne` is French's first half of a negation.
    """
    fact, value = parts_of(group)
    say = WORDS[language].of_fact(fact)
    forms = {"one": say.one, "many": say.many, "noun": say.noun[0], "nouns": say.noun[1]}
    ne = "n'" if say.one[0] in "aeiou" else "ne "
    return {**forms, "label": say.label(value, False), "labels": say.label(value, True), "ne": ne}


def spoken_group(group: str, language: str) -> str:
    """The group as an answer names it: "Android", "tablets", "speakers of French"."""
    fact, value = parts_of(group)
    return WORDS[language].of_fact(fact).title(value)


def spoken_phone(facts: Mapping[str, Any], language: str) -> str:
    """What one phone is: "iOS, Safari"."""
    said = [
        WORDS[language].facts[fact].title(value)
        for fact in ("os", "browser")
        if (value := _named(facts, fact))
    ]
    return ", ".join(said) or WORDS[language].facts["os"].noun[0]


def _named(facts: Mapping[str, Any], fact: str) -> str | None:
    value = fact_value(facts.get(fact))
    return None if value in (None, "", "other", "unknown") else value
