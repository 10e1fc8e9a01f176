"""Each intent in each locale as a full envelope, and what the Echo is told."""

import asyncio
import zipfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from dashboard.alexa.envelope import read_envelope
from dashboard.alexa.interaction_model import (
    BUILT_IN,
    LOCALES,
    NUMBERED,
    TYPES,
    echo_intents,
    interaction_model,
    slot_values,
)
from dashboard.alexa.skill import Skill
from dashboard.ask.asker import Asker
from dashboard.ask.language_model import language_model
from dashboard.ask.showing import SHOWING
from dashboard.ask.understand import Understanding, understand
from dashboard.ask.voting import VOTING
from tests.support.amazon import envelope, intent
from tests.support.hall import Hall
from tests.support.rooms import run_shadowroom


def skill_of(hall: Hall) -> Skill:
    return Skill(Asker(hall, lambda: 0), hall)


async def told(
    hall: Hall, *, locale: str = "en-US", kind: str = "IntentRequest", **request: Any
) -> dict[str, Any]:
    skill = skill_of(hall)
    answer = await skill.respond(read_envelope(envelope(kind, locale=locale, **request)))
    await skill.stop()
    assert answer["version"] == "1.0"
    response: dict[str, Any] = answer["response"]
    return response


def asked_hall() -> Hall:
    hall = Hall()
    hall.ask_poll("Tabs?", ["Yes", "No"], {"Yes": 74, "No": 46})
    return hall


ASKED: dict[str, tuple[dict[str, Any], str, str]] = {
    "BreakDownIntent": (
        {"fact": ("OS", "os")},
        "Of 187 phones, 62% run Android and 35% iOS; 5 others.",
        "Sur 187 téléphones, 62\u202f% sont sous Android et 35\u202f% sous iOS ; 5 autres.",
    ),
    "ColourAllIntent": (
        {"color": ("red", "ff0000")},
        "All 187 phones turn red.",
        "Les 187 téléphones passent en rouge.",
    ),
    "ColourGroupIntent": (
        {"group": ("Androids", "os_android"), "color": ("green", "00b140")},
        "The 116 phones that run Android turn green.",
        "Les 116 téléphones qui sont sous Android passent en vert.",
    ),
    "CountIntent": ({}, "187 phones are connected.", "187 téléphones sont connectés."),
    "CountGroupIntent": (
        {"group": ("iPhones", "os_ios")},
        "66 of 187 phones run iOS.",
        "66 téléphones sur 187 sont sous iOS.",
    ),
    "MissingIntent": (
        {},
        "Nobody is missing: all 187 phones are connected.",
        "Personne ne manque : les 187 téléphones sont connectés.",
    ),
    "MissingVotesIntent": ({}, "No question is being asked.", "Aucune question n'est posée."),
    "HighlightIntent": (
        {"phone": "187"},
        "Phone 187, Windows, Edge, is blinking.",
        "Le téléphone 187, Windows, Edge, clignote.",
    ),
    "PollOpenIntent": ({}, "The question is: Tabs?", "La question est : Tabs?"),
    "PollLockIntent": (
        {},
        "No poll is open, so none can be closed.",
        "Aucun sondage n'est ouvert : il n'y a rien à clore.",
    ),
    "PollRevealIntent": (
        {},
        "There is nothing to reveal: close a poll first.",
        "Il n'y a rien à révéler : fermez d'abord un sondage.",
    ),
    "PollReadIntent": (
        {"poll": "1"},
        "Tabs? The answers are Yes and No. Nobody has answered yet.",
        "Tabs? Les réponses sont Yes et No. Personne n'a encore répondu.",
    ),
    "CrossIntent": (
        {"answer": ("yes", "yes")},
        "No question is being asked.",
        "Aucune question n'est posée.",
    ),
    "CrossGroupIntent": (
        {"group": ("Androids", "os_android"), "answer": ("no", "no")},
        "No question is being asked.",
        "Aucune question n'est posée.",
    ),
    "CrossByIntent": ({"fact": ("OS", "os")}, "No question is being asked.", "Aucune question n'est posée."),
    "WaveIntent": ({}, "A wave runs through the room.", "Une vague traverse la salle."),
    "BlankIntent": (
        {},
        "Eyes up: the phones are dark.",
        "Levez les yeux : les téléphones sont éteints.",
    ),
    "ClearIntent": (
        {},
        "The room is clear: 187 phones are dark.",
        "La salle est effacée : 187 téléphones sont éteints.",
    ),
    "UndoIntent": ({}, "There is nothing to undo.", "Il n'y a rien à annuler."),
}


