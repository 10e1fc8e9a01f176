"""What a simulated phone answers to a poll of any kind, as a function of the seed: its ballot's entry."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

Entry = dict[str, Any]

WORDS: Final = {
    "en": (
        "shadows",
        "MQTT",
        "phones",
        "fast",
        "colour",
        "broker",
        "live",
        "Python",
        "magic",
        "twins",
        "sync",
    ),
    "fr": (
        "ombres",
        "MQTT",
        "mobiles",
        "rapide",
        "couleur",
        "broker",
        "direct",
        "Python",
        "magie",
        "jumeaux",
    ),
}
TEXTS: Final = {
    "en": (
        "That it works without the cloud.",
        "The phone that slept and caught up.",
        "How small the code is.",
        "I will try it at our next meet-up.",
        "The colours!",
    ),
    "fr": (
        "Que cela marche sans le nuage.",
        "Le téléphone qui dormait et a rattrapé les autres.",
        "Que le code soit si court.",
        "Je l'essaierai à notre prochaine rencontre.",
        "Les couleurs !",
    ),
}
QUESTIONS: Final = {
    "en": (
        "What happens when the broker restarts?",
        "Does it run on a Raspberry Pi?",
        "How many phones did you try?",
        "Can I use my own broker?",
        "Is the source open?",
    ),
    "fr": (
        "Que se passe-t-il si le broker redémarre ?",
        "Est-ce que cela tourne sur un Raspberry Pi ?",
        "Combien de téléphones avez-vous essayés ?",
        "Puis-je utiliser mon propre broker ?",
        "Le code est-il ouvert ?",
    ),
}
ASKS_SHARE: Final = 0.2
"""Of an audience, the part that asks something when it may."""
SPREAD: Final = 0.35
"""Standard deviation of the logarithm of an estimate: people are wrong by a third."""
ESTIMATE: Final = 100.0
"""About what an estimate without bounds is guessed to be."""


def answer(rng: Random, taste: Random, poll: Mapping[str, Any], before: Entry | None = None) -> Entry | None:
    """A plausible entry for the poll of a poll message, other than `before`; None for no answer.

    `taste` is the same for all phones and makes some answers more popular than others.
    """
    kind = poll.get("kind")
    language = "fr" if str(poll.get("language", "en")).startswith("fr") else "en"
    match kind:
        case "rating":
            return _step(rng, taste, poll.get("options") or [], before)
        case "estimate":
            return _estimate(rng, taste, poll)
        case "wordcloud":
            count = rng.randint(1, max(int(poll.get("max_words", 1)), 1))
            return {"words": [*dict.fromkeys(_liked(rng, taste, WORDS[language]) for _ in range(count))]}
        case "text":
            return {"text": _liked(rng, taste, TEXTS[language])}
        case "questions":
            return _questions(rng, taste, poll, QUESTIONS[language])
        case "fact":
            return None
        case _:
            return _choice(rng, taste, poll, before)


def labels_of(entry: Entry) -> list[str]:
    """What an entry says, as the words by which a tally counts it."""
    if "number" in entry:
        return [str(entry["number"])]
    said = [entry[name] for name in ("choice", "words", "questions") if name in entry]
    return [*said[0]] if said else [entry["text"]] if "text" in entry else []


def _liked(rng: Random, taste: Random, things: Sequence[str]) -> str:
    weights = [0.2 + taste.random() for _ in things]
    return rng.choices(things, weights)[0]


def _choice(rng: Random, taste: Random, poll: Mapping[str, Any], before: Entry | None) -> Entry | None:
    options = [option for option in poll.get("options") or [] if isinstance(option, str)]
    first = _other(rng, taste, options, before["choice"][0] if before else None)
    if first is None:
        return None
    most = int(poll.get("max_choices") or 1)
    more = [option for option in options if option != first and rng.random() < 0.3]
    return {"choice": [first, *more[: most - 1]]}


def _step(rng: Random, taste: Random, steps: Sequence[str], before: Entry | None) -> Entry | None:
    step = _other(rng, taste, steps, str(before["number"]) if before else None)
    return None if step is None else {"number": int(step)}


def _other(rng: Random, taste: Random, options: Sequence[str], before: str | None) -> str | None:
    weights = [0.2 + taste.random() for _ in options]
    left = [(option, weight) for option, weight in zip(options, weights, strict=True) if option != before]
    return rng.choices([option for option, _ in left], [weight for _, weight in left])[0] if left else None


def _estimate(rng: Random, taste: Random, poll: Mapping[str, Any]) -> Entry:
    low, high = poll.get("min"), poll.get("max")
    if low is not None and high is not None:
        middle = low + (high - low) * (0.3 + 0.4 * taste.random())
        return {"number": round(min(max(rng.gauss(middle, (high - low) / 8), low), high))}
    middle = max(low or 0.0, ESTIMATE) * (0.5 + taste.random())
    guess = round(middle * rng.lognormvariate(0.0, SPREAD))
    return {"number": guess if high is None else min(guess, high)}


def _questions(rng: Random, taste: Random, poll: Mapping[str, Any], known: Sequence[str]) -> Entry | None:
    asked = [_liked(rng, taste, known)] if rng.random() < ASKS_SHARE else []
    seen = [
        entry["id"] for entry in poll.get("entries") or [] if isinstance(entry, Mapping) and "id" in entry
    ]
    upvotes = [one for one in seen if rng.random() < 0.3]
    return {"questions": asked, "upvotes": upvotes} if asked or upvotes else None
