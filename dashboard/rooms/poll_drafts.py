"""What may be asked: the kinds of polls, each with its own fields, checked and put in order.

A draft is what a presenter writes, on the page or in a file; `public` is the part of it that every phone may
see.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dashboard.rooms.poll_fields import (
    OPTIONS_MAX,
    OPTIONS_MIN,
    Number,
    Option,
    Options,
    Question,
    flag,
    is_language,
    language_code,
    text,
    wrong,
)

WORD_MAX: Final = 25
"""Characters of a word of the cloud: a longer one is a sentence, and would shrink all others."""
TEXT_MAX: Final = 280
"""Characters of an open text or a question: what can be read from a wall before the next one comes."""
QUESTIONS_MAX: Final = 3
"""Questions that one phone may have: a hall of two thousand cannot be answered by more."""
STEPS_MAX: Final = 11
"""Steps of a rating, such as 0 to 10: more are an estimate."""
SECONDS: Final = (5, 3600)
"""Seconds of a timer."""
LETTERS: Final = "ABCDEF"
YES_NO: Final[Mapping[str, tuple[str, str]]] = {"en": ("Yes", "No"), "fr": ("Oui", "Non")}
"""The options of a yes/no poll by language."""
ABCD_QUESTION: Final[Mapping[str, str]] = {"en": "Your answer?", "fr": "Votre réponse ?"}
Fact = Literal["os", "os_name", "form", "browser", "language", "theme"]


class Draft(BaseModel):
    """What every kind has. `anonymous`: nobody, not even the presenter, is told who answered what."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    hidden: ClassVar[frozenset[str]] = frozenset()
    """Fields that no phone may see before the reveal, or at all."""

    kind: str
    question: Question
    language: Annotated[str, BeforeValidator(language_code)] = "en"
    anonymous: Annotated[bool, flag("anonymous")] = True
    seconds: Annotated[StrictInt, Field(ge=SECONDS[0], le=SECONDS[1])] | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """The labels that are offered, in order; empty where people write."""
        return ()

    @property
    def choices_max(self) -> int:
        """How many of them one phone may choose."""
        return 1

    def public(self) -> dict[str, Any]:
        """The draft as phones see it."""
        own = self.model_dump(exclude_none=True, exclude=set(self.hidden | {"seconds", "options"}))
        return {**own, "options": list(self.choices)}

    def solution(self) -> dict[str, Any]:
        """What phones may see of the draft once it is revealed, and not before."""
        return {}


class Single(Draft):
    """One of several options."""

    kind: Literal["single"] = "single"
    options: Options

    @property
    def choices(self) -> tuple[str, ...]:
        return self.options


class Multiple(Draft):
    """Any of several options, at most `max_choices`."""

    kind: Literal["multiple"] = "multiple"
    options: Options
    max_choices: Annotated[StrictInt, Field(ge=1, le=OPTIONS_MAX)] | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        return self.options

    @property
    def choices_max(self) -> int:
        return min(self.max_choices or OPTIONS_MAX, len(self.options))

    def public(self) -> dict[str, Any]:
        return {**super().public(), "max_choices": self.choices_max}


class YesNo(Draft):
    """Yes or no, in the poll's language."""

    kind: Literal["yesno"] = "yesno"

    @model_validator(mode="before")
    @classmethod
    def _own_options(cls, body: Any) -> Any:
        """Options that are just its own may be given; the language must be one it speaks."""
        code = str(body.get("language", "en")).lower().split("-")[0]
        own = YES_NO.get(code)
        if own is None and is_language(code):
            known = " and ".join(f'"{code}"' for code in YES_NO)
            raise wrong(f'A yes/no poll speaks {known} so far: ask with "single" and your own two options.')
        given = body.get("options")
        if given is not None and given != [] and own is not None and given != list(own):
            raise wrong('A yes/no poll has its own options: leave "options" out, or use "single".')
        return {name: value for name, value in body.items() if name != "options"}

    @property
    def choices(self) -> tuple[str, ...]:
        return YES_NO[self.language.split("-")[0]]


class Abcd(Draft):
    """Letters on the phone, the question from the speaker's mouth."""

    kind: Literal["abcd"] = "abcd"
    hidden: ClassVar[frozenset[str]] = frozenset({"letters"})
    letters: Annotated[StrictInt, Field(ge=OPTIONS_MIN, le=len(LETTERS))] = 4

    @model_validator(mode="before")
    @classmethod
    def _default_question(cls, body: Any) -> Any:
        code = str(body.get("language", "en")).split("-")[0]
        return {"question": ABCD_QUESTION.get(code, ABCD_QUESTION["en"]), **body}

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(LETTERS[: self.letters])


