"""Errors of the shadow clients, grouped by what a caller can do about them."""


class ClientError(Exception):
    """Base of everything that the shadow clients raise on purpose."""


class ShadowRefused(ClientError):
    """The shadow service said no. `code` is AWS's number (404, 409, 413, …), `message` its text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class DataPlaneError(ClientError):
    """The data plane refused a request that is not about one shadow: keys, query, aggregation."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


class Timeout(ClientError):
    """No answer within the time-out; whether the request was carried out is unknown."""


class Unavailable(ClientError):
    """The service cannot be reached or cannot serve now; trying again later may help."""


class TooManyRequests(ClientError):
    """This client already waits for as many answers as it allows; wait for some of them first."""
