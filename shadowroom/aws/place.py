"""Where a room is on AWS, apart from what speaks to AWS: a room that is not there imports this alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Whose AWS IoT, and where."""

    partition: str
    """`aws`, `aws-cn` or `aws-us-gov`."""
    region: str
    account_id: str

    def arn(self, what: str) -> str:
        """The ARN of something of AWS IoT here."""
        return f"arn:{self.partition}:iot:{self.region}:{self.account_id}:{what}"