class Rating(Draft):
    """A step between `min` and `max`; `labels` say what the two ends mean."""

    kind: Literal["rating"] = "rating"
    min: StrictInt = 1
    max: StrictInt = Field(5, validate_default=True)
    labels: tuple[Option, Option] | None = None

    @field_validator("max")
    @classmethod
    def _is_a_scale(cls, high: int, others: ValidationInfo) -> int:
        low = others.data.get("min", high - 1)
        if not 1 <= high - low < STEPS_MAX or not -100 <= low <= 100:
            raise wrong(f'A rating has 2 to {STEPS_MAX} steps: put "max" 1 to {STEPS_MAX - 1} above "min".')
        return high

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(str(step) for step in range(self.min, self.max + 1))


class Estimate(Draft):
    """A number, between `min` and `max` where they are given."""

    kind: Literal["estimate"] = "estimate"
    min: Number | None = None
    max: Number | None = None
    unit: Annotated[str, text(20, "unit")] | None = None

    @field_validator("max")
    @classmethod
    def _is_a_range(cls, high: float | None, others: ValidationInfo) -> float | None:
        low = others.data.get("min")
        if low is not None and high is not None and low >= high:
            raise wrong('"min" must be less than "max".')
        return high


class Written(Draft):
    """The kinds where people write: what is public, and what happens to bad language."""

    hidden: ClassVar[frozenset[str]] = frozenset({"moderation", "profanity"})
    chars: ClassVar[int] = TEXT_MAX
    moderation: Literal["before", "after"] = "before"
    profanity: Literal["off", "mask", "block"] = "mask"

    def public(self) -> dict[str, Any]:
        return {**super().public(), "max_chars": self.chars}


class WordCloud(Written):
    """A few words each; the most frequent are the biggest."""

    kind: Literal["wordcloud"] = "wordcloud"
    chars: ClassVar[int] = WORD_MAX
    max_words: Annotated[StrictInt, Field(ge=1, le=5)] = 3


class Text(Written):
    """A sentence or two."""

    kind: Literal["text"] = "text"


class Questions(Written):
    """Questions from the audience, and who would like to ask them too."""

    kind: Literal["questions"] = "questions"

    def public(self) -> dict[str, Any]:
        return {**super().public(), "max_questions": QUESTIONS_MAX}


class Quiz(Draft):
    """Options of which some are right. `speed_bonus` needs a timer: speed is measured against it."""

    kind: Literal["quiz"] = "quiz"
    hidden: ClassVar[frozenset[str]] = frozenset({"right", "speed_bonus", "explanation"})
    options: Options
    right: tuple[Option, ...]
    leaderboard: Annotated[bool, flag("leaderboard")] = False
    speed_bonus: Annotated[bool, flag("speed_bonus")] = False
    explanation: Annotated[str, text(TEXT_MAX, "explanation")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_with_a_leaderboard(cls, body: Any) -> Any:
        return {"anonymous": body.get("leaderboard") is not True, **body}

    @field_validator("right")
    @classmethod
    def _are_options(cls, right: tuple[str, ...], others: ValidationInfo) -> tuple[str, ...]:
        if not right or not set(right) <= set(others.data.get("options", right)):
            raise wrong('"right" must be a list of one or more of the options, spelled as they are.')
        return right

    @model_validator(mode="after")
    def _can_be_scored(self) -> "Quiz":
        if self.leaderboard and self.anonymous:
            raise wrong("A leaderboard names phones by their number: an anonymous quiz cannot have one.")
        if self.speed_bonus and self.seconds is None:
            raise wrong('A speed bonus needs a timer: give "seconds".')
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        return self.options

    @property
    def choices_max(self) -> int:
        # Not the number of right ones, which would tell; just whether one or more may be chosen.
        return 1 if len(self.right) == 1 else len(self.options)

    def public(self) -> dict[str, Any]:
        return {**super().public(), "max_choices": self.choices_max}

    def solution(self) -> dict[str, Any]:
        explained = {} if self.explanation is None else {"explanation": self.explanation}
        return {"right": list(self.right), **explained}


class FactPoll(Draft):
    """What the phones are, counted without a tap."""

    kind: Literal["fact"] = "fact"
    fact: Fact
