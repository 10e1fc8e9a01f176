"""Why a shadow request was refused: AWS's codes and AWS's texts, each in exactly one place.

Codes are HTTP's, and appear as `code` in `…/rejected` and as the status of the data plane. Texts are those of
the Device Shadow service ("Device Shadow error messages" in the developer guide) or, where the guide and the
service differ, those seen from the service itself.
"""


class ShadowRejected(Exception):
    """A request that changed nothing, and why. `code` and `message` go to the client as they are."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


def invalid_json() -> ShadowRejected:
    """The payload is UTF-8, but not JSON. (The guide says `Invalid JSON`; the service says this.)"""
    return ShadowRejected(400, "Payload contains invalid json")


def missing_state() -> ShadowRejected:
    """An update without `state`."""
    return ShadowRejected(400, "Missing required node: state")


def not_an_object(node: str) -> ShadowRejected:
    """`node` is `State`, `Desired` or `Reported`, and is neither an object nor null."""
    return ShadowRejected(400, f"{node} node must be an object")


def invalid_node(name: str | None = None) -> ShadowRejected:
    """A member of `state` that is neither `desired` nor `reported` (its name), or a null inside an array (no
    name)."""
    text = "State contains an invalid node"
    return ShadowRejected(400, text if name is None else f"{text}: '{name}'")


def invalid_version() -> ShadowRejected:
    """`version` is not an integer."""
    return ShadowRejected(400, "Invalid version")


def invalid_client_token() -> ShadowRejected:
    """`clientToken` is not a string, or has more than 64 bytes."""
    return ShadowRejected(400, "Invalid clientToken")


def too_deep(maximum: int) -> ShadowRejected:
    """More levels below `desired` or `reported` than `maximum`."""
    return ShadowRejected(400, f"JSON contains too many levels of nesting; maximum is {maximum}")


def invalid_name(what: str) -> ShadowRejected:
    """`what` (`thingName` or `shadowName`) is outside AWS's alphabet or length."""
    return ShadowRejected(400, f"Invalid {what}")


def no_shadow(label: str) -> ShadowRejected:
    """There is no such shadow; `label` is the shadow's name, or the thing's for the classic shadow."""
    return ShadowRejected(404, f"No shadow exists with name: '{label}'")


def version_conflict() -> ShadowRejected:
    """The request's `version` is not the stored one."""
    return ShadowRejected(409, "Version conflict")


def too_large() -> ShadowRejected:
    """The payload, or the document that it would make, is larger than the limit."""
    return ShadowRejected(413, "The payload exceeds the maximum size allowed")


def not_utf8() -> ShadowRejected:
    """The payload is not UTF-8. (The odd grammar is AWS's.)"""
    return ShadowRejected(415, "Unsupported documented encoding; supported encoding is UTF-8")


def too_many_requests() -> ShadowRejected:
    """More requests in flight, or per second, than the service takes."""
    return ShadowRejected(429, "Too Many Requests")


def internal_failure() -> ShadowRejected:
    """The service itself failed; the log says why."""
    return ShadowRejected(500, "Internal service failure")
