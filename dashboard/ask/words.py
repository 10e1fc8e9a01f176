"""The words of the answers: what a language says of each fact. Data, and the few forms that a value takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError


@dataclass(frozen=True, slots=True)
class FactWords:
    """How one fact is spoken of."""

    one: str
    """Verb for one phone: "runs"."""
    many: str
    """Verb for several: "run"."""
    again: str
    """What the second group repeats of it: "", or "sous" in "… et 35 % sous iOS"."""
    noun: tuple[str, str]
    """What is counted: singular, plural."""
    unsaid: str
    """What the phones do not tell, when none does."""
    label: Callable[[str, bool], str]
    """A value's name after the verb; True: said of several phones."""
    title: Callable[[str], str]
    """A value's name as the subject of a sentence."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    locale: str
    facts: Mapping[str, FactWords]
    any_fact: FactWords
    """For a fact that has no words of its own."""
    answers: FactWords
    """For the answers to a poll."""
    colours: Mapping[str, str]
    """`#RRGGBB` of the sentences' colours → name."""
    empty: str
    all: str
    only: str
    of: str
    groups_end: str
    level: str
    level_many: str
    others: tuple[str, str]
    none_tells: tuple[str, str]
    """Of one phone, of several."""
    count: tuple[str, str]
    coloured: tuple[str, str, str]
    """No phone, one, several."""
    cleared: tuple[str, str, str]
    quoted: str
    semicolon: str

    @property
    def language(self) -> str:
        """Its code: "en"."""
        return self.locale[:2]

    def of_fact(self, fact: str) -> FactWords:
        """How this fact is spoken of."""
        return self.facts.get(fact, self.any_fact)

    def colour(self, color: str) -> str:
        """A colour's name, for instance "red"."""
        return self.colours.get(color.upper(), color)


def _plain(value: str, _many: bool = True) -> str:
    return value


def _language_name(locale: str) -> Callable[..., str]:
    names = Locale.parse(locale).languages

    def name(value: str, _many: bool = True) -> str:
        try:
            code = Locale.parse(value.replace("-", "_")).language
        except (ValueError, UnknownLocaleError):
            return value
        return str(names.get(code, value))

    return name


_PHONES_EN = ("phone", "phones")
_FORMS_EN = {
    "phone": ("a phone", "phones"),
    "tablet": ("a tablet", "tablets"),
    "desktop": ("a computer", "computers"),
}
_VISIBLE_EN = {"true": "awake", "false": "asleep"}
_SIM_EN = {"true": "simulated", "false": "real"}

ENGLISH = Words(
    locale="en_GB",
    facts={
        "os": FactWords("runs", "run", "", _PHONES_EN, "which system it runs", _plain, _plain),
        "browser": FactWords("uses", "use", "", _PHONES_EN, "which browser it uses", _plain, _plain),
        "language": FactWords(
            *("speaks", "speak", "", _PHONES_EN, "which language it speaks"),
            *(_language_name("en"), _language_name("en")),
        ),
        "form": FactWords(
            *("is", "are", "", ("device", "devices"), "what it is"),
            lambda value, many: _FORMS_EN.get(value, (value, value))[many],
            lambda value: _FORMS_EN.get(value, (value, value))[1],
        ),
        "os_name": FactWords("runs", "run", "", _PHONES_EN, "which system it runs", _plain, _plain),
        "theme": FactWords(
            *("is", "are", "", _PHONES_EN, "whether it is light or dark"),
            lambda value, _many: value,
            lambda value: value.capitalize(),
        ),
        "visible": FactWords(
            *("is", "are", "", _PHONES_EN, "whether it is awake"),
            lambda value, _many: _VISIBLE_EN.get(value, value),
            lambda value: _VISIBLE_EN.get(value, value),
        ),
        "sim": FactWords(
            *("is", "are", "", _PHONES_EN, "whether it is simulated"),
            lambda value, _many: _SIM_EN.get(value, value),
            lambda value: _SIM_EN.get(value, value),
        ),
    },
    any_fact=FactWords("says", "say", "", _PHONES_EN, "it", _plain, _plain),
    answers=FactWords("is", "are", "", ("answer", "answers"), "anything", _plain, _plain),
    colours={
        "#FF0000": "red",
        "#00B140": "green",
        "#2563EB": "blue",
        "#FFD400": "yellow",
        "#FF8C00": "orange",
        "#8B3FD9": "purple",
        "#FF3EA5": "pink",
        "#00C2C7": "turquoise",
        "#FFFFFF": "white",
        "#000000": "black",
        "#808080": "grey",
        "#8B4513": "brown",
        "#E6B800": "gold",
    },
    empty="Nobody is connected yet.",
    all="All {n} {noun} {verb} {label}.",
    only="The only {noun} here {verb} {label}.",
    of="Of {n} {noun}, {groups}",
    groups_end=".",
    level="{titles} are level with {each} each",
    level_many="no answer leads: {k} are level with {each} each",
    others=("; 1 other.", "; {n} others."),
    none_tells=("The only {noun} here does not say {unsaid}.", "None of the {n} {noun} says {unsaid}."),
    count=("One phone is connected.", "{n} phones are connected."),
    coloured=(
        "The room is {color}, and waits for its first phone.",
        "The only phone here turns {color}.",
        "All {n} phones turn {color}.",
    ),
    cleared=(
        "The room is clear.",
        "The room is clear: one phone is dark.",
        "The room is clear: {n} phones are dark.",
    ),
    quoted="“{}”",
    semicolon="; ",
)

