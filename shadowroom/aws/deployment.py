"""What `shadowroom aws deploy` made and the room needs to know: `secrets/aws.json` in the data directory."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from shadowroom.aws.place import Place
from shadowroom.complaint import USAGE, Complaint
from shadowroom.private_files import write_private


class Deployment(BaseModel):
    """Where the room is on AWS. Holds no secret itself; the certificate's key lies beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str
    partition: str
    account_id: str
    stack: str
    endpoint: str
    """Of the account's IoT data plane: `host`, or `host:port` of an emulator."""
    phone_role_arn: str
    certificate_id: str | None = None
    """Of the room's own connection; None: it signs with the account's keys instead."""
    endpoint_url: str | None = None
    """Of an emulator's services."""
    mqtt_port: int | None = None
    """Of an emulator, for mutual TLS."""

    @property
    def place(self) -> Place:
        """Whose AWS IoT it is, for ARNs."""
        return Place(self.partition, self.region, self.account_id)

    @property
    def data_url(self) -> str:
        """Where shadows are asked for by HTTP."""
        return self.endpoint_url or f"https://{self.endpoint}"

    @property
    def phones_url(self) -> str:
        """Where phones connect, without the path."""
        return f"{'ws' if self.endpoint_url else 'wss'}://{self.endpoint}"


def deployment_path(data_dir: Path) -> Path:
    """Where the file is."""
    return data_dir / "secrets" / "aws.json"


def certificate_paths(data_dir: Path) -> tuple[Path, Path, Path]:
    """Certificate, private key, and the authorities of the endpoint (which need not be there)."""
    folder = data_dir / "secrets" / "aws"
    return folder / "room.certificate.pem", folder / "room.private.key", folder / "authority.pem"


def find_deployment(data_dir: Path) -> Deployment | None:
    """What was deployed from this data directory; None when nothing is. Raises `Complaint`."""
    path = deployment_path(data_dir)
    try:
        return Deployment.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise Complaint(f"{path} cannot be read: deploy again, with `shadowroom aws deploy`.") from error


def load_deployment(data_dir: Path) -> Deployment:
    """As `find_deployment`; a `Complaint` that says what to do when nothing is deployed."""
    found = find_deployment(data_dir)
    if found is None:
        raise Complaint(
            f"Nothing is deployed on AWS from the data directory {data_dir}: "
            "run `shadowroom aws deploy --region eu-west-3` first.",
            USAGE,
        )
    return found


def keep(data_dir: Path, deployment: Deployment) -> None:
    """Write the file."""
    path = deployment_path(data_dir)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, deployment.model_dump_json(indent=2) + "\n")
