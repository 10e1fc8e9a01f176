"""What the fleet index refuses, each with a sentence that names what to do."""


class FleetError(ValueError):
    """Base of everything that the fleet index refuses."""


class InvalidQuery(FleetError):
    """A query that cannot be read. `column` counts characters from 1 and points at the trouble."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"Invalid query at column {column}: {message}")
        self.column = column


class InvalidAggregation(FleetError):
    """A field or a bound with which nothing can be aggregated."""


class InvalidPage(FleetError):
    """A page size or a nextToken that this index did not give out."""
