"""From what a presenter sent to a draft, or to sentences that say what is wrong with it."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dashboard.rooms.poll_drafts import (
    Abcd,
    Draft,
    Estimate,
    FactPoll,
    Multiple,
    Questions,
    Quiz,
    Rating,
    Single,
    Text,
    WordCloud,
    YesNo,
)
from dashboard.rooms.poll_errors import BadPoll

KINDS: Final[Mapping[str, type[Draft]]] = {
    "single": Single,
    "multiple": Multiple,
    "yesno": YesNo,
    "abcd": Abcd,
    "rating": Rating,
    "estimate": Estimate,
    "wordcloud": WordCloud,
    "text": Text,
    "questions": Questions,
    "quiz": Quiz,
    "fact": FactPoll,
}


class BadDraft(BadPoll):
    """A draft with mistakes: `mistakes` has each with the path to its place, e.g. `("options", 1)`."""

    def __init__(self, mistakes: Sequence[tuple[tuple[str | int, ...], str]]) -> None:
        super().__init__(mistakes[0][1])
        self.mistakes = mistakes


def parse_draft(body: object) -> Draft:
    """A draft from its JSON (or YAML) object, see `KINDS`. Raises `BadDraft`."""
    if not isinstance(body, Mapping) or not all(isinstance(name, str) for name in body):
        example = '{"kind":"single","question":"…","options":["…","…"]}'
        raise BadDraft([((), f"Send a JSON object like {example}.")])
    kind = body.get("kind", "single")
    model = KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        raise BadDraft([(("kind",), f"There is no kind {str(kind)[:40]!r}: use one of {', '.join(KINDS)}.")])
    try:
        return model.model_validate({name: value for name, value in body.items() if value is not None})
    except ValidationError as error:
        raise BadDraft([_mistake(model, one) for one in error.errors()]) from None


def _mistake(model: type[Draft], error: ErrorDetails) -> tuple[tuple[str | int, ...], str]:
    place = error["loc"]
    field = str(place[0]) if place else ""
    kind = get_args(model.model_fields["kind"].annotation)[0]
    match error["type"]:
        case "poll":
            return place, error["msg"]
        case "missing":
            return place, f'"{field}" is missing: a {kind} poll needs it.'
        case "extra_forbidden":
            return place, f'A {kind} poll has no "{field}"; it may have {", ".join(model.model_fields)}.'
        case _:
            return place, f'"{field}" is not right: {error["msg"]}.'