def test_every_intent_of_the_skill_is_asked_here() -> None:
    """So that none is without a full envelope; and everything but help is an intent of the skill."""
    assert ASKED.keys() == echo_intents().keys()
    assert {known.intent for known in echo_intents().values()} == {*SHOWING, *VOTING, "undo"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ASKED)
async def test_an_intent_is_done_and_answered(name: str, locale: str) -> None:
    """Speech and card in the language of the Echo, and the session stays open for the next question."""
    slots, english, french = ASKED[name]
    hall = asked_hall()
    response = await told(hall, locale=locale, intent=intent(name, **slots))
    speech = english if locale == "en-US" else french
    assert response["outputSpeech"] == {"type": "PlainText", "text": speech.replace("\u202f", " ")}
    assert response["card"]["content"] == speech
    assert response["shouldEndSession"] is False
    assert response["reprompt"]["outputSpeech"]["text"]
    assert [line.way for line in hall.lines] == ["echo"]


@pytest.mark.parametrize(("locale", "words"), [("en-US", "187 phones"), ("fr-FR", "187 téléphones")])
async def test_opening_help_and_goodbye(locale: str, words: str) -> None:
    """Launch says how many there are, help what one can say, stop ends; the end of a session says nothing."""
    hall = asked_hall()
    assert words in (await told(hall, locale=locale, kind="LaunchRequest"))["outputSpeech"]["text"]
    help_text = (await told(hall, locale=locale, intent=intent("AMAZON.HelpIntent")))["outputSpeech"]["text"]
    fallback = await told(hall, locale=locale, intent=intent("AMAZON.FallbackIntent"))
    assert fallback["outputSpeech"]["text"].endswith(help_text)
    for name in ("AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"):
        assert (await told(hall, locale=locale, intent=intent(name)))["shouldEndSession"] is True
    assert await told(hall, locale=locale, kind="SessionEndedRequest", reason="USER_INITIATED") == {}
    assert hall.commands == []


@pytest.mark.parametrize(
    "asked",
    [
        intent("NobodyKnowsIntent"),
        intent("BreakDownIntent"),
        intent("BreakDownIntent", fact=("shoe size", None)),
        intent("ColourAllIntent", color="red"),
        intent("ColourGroupIntent", color=("red", "ff0000")),
        intent("HighlightIntent", phone="?"),
        intent("CountGroupIntent", group=("martians", "os_martian")),
        intent("CountIntent", unheard="of"),
    ],
)
async def test_what_alexa_did_not_resolve_does_nothing(asked: dict[str, Any]) -> None:
    """A slot without a value that is ours, a slot that is missing, an intent of another skill."""
    hall = asked_hall()
    speech = (await told(hall, intent=asked))["outputSpeech"]["text"]
    assert speech.startswith("I did not understand that.")
    assert (hall.commands, hall.lines, hall.pointed_out) == ([], [], [])


async def test_the_options_of_the_poll_are_told_to_the_echo_and_understood() -> None:
    """As dynamic entities by number; an answer in words that it does not know is looked up here."""
    hall = asked_hall()
    for event in ("open", "lock", "reveal"):
        await hall.change_poll("p1", event)
    (directive,) = (await told(hall, kind="LaunchRequest"))["directives"]
    assert directive["type"] == "Dialog.UpdateDynamicEntities"
    values = directive["types"][0]["values"]
    assert [(value["id"], value["name"]["value"]) for value in values] == [("1", "Yes"), ("2", "No")]
    for answer in (("Yes", "1"), ("yes", "yes"), ("YES", None)):
        response = await told(hall, intent=intent("CrossIntent", answer=answer))
        assert response["outputSpeech"]["text"] == "74 of 120 said Yes."


async def test_a_room_that_does_not_answer_is_said_to_be_away() -> None:
    """An error of the room is a sentence, not an HTTP error that the Echo would read out as a fault."""
    hall = asked_hall()
    hall.away = True
    response = await told(hall, intent=intent("ClearIntent"))
    assert response["outputSpeech"]["text"].startswith("The room does not answer just now.")