_PHONES_FR = ("téléphone", "téléphones")
_FORMS_FR = {
    "phone": ("un téléphone", "des téléphones", "les téléphones"),
    "tablet": ("une tablette", "des tablettes", "les tablettes"),
    "desktop": ("un ordinateur", "des ordinateurs", "les ordinateurs"),
}
_VISIBLE_FR = {"true": ("éveillé", "éveillés"), "false": ("endormi", "endormis")}
_SIM_FR = {"true": ("simulé", "simulés"), "false": ("réel", "réels")}
_THEMES_FR = {"light": ("clair", "clairs"), "dark": ("sombre", "sombres")}
_ANSWERS_FR = ("réponse", "réponses")

FRENCH = Words(
    locale="fr_FR",
    facts={
        "os": FactWords(
            "est sous", "sont sous", "sous", _PHONES_FR, "quel système il utilise", _plain, _plain
        ),
        "browser": FactWords(
            "utilise", "utilisent", "", _PHONES_FR, "quel navigateur il utilise", _plain, _plain
        ),
        "language": FactWords(
            *("parle", "parlent", "", _PHONES_FR, "quelle langue il parle"),
            *(_language_name("fr"), _language_name("fr")),
        ),
        "form": FactWords(
            *("est", "sont", "", ("appareil", "appareils"), "ce qu'il est"),
            lambda value, many: _FORMS_FR.get(value, (value, value))[many],
            lambda value: _FORMS_FR.get(value, (value, value, value))[2],
        ),
        "os_name": FactWords(
            "est sous", "sont sous", "sous", _PHONES_FR, "quel système il utilise", _plain, _plain
        ),
        "theme": FactWords(
            *("est", "sont", "", _PHONES_FR, "s'il est clair ou sombre"),
            lambda value, many: _THEMES_FR.get(value, (value, value))[many],
            lambda value: _THEMES_FR.get(value, (value, value))[1].capitalize(),
        ),
        "visible": FactWords(
            *("est", "sont", "", _PHONES_FR, "s'il est éveillé"),
            lambda value, many: _VISIBLE_FR.get(value, (value, value))[many],
            lambda value: _VISIBLE_FR.get(value, (value, value))[1],
        ),
        "sim": FactWords(
            *("est", "sont", "", _PHONES_FR, "s'il est simulé"),
            lambda value, many: _SIM_FR.get(value, (value, value))[many],
            lambda value: _SIM_FR.get(value, (value, value))[1],
        ),
    },
    any_fact=FactWords("dit", "disent", "", _PHONES_FR, "cela", _plain, _plain),
    answers=FactWords("est", "sont", "", _ANSWERS_FR, "quoi que ce soit", _plain, _plain),
    colours={
        "#FF0000": "rouge",
        "#00B140": "vert",
        "#2563EB": "bleu",
        "#FFD400": "jaune",
        "#FF8C00": "orange",
        "#8B3FD9": "violet",
        "#FF3EA5": "rose",
        "#00C2C7": "turquoise",
        "#FFFFFF": "blanc",
        "#000000": "noir",
        "#808080": "gris",
        "#8B4513": "marron",
        "#E6B800": "doré",
    },
    empty="Personne n'est encore connecté.",
    all="Les {n} {noun} {verb} {label}.",
    only="Le seul {noun} présent {verb} {label}.",
    of="Sur {n} {noun}, {groups}",
    groups_end=".",
    level="{titles} sont à égalité avec {each} chacun",
    level_many="rien ne domine : {k} réponses sont à égalité avec {each} chacune",
    others=(" ; 1 autre.", " ; {n} autres."),
    none_tells=(
        "Le seul {noun} présent ne dit pas {unsaid}.",
        "Aucun des {n} {noun} ne dit {unsaid}.",
    ),
    count=("Un téléphone est connecté.", "{n} téléphones sont connectés."),
    coloured=(
        "La salle est en {color} et attend son premier téléphone.",
        "Le seul téléphone présent passe en {color}.",
        "Les {n} téléphones passent en {color}.",
    ),
    cleared=(
        "La salle est effacée.",
        "La salle est effacée : un téléphone est éteint.",
        "La salle est effacée : {n} téléphones sont éteints.",
    ),
    quoted="« {} »",
    semicolon=" ; ",
)

WORDS: Mapping[str, Words] = {"en": ENGLISH, "fr": FRENCH}
"""By the language of the sentence that was understood."""
