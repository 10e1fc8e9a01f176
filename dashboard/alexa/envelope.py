"""What of Alexa's requests is read here; everything else in them is ignored."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError


class Unreadable(ValueError):
    """The body is no request of Alexa's."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Application(_Part):
    """The skill that is meant."""

    applicationId: Annotated[str, Field(max_length=256)]  # noqa: N815 - Amazon's spelling


class System(_Part):
    """What the device says of the skill."""

    application: Application | None = None


class Context(_Part):
    """The state of the device."""

    system: System | None = Field(default=None, alias="System")


class Session(_Part):
    """The conversation, in requests that have one."""

    application: Application | None = None


class Slot(_Part):
    """A blank that was filled."""

    name: str
    value: str | None = None
    resolutions: dict[str, Any] | None = None

    def resolved(self) -> str | None:
        """The id of the value that Alexa recognised; None when it is none of the skill's."""
        found = (self.resolutions or {}).get("resolutionsPerAuthority")
        for authority in found if isinstance(found, list) else []:
            try:
                if authority["status"]["code"] == "ER_SUCCESS_MATCH":
                    return str(authority["values"][0]["value"]["id"])
            except (KeyError, IndexError, TypeError):
                continue
        return None


class Intent(_Part):
    """What Alexa understood."""

    name: Annotated[str, Field(max_length=128)]
    slots: dict[str, Slot] | None = None


class Request(_Part):
    """One request; `intent` in an IntentRequest."""

    type: Annotated[str, Field(max_length=128)]
    timestamp: AwareDatetime
    locale: Annotated[str, Field(max_length=16)] = "en-US"
    intent: Intent | None = None


class Envelope(_Part):
    """The body of `POST /alexa`."""

    session: Session | None = None
    context: Context | None = None
    request: Request

    @property
    def timestamp(self) -> datetime:
        """When Alexa sent it."""
        return self.request.timestamp

    def application_ids(self) -> set[str]:
        """The skills that it names, of which it may name one in two places."""
        system = self.context.system if self.context else None
        named = (part.application for part in (self.session, system) if part is not None)
        return {application.applicationId for application in named if application is not None}


def read_envelope(body: bytes) -> Envelope:
    """The request in a body. Raises `Unreadable`."""
    try:
        return Envelope.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable("The body is no request of Alexa's.") from error
