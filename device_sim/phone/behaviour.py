"""Who is in the room and how they behave, as a function of a seed: the same seed gives the same crowd."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, ClassVar, Final
from zlib import crc32

from pydantic import ConfigDict, Field

from device_sim.phone.answers import Entry, answer


@dataclass(frozen=True, slots=True)
class Persona:
    """A device and its language, with the names of the join request and of `reported`."""

    os: str
    os_name: str
    form: str
    browser: str
    language: str
    theme: str

    @property
    def facts(self) -> dict[str, Any]:
        """The part of the classic shadow's `reported` that never changes."""
        return {
            "os": self.os,
            "os_name": self.os_name,
            "os_evidence": "simulated",
            "form": self.form,
            "browser": self.browser,
            "language": self.language,
            "theme": self.theme,
        }


DEVICES: Final[tuple[tuple[float, str, str, str, str], ...]] = (
    (36.0, "iOS", "iOS", "phone", "Safari"),
    (5.0, "iOS", "iOS", "phone", "Chrome"),
    (2.5, "iOS", "iPadOS", "tablet", "Safari"),
    (27.0, "Android", "Android", "phone", "Chrome"),
    (7.0, "Android", "Android", "phone", "Samsung Internet"),
    (3.0, "Android", "Android", "phone", "Firefox"),
    (1.5, "Android", "Android", "tablet", "Chrome"),
    (1.0, "HarmonyOS", "HarmonyOS", "phone", "Huawei Browser"),
    (6.0, "macOS", "macOS", "desktop", "Safari"),
    (2.0, "macOS", "macOS", "desktop", "Chrome"),
    (3.0, "Windows", "Windows", "desktop", "Edge"),
    (2.0, "Windows", "Windows", "desktop", "Chrome"),
    (2.5, "Linux", "Linux", "desktop", "Firefox"),
    (1.0, "ChromeOS", "ChromeOS", "desktop", "Chrome"),
    (0.5, "other", "KaiOS", "phone", "other"),
)
"""Weight in percent, family, name, form, browser: an assumed technical audience in Europe."""

LANGUAGES: Final[tuple[tuple[float, str], ...]] = ((55, "en"), (20, "de"), (12, "fr"), (7, "es"), (6, "it"))
"""Weight in percent and language tag, as assumed as the devices."""

VOTES_SHARE: Final = 0.9
"""Of those who see a question, the part that answers."""
CHANGES_SHARE: Final = 0.15
"""Of those who answered, the part that changes its mind."""
THINK_MEDIAN_SECONDS: Final = 2.5
THINK_MAX_SECONDS: Final = 12.0
"""Think times are log-normal, as human reaction times are, and cut so that a short run sees every answer."""

_Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class Habits:
    """How people answer. A scenario may say otherwise, and is then checked by these bounds."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    answer_share: _Share = VOTES_SHARE
    change_share: _Share = CHANGES_SHARE
    think_median_s: Annotated[float, Field(gt=0, le=3_600)] = THINK_MEDIAN_SECONDS
    think_max_s: Annotated[float, Field(gt=0, le=3_600)] = THINK_MAX_SECONDS


SPREAD_MAX_MS: Final = 60_000
"""A longer spread is a mistake: some wall waits for the report."""
DARK_SHARE: Final = 0.4
"""Of the phones, the part whose system asks for dark pages, as assumed."""

_PERSONAS: dict[tuple[int, int, bool], Persona] = {}


def persona(seed: int, index: int) -> Persona:
    """The device that phone `index` is; equal personas are one object, to save memory."""
    rng = Random(f"{seed}:persona:{index}")  # noqa: S311, a crowd and no secret
    device = rng.choices(range(len(DEVICES)), [entry[0] for entry in DEVICES])[0]
    language = rng.choices(range(len(LANGUAGES)), [entry[0] for entry in LANGUAGES])[0]
    dark = rng.random() < DARK_SHARE
    made = _PERSONAS.get((device, language, dark))
    if made is None:
        theme = "dark" if dark else "light"
        made = _PERSONAS[device, language, dark] = Persona(
            *DEVICES[device][1:], LANGUAGES[language][1], theme
        )
    return made


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer: the ballot's entry, and how many seconds after the question (or the first answer) came."""

    entry: Entry
    after: float


def votes(seed: int, index: int, poll: Mapping[str, Any], habits: Habits) -> list[Vote]:
    """What phone `index` answers to the poll of a poll message: nothing, once, or once and then otherwise."""
    rng = Random(f"{seed}:vote:{index}:{poll['id']}")  # noqa: S311, a crowd and no secret
    if rng.random() >= habits.answer_share:
        return []
    taste = f"{seed}:taste:{poll['id']}"
    first = answer(rng, Random(taste), poll)  # noqa: S311
    if first is None:
        return []
    plan = [Vote(first, _think(rng, habits))]
    if rng.random() < habits.change_share:
        second = answer(rng, Random(taste), poll, first)  # noqa: S311
        if second is not None and second != first:
            plan.append(Vote(second, _think(rng, habits)))
    return plan


def report_after(seed: int, index: int, scene: Mapping[str, Any]) -> float:
    """Seconds after which phone `index` reports a scene: by chance, within the scene's `spread_ms`."""
    spread = scene.get("spread_ms")
    if not isinstance(spread, int) or spread <= 0:
        return 0.0
    rng = Random(f"{seed}:spread:{index}:{scene['version']}")  # noqa: S311, a crowd and no secret
    return rng.random() * min(spread, SPREAD_MAX_MS) / 1e3


def sends_twice(seed: int, index: int, packet_id: int, share: float) -> bool:
    """Whether phone `index` sends this message again, as one whose acknowledgement was lost."""
    return crc32(f"{seed}:{index}:{packet_id}".encode()) < share * 2**32


def _think(rng: Random, habits: Habits) -> float:
    return min(rng.lognormvariate(0.0, 0.6) * habits.think_median_s, habits.think_max_s)
