"""True sentences from counts. Pure: what is said adds up, and a tie is called a tie."""

from collections.abc import Mapping, Sequence

from babel.lists import format_list

from dashboard.ask.words import WORDS, FactWords, Words
from dashboard.rooms.shares import fair_shares, written

NAMED_MAX = 3
"""Groups that are named: what a listener can compare by ear."""
NAMED_SHARE = 20
"""A group of less than a twentieth of the room is one of the others; the largest is always named."""
LEVEL_MAX = 5
"""Groups that are named when all of them are level."""
UNNAMED = frozenset({"", "other", "unknown"})
"""Values that are no name: they are among the others."""


def break_down(fact: str, counts: Mapping[str, int], connected: int, language: str) -> str:
    """How the phones divide by `fact`: "Of 187 phones, 62% run Android and 35% iOS; 5 others."

    `counts`: value → phones. Phones of which nothing is known (`connected` beyond the counts) are others.
    """
    words = WORDS[language]
    total = max(connected, sum(counts.values()))
    return words.empty if total == 0 else _divide(words, words.of_fact(fact), counts, total)


def divide_answers(counts: Mapping[str, int], language: str) -> str:
    """How the answers to a poll divide: "Of 120 answers, 62% are Yes and 38% No." There is at least one."""
    words = WORDS[language]
    return _divide(words, words.answers, counts, sum(counts.values()))


def _divide(words: Words, say: FactWords, counts: Mapping[str, int], total: int) -> str:
    ranked = sorted(
        ((value, n) for value, n in counts.items() if n > 0 and value not in UNNAMED),
        key=lambda group: (-group[1], group[0]),
    )
    noun = say.noun[total != 1]
    if not ranked:
        return words.none_tells[total != 1].format(n=total, noun=noun, unsaid=say.unsaid)
    value, largest = ranked[0]
    if largest == total:
        form, verb = (words.all, say.many) if total > 1 else (words.only, say.one)
        return form.format(n=total, noun=noun, verb=verb, label=say.label(value, total > 1))
    level = [name for name, n in ranked if n == largest]
    if len(level) > 1:
        groups, said = _level(words, say, level, largest), largest * len(level)
    else:
        named = [
            group for group in ranked[:NAMED_MAX] if group[1] * NAMED_SHARE >= total or group[0] == value
        ]
        groups, said = _shares(words, say, named, counts, total), sum(n for _, n in named)
    return words.of.format(n=total, noun=noun, groups=groups) + _others(words, total - said)


def count(connected: int, language: str) -> str:
    """How many phones are connected."""
    words = WORDS[language]
    return words.empty if connected == 0 else words.count[connected != 1].format(n=connected)


def coloured(color: str, connected: int, language: str) -> str:
    """All phones have been told to show a colour (`#RRGGBB`)."""
    words = WORDS[language]
    return words.coloured[min(connected, 2)].format(n=connected, color=words.colour(color))


def cleared(connected: int, language: str) -> str:
    """All phones have been told to show nothing."""
    words = WORDS[language]
    return words.cleared[min(connected, 2)].format(n=connected)


def _percentages(named: Sequence[tuple[str, int]], counts: Mapping[str, int], total: int) -> list[int] | None:
    """The shares of the named, each as on the wall, where the others have theirs; None for no true ones."""
    fair = fair_shares([*counts.values(), total - sum(counts.values())])
    if fair is None:
        return None
    share_of = dict(zip(counts, fair, strict=False))
    shares = [share_of[value] for value, _ in named]
    rest = total - sum(n for _, n in named)
    # Nobody may vanish: neither one of the named, nor the others, where the named alone would make 100 %.
    told = all(0 < share < 100 for share in shares) and (rest == 0 or sum(shares) < 100)
    return shares if told else None


def _shares(
    words: Words, say: FactWords, named: Sequence[tuple[str, int]], counts: Mapping[str, int], total: int
) -> str:
    shares = _percentages(named, counts, total)
    amounts = [
        str(n) if shares is None else written(shares[index], n, total, words.language)
        for index, (_, n) in enumerate(named)
    ]
    said = []
    for index, ((value, n), amount) in enumerate(zip(named, amounts, strict=True)):
        many = n != 1 or amount != "1"
        verb = say.again if index else (say.many if many else say.one)
        said.append(" ".join(part for part in (amount, verb, say.label(value, many)) if part))
    return str(format_list(said, locale=words.locale))


def _level(words: Words, say: FactWords, values: Sequence[str], each: int) -> str:
    if len(values) > LEVEL_MAX:
        return words.level_many.format(k=len(values), each=each)
    titles = format_list([say.title(value) for value in values], locale=words.locale)
    return words.level.format(titles=titles, each=each)


def _others(words: Words, rest: int) -> str:
    return words.others[rest != 1].format(n=rest) if rest else words.groups_end
