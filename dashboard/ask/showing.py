"""Intents about what the phones show and who they are."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from dashboard.ask import answer
from dashboard.ask.deed import Deed, Undo
from dashboard.ask.groups import group_forms, members, parts_of, spoken_phone, values_of
from dashboard.ask.phrase import phrase, together
from dashboard.ask.port import AskableRoom
from dashboard.ask.understand import Understanding
from dashboard.ask.words import WORDS

NUMBERS_TOLD: Final = 5
"""Numbers of absent phones that are told: what a listener can write down."""


async def break_down(room: AskableRoom, meant: Understanding) -> Deed:
    """Colour by a fact and say how the phones divide."""
    fact = meant.slots["fact"]
    version, undo = await _show(room, {"by": fact})
    said = answer.break_down(fact, room.count_by(fact), room.connected(), meant.language)
    return Deed(said, version, undo)


async def colour_all(room: AskableRoom, meant: Understanding) -> Deed:
    """One colour for everybody."""
    color = meant.slots["color"]
    version, undo = await _show(room, {"color": color})
    return Deed(answer.coloured(color, room.connected(), meant.language), version, undo)


async def colour_group(room: AskableRoom, meant: Understanding) -> Deed:
    """One colour for a group, and how many it is."""
    group, color, language = meant.slots["group"], meant.slots["color"], meant.language
    fact, _ = parts_of(group)
    counts = room.count_by(fact)
    values = values_of(group, counts)
    version = await room.colour_group(fact, values, color)
    k, name = members(group, counts), WORDS[language].colour(color)
    said = phrase(language, "group_coloured", k, k=k, color=name, **group_forms(group, language))
    return Deed(said, version, Undo(scenes=len(values)))


async def clear(room: AskableRoom, meant: Understanding) -> Deed:
    """Nothing on any phone."""
    version, undo = await _show(room, {})
    return Deed(answer.cleared(room.connected(), meant.language), version, undo)


async def blank(room: AskableRoom, meant: Understanding) -> Deed:
    """Black phones: eyes up."""
    version, undo = await _show(room, {"blank": True})
    return Deed(phrase(meant.language, "blanked"), version, undo)


async def wave(room: AskableRoom, meant: Understanding) -> Deed:
    """A wave through the room."""
    version, undo = await _show(room, {"wave": True})
    return Deed(phrase(meant.language, "waving"), version, undo)


async def count(room: AskableRoom, meant: Understanding) -> Deed:
    """How many phones, or how many of a group."""
    language, connected, group = meant.language, room.connected(), meant.slots.get("group")
    if group is None or connected == 0:
        return Deed(answer.count(connected, language))
    fact, _ = parts_of(group)
    counts = room.count_by(fact)
    k = members(group, counts)
    if k == connected:
        return Deed(answer.break_down(fact, _as_one(group, k), connected, language))
    if connected == 1:
        return Deed(answer.break_down(fact, counts, connected, language))
    return Deed(phrase(language, "count_group", k, k=k, n=connected, **group_forms(group, language)))


async def missing(room: AskableRoom, meant: Understanding) -> Deed:
    """Who joined and is away; or, of `what` is `vote`, how many have yet to answer."""
    if meant.slots.get("what") == "vote":
        return _votes(room, meant.language)
    language = meant.language
    phones = [*room.phones()]
    away = sorted(phone.slot for phone in phones if not phone.connected)
    n, k = len(phones), len(away)
    if n == 0:
        return Deed(phrase(language, "nobody_joined"))
    if k == 0:
        return Deed(phrase(language, "nobody_missing", n, n=n))
    return Deed(phrase(language, "missing", k, n=n, k=k, numbers=_numbers(away, language)))


async def highlight(room: AskableRoom, meant: Understanding) -> Deed:
    """Let one phone blink, so that its owner and the wall show where it is."""
    language, slot = meant.language, int(meant.slots["phone"])
    phone = next((phone for phone in room.phones() if phone.slot == slot), None)
    if phone is None or not await room.point_out(slot):
        return Deed(phrase(language, "no_such_phone", slot=slot), on_the_wall=False)
    if not phone.connected:
        return Deed(phrase(language, "phone_away", slot=slot))
    return Deed(phrase(language, "phone_blinks", slot=slot, what=spoken_phone(phone.facts, language)))


async def _show(room: AskableRoom, command: dict[str, Any]) -> tuple[int, Undo]:
    """Show a scene; its version, and how to show what was shown before."""
    return await room.show(command), Undo(scenes=1)


def _votes(room: AskableRoom, language: str) -> Deed:
    poll, n = room.poll_shown(), room.connected()
    if poll is None or poll.state == "draft":
        return Deed(phrase(language, "no_question"))
    if n == 0:
        return Deed(answer.count(0, language))
    if poll.answered >= n:
        return Deed(phrase(language, "votes_all", n, n=n))
    k = poll.answered
    return Deed(phrase(language, "votes", k, k=k, n=n, rest=n - k))


def _numbers(slots: list[int], language: str) -> str:
    if len(slots) == 1:
        return str(slots[0])
    told = [str(slot) for slot in slots[:NUMBERS_TOLD]]
    more = len(slots) - len(told)
    if not more:
        return phrase(language, "numbers", numbers=together(language, told))
    return phrase(language, "numbers_more", numbers=", ".join(told), more=more)


def _as_one(group: str, k: int) -> Mapping[str, int]:
    """The whole group under its own name: fr and fr-CA are both French."""
    return {parts_of(group)[1]: k}


SHOWING: Final[Mapping[str, Callable[[AskableRoom, Understanding], Awaitable[Deed]]]] = {
    "break_down": break_down,
    "colour_all": colour_all,
    "colour_group": colour_group,
    "clear": clear,
    "blank": blank,
    "wave": wave,
    "count": count,
    "missing": missing,
    "highlight": highlight,
}
"""By the intent."""
