"""`skill.json` of the skill package: what Amazon is told of the skill beside its sentences."""

from collections.abc import Mapping
from typing import Any, Final

from dashboard.alexa.interaction_model import LOCALES
from dashboard.ask.language_model import language_model

EXAMPLES: Final = 3
"""Phrases that Amazon shows."""
_ASK: Final = {"en": "Alexa, ask {skill} to {phrase}", "fr": "Alexa, demande à {skill} : {phrase}"}
_SUMMARY: Final = {
    "en": "Ask the smartphones of a room what they are, and make them shine.",
    "fr": "Demandez aux téléphones d'une salle ce qu'ils sont, et faites-les briller.",
}


def skill_manifest(endpoint: str) -> Mapping[str, Any]:
    """The manifest of a private skill in development that answers at `endpoint` (https, port 443)."""
    return {
        "manifest": {
            "manifestVersion": "1.0",
            "publishingInformation": {
                "category": "EVENT_FINDERS",
                "distributionCountries": [],
                "isAvailableWorldwide": True,
                "testingInstructions": "The room must be running at the endpoint.",
                "locales": {locale: _published(language) for locale, language in LOCALES.items()},
            },
            "privacyAndCompliance": {
                "allowsPurchases": False,
                "usesPersonalInfo": False,
                "isChildDirected": False,
                "isExportCompliant": True,
                "containsAds": False,
            },
            "apis": {
                "custom": {
                    "endpoint": {"uri": endpoint, "sslCertificateType": "Trusted"},
                    "interfaces": [],
                }
            },
        }
    }


def _published(language: str) -> Mapping[str, Any]:
    model = language_model(language)
    name = model.document["echo"]["invocation"]
    phrases = [*model.examples][:EXAMPLES]
    return {
        "name": name.title() if language == "en" else name.capitalize(),
        "summary": _SUMMARY[language],
        "description": _SUMMARY[language],
        "examplePhrases": [_ASK[language].format(skill=name, phrase=phrase) for phrase in phrases],
        "keywords": ["shadowroom", "iot", "audience"],
    }