async def test_a_slow_room_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Echo is answered in time, and the deed goes on."""
    hall, done = asked_hall(), asyncio.Event()
    monkeypatch.setattr("dashboard.alexa.skill.ANSWER_S", 0.01)
    go = asyncio.Event()

    async def slow(command: dict[str, Any]) -> int:
        await go.wait()
        done.set()
        return 1

    monkeypatch.setattr(hall, "show", slow)
    skill = skill_of(hall)
    answer = await skill.respond(read_envelope(envelope("IntentRequest", intent=intent("ClearIntent"))))
    assert answer["response"]["outputSpeech"]["text"] == "I am on it."
    go.set()
    await asyncio.wait_for(done.wait(), 30)
    await skill.stop()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_interaction_model_is_one_that_amazon_takes(locale: str) -> None:
    """Names, signs, types and limits as the console checks them; no sample twice; both locales alike."""
    model = interaction_model(locale)["interactionModel"]["languageModel"]
    assert len(model["invocationName"].split()) >= 2
    assert model["invocationName"] == model["invocationName"].lower()
    names = [one["name"] for one in model["intents"]]
    assert names == [*(f"AMAZON.{name}Intent" for name in BUILT_IN), *echo_intents()]
    samples = [sample for one in model["intents"] for sample in one["samples"]]
    assert len(samples) == len(set(samples))
    assert all(len(sample) <= 200 for sample in samples)
    letters = "".join(samples).replace("{", "").replace("}", "")
    assert {letter for letter in letters if not letter.isalpha()} <= set(" '-._")
    defined = {one["name"] for one in model["types"]}
    for one in model["intents"]:
        used = {slot["name"]: slot["type"] for slot in one.get("slots", [])}
        assert all(kind in defined or kind == "AMAZON.NUMBER" for kind in used.values())
        in_samples = {word[1:-1] for sample in one["samples"] for word in sample.split() if word[0] == "{"}
        assert in_samples <= used.keys()
    for kind in model["types"]:
        words = [
            word for value in kind["values"] for word in (value["name"]["value"], *value["name"]["synonyms"])
        ]
        assert len({word.casefold() for word in words}) == len(words)
        assert all(len(word) <= 140 for word in words)
        slot = next(slot for slot, name in TYPES.items() if name == kind["name"])
        assert {value["id"] for value in kind["values"]} == slot_values(slot).keys()
    assert len(orjson.dumps(model)) < 1_500_000


@pytest.mark.parametrize("locale", LOCALES)
def test_whatever_an_echo_hears_is_understood_as_text_too(locale: str) -> None:
    """Each sample with its blanks filled in by the skill's own words is the same intent and slots."""
    language, model = LOCALES[locale], interaction_model(locale)["interactionModel"]["languageModel"]
    words = {kind["name"]: kind["values"] for kind in model["types"]}
    for one in model["intents"]:
        known = echo_intents().get(one["name"])
        for number, sample in enumerate(one["samples"]):
            text, slots = sample, dict(known.slots) if known else {}
            for slot in one.get("slots", []):
                name = slot["name"]
                if f"{{{name}}}" not in text:
                    continue
                if name in NUMBERED:
                    said, slots[name] = "2", "2"
                else:
                    value = words[slot["type"]][number % len(words[slot["type"]])]
                    said, slots[name] = value["name"]["value"], slot_values(name)[value["id"]]
                text = text.replace(f"{{{name}}}", said)
            assert known is not None
            assert understand(text, prefer=language) == Understanding(known.intent, language, slots), text


def test_the_skill_package_has_both_languages(tmp_path: Path) -> None:
    """As a folder and as an archive, with the endpoint of the room; plain http is refused with a sentence."""
    folder, archive = tmp_path / "skill", tmp_path / "skill.zip"
    for out in (folder, archive):
        run = run_shadowroom("alexa", "package", str(out), "--public-url", "https://room.example.org/")
        assert run.returncode == 0, run.stderr
    manifest = orjson.loads((folder / "skill.json").read_bytes())["manifest"]
    assert manifest["apis"]["custom"]["endpoint"]["uri"] == "https://room.example.org/alexa"
    assert manifest["publishingInformation"]["locales"].keys() == LOCALES.keys()
    for locale in LOCALES:
        written = orjson.loads((folder / f"interactionModels/custom/{locale}.json").read_bytes())
        assert written == interaction_model(locale)
    with zipfile.ZipFile(archive) as files:
        assert all(files.read(name) == (folder / name).read_bytes() for name in files.namelist())
        assert len(files.namelist()) == 3
    refused = run_shadowroom("alexa", "package", str(folder), "--public-url", "http://room.example.org")
    assert refused.returncode == 2
    assert "https" in refused.stderr


def test_both_languages_have_the_same_intents_and_values() -> None:
    """What is said differs, what is meant does not."""
    english, french = language_model("en").document, language_model("fr").document
    assert english["echo"]["intents"].keys() == french["echo"]["intents"].keys()
    for name, described in english["echo"]["intents"].items():
        assert described["intent"] == french["echo"]["intents"][name]["intent"]
        assert described.get("slots") == french["echo"]["intents"][name].get("slots")
    for slot in TYPES:
        values = [
            [entry["out"] for entry in document["lists"][slot]["values"]] for document in (english, french)
        ]
        assert values[0] == values[1]
