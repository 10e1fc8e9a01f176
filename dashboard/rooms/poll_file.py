"""A talk's polls in one YAML file: read whole, or every mistake with its line."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic_core import PydanticCustomError

from dashboard.rooms.poll import check_size
from dashboard.rooms.poll_drafts import Draft
from dashboard.rooms.poll_errors import BadPoll
from dashboard.rooms.poll_fields import language_code
from dashboard.rooms.poll_parsing import BadDraft, parse_draft

FIELDS: Final = ("title", "language", "polls")
TITLE_MAX: Final = 120
"""Characters."""
POLLS_MAX: Final = 100
"""Polls of one file: one talk's."""

DEPTH_MAX: Final = 8
PLACES_MAX: Final = 5_000
"""Values of a file, with aliases followed: a small file may stand for a huge or an endless one."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong in which line, counted from 1."""

    line: int
    message: str


class BadFile(BadPoll):
    """A file with mistakes, in the order of their lines."""

    code = "bad_file"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = sorted(mistakes, key=lambda one: (one.line, one.message))
        first = self.mistakes[0]
        more = f" ({len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        super().__init__(f"Line {first.line}: {first.message}{more}")


@dataclass(frozen=True, slots=True)
class PollFile:
    """A file that can be asked."""

    title: str | None
    drafts: Sequence[Draft]


class _Loader(yaml.SafeLoader):
    """YAML of this format: `yes` and `no` are words (they are options more often than truth values), and so
    are dates; a key may be there once."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_TRUTH: Final = {"true": True, "false": False}


def read_polls(text: str) -> PollFile:
    """The polls of a file. Raises `BadFile` with every mistake."""
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = error.problem or error.context or "this cannot be read"
        raise BadFile([Mistake(1 if mark is None else mark.line + 1, f"This is not YAML: {said}.")]) from None
    except yaml.YAMLError as error:
        raise BadFile([Mistake(1, f"This is not YAML: {str(error).splitlines()[0]}.")]) from None
    lines: dict[Place, int] = {}
    mistakes: list[Mistake] = []
    body = _plain(root, (), lines, mistakes) if root is not None else None
    drafts = _checked(body, lines, mistakes)
    if mistakes:
        raise BadFile(mistakes)
    title = body.get("title") if isinstance(body, dict) else None
    return PollFile(None if title is None else str(title), drafts)


def _plain(node: yaml.Node, place: Place, lines: dict[Place, int], mistakes: list[Mistake]) -> Any:
    """The node as plain data; `lines` gets the line of every place."""
    lines.setdefault(place, node.start_mark.line + 1)
    if len(place) > DEPTH_MAX or len(lines) > PLACES_MAX:
        raise BadFile([Mistake(node.start_mark.line + 1, "This is nested too deep, or too much.")])
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, (*place, n), lines, mistakes) for n, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines, mistakes)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, mistakes)
    return None


def _mapping(
    node: yaml.MappingNode, place: Place, lines: dict[Place, int], mistakes: list[Mistake]
) -> dict[Hashable, Any]:
    found: dict[Hashable, Any] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
        line = key.start_mark.line + 1
        if name in found:
            mistakes.append(Mistake(line, f'"{name}" is there twice.'))
        lines[(*place, name)] = line
        found[name] = _plain(value, (*place, name), lines, mistakes)
    return found


def _scalar(node: yaml.ScalarNode, mistakes: list[Mistake]) -> Any:
    if node.style is None and node.value in _TRUTH:
        return _TRUTH[node.value]
    try:
        return yaml.constructor.SafeConstructor().construct_object(node)
    except (yaml.YAMLError, ValueError) as error:
        said = str(error).splitlines()[0]
        mistakes.append(Mistake(node.start_mark.line + 1, f"This value cannot be read: {said}."))
        return None


def _checked(body: Any, lines: Mapping[Place, int], mistakes: list[Mistake]) -> list[Draft]:
    if not isinstance(body, dict):
        mistakes.append(Mistake(1, 'The file needs "polls:" with a list of polls.'))
        return []
    for name in body:
        if name not in FIELDS:
            known = ", ".join(FIELDS)
            mistakes.append(Mistake(lines[name,], f'There is no "{name}" here: a file has {known}.'))
    title = body.get("title")
    if title is not None and not 1 <= len(str(title)) <= TITLE_MAX:
        mistakes.append(Mistake(lines["title",], f"The title must have 1 to {TITLE_MAX} characters."))
    polls = body.get("polls")
    if not isinstance(polls, list) or not 1 <= len(polls) <= POLLS_MAX:
        line = lines.get(("polls",), 1)
        mistakes.append(Mistake(line, f'"polls" must be a list of 1 to {POLLS_MAX} polls.'))
        return []
    language = _language(body, lines, mistakes)
    drafts = [_draft(one, n, language, lines, mistakes) for n, one in enumerate(polls)]
    return [draft for draft in drafts if draft is not None]


def _language(body: Mapping[str, Any], lines: Mapping[Place, int], mistakes: list[Mistake]) -> dict[str, str]:
    """What every poll of the file has unless it says otherwise."""
    if "language" not in body:
        return {}
    try:
        return {"language": language_code(body["language"])}
    except PydanticCustomError as error:
        mistakes.append(Mistake(lines["language",], error.message()))
        return {}


def _draft(
    poll: Any, n: int, language: Mapping[str, Any], lines: Mapping[Place, int], mistakes: list[Mistake]
) -> Draft | None:
    place: Place = ("polls", n)
    if not isinstance(poll, dict):
        mistakes.append(Mistake(lines[place], 'A poll has lines "name: value", the first begins with "- ".'))
        return None
    if "kind" not in poll:
        mistakes.append(Mistake(lines[place], '"kind" is missing: say which kind of poll it is.'))
        return None
    try:
        draft = parse_draft({**language, **poll})
        check_size(draft)
        return draft
    except BadDraft as error:
        mistakes += [Mistake(_line(lines, (*place, *where)), sentence) for where, sentence in error.mistakes]
    except BadPoll as error:
        mistakes.append(Mistake(lines[place], str(error)))
    return None


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a place, or of the nearest one around it that is written down."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)
