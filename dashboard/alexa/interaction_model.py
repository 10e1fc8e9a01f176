"""The Echo's interaction models, made from the same sentences that text and voice are understood by."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hassil import parse_sentence
from hassil.sample import sample_sentence

from dashboard.ask.language_model import language_model

LOCALES: Final = {"en-US": "en", "fr-FR": "fr"}
"""Locale of the skill → language of the sentences."""
BUILT_IN: Final = ("Cancel", "Stop", "Help", "Fallback", "NavigateHome")
"""Amazon's own intents: every skill has them, without samples of ours."""
TYPES: Final = {"fact": "FACT", "color": "COLOR", "group": "GROUP", "answer": "ANSWER"}
NUMBER: Final = "AMAZON.NUMBER"
NUMBERED: Final = frozenset({"phone", "poll"})
SYNONYMS_MAX: Final = 60
"""Other words for one value: the console takes many more, and nobody says more."""

_BLANK = re.compile(r"\{(\w+)\}")
_SPOKEN = re.compile(r"[\w .'-]+\Z")


@dataclass(frozen=True, slots=True)
class EchoIntent:
    """What an intent of the skill means here."""

    intent: str
    slots: Mapping[str, str]
    """Slots whose values go without saying."""


@cache
def echo_intents() -> Mapping[str, EchoIntent]:
    """By the intent's name in the skill, such as `BreakDownIntent`; the same in all languages."""
    described = language_model("en").document["echo"]["intents"]
    return {
        f"{name}Intent": EchoIntent(entry["intent"], entry.get("slots", {}))
        for name, entry in described.items()
    }


@cache
def slot_values(slot: str) -> Mapping[str, str]:
    """Id in the skill → value here, for a slot of `TYPES`."""
    return {
        value_id(entry["out"]): entry["out"]
        for entry in language_model("en").document["lists"][slot]["values"]
    }


def value_id(value: str) -> str:
    """A value as an id: letters, digits and underscores."""
    return re.sub(r"\W+", "_", value).strip("_").lower()


@cache
def interaction_model(locale: str) -> Mapping[str, Any]:
    """The file `interactionModels/custom/{locale}.json` of a skill package."""
    model = language_model(LOCALES[locale])
    echo = model.document["echo"]
    intents: list[dict[str, Any]] = [{"name": f"AMAZON.{name}Intent", "samples": []} for name in BUILT_IN]
    for name, entry in echo["intents"].items():
        samples = [*dict.fromkeys(sample for template in entry["samples"] for sample in _said(template))]
        slots = sorted({slot for sample in samples for slot in _BLANK.findall(sample)})
        intent: dict[str, Any] = {"name": f"{name}Intent", "samples": samples}
        if slots:
            intent["slots"] = [{"name": slot, "type": TYPES.get(slot, NUMBER)} for slot in slots]
        intents.append(intent)
    return {
        "interactionModel": {
            "languageModel": {
                "invocationName": echo["invocation"],
                "intents": intents,
                "types": [{"name": TYPES[slot], "values": [*_values(locale, slot)]} for slot in TYPES],
            }
        }
    }


def _values(locale: str, slot: str) -> Iterator[dict[str, Any]]:
    """A slot type's values; a word that stands for two of them stays with the first."""
    model = language_model(LOCALES[locale])
    rules = {name: parse_sentence(template) for name, template in model.document["expansion_rules"].items()}
    taken: set[str] = set()
    for entry in model.document["lists"][slot]["values"]:
        spoken = sample_sentence(parse_sentence(entry["in"]), expansion_rules=rules)
        words = [*dict.fromkeys(" ".join(text.split()) for text in spoken)]
        words = [word for word in words if _SPOKEN.match(word) and word.casefold() not in taken][
            :SYNONYMS_MAX
        ]
        taken.update(word.casefold() for word in words)
        if words:
            name = {"value": words[0], "synonyms": words[1:]}
            yield {"id": value_id(entry["out"]), "name": name}


def _said(template: str) -> Iterator[str]:
    for text in sample_sentence(parse_sentence(template), expand_lists=False):
        yield " ".join(text.split())
