"""Groups of phones as sentences name them: `os=Android`, `language=fr`. Pure."""

from collections.abc import Mapping
from typing import Any

from dashboard.ask.words import WORDS
from dashboard.rooms.facts import OS_FAMILIES, fact_value

DIMMED = "#1E293B"
"""What the others show while a group has a colour: dark slate, neither black nor any colour that is named."""


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


def group_scene(
    group: str, color: str, counts: Mapping[str, int], shown: Mapping[str, Any]
) -> dict[str, Any]:
    """The command that colours a group and leaves the others as they are.

    Under a scene by the same fact they keep their colours; under any other they are dimmed.
    """
    fact, wanted = parts_of(group)
    before = shown.get("palette", {}) if shown.get("by") == fact else {}
    known = {*counts, *before, *(OS_FAMILIES if fact == "os" else ()), wanted, "other"}
    palette = {
        value: color if belongs(group, value) else before.get(value, DIMMED)
        for value in sorted(known)
        if value
    }
    return {"by": fact, "palette": palette}


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
