"""What AWS IoT Core allows and costs: dated tables in the package, which a file of one's own may correct."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from broker_bridge.wire.quotas import Quotas
from shadowroom.complaint import USAGE, Complaint

_HERE = Path(__file__).parent
OWN_QUOTAS = "aws-quotas.toml"
"""In the data directory: the account's own quotas, any of those that AWS raises when asked."""
_ADJUSTABLE = frozenset(("connects", "inbound", "outbound", "shadow_requests"))


@cache
def table(name: str) -> dict[str, Any]:
    """`quotas` or `prices`, as in the package."""
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))


def quotas_of(region: str, data_dir: Path | None = None) -> Quotas:
    """The quotas of a region, with what the data directory says of this account. Raises `Complaint`."""
    kinds = [table("quotas")[size] for size in ("large", "small")]
    kind = next((kind for kind in kinds if region in kind["regions"]), None)
    if kind is None:
        known = ", ".join(sorted(one for kind in kinds for one in kind["regions"]))
        raise Complaint(
            f"There is no table of AWS IoT's quotas for {region!r}; there is one for {known}.", USAGE
        )
    limits = {name: kind[name] for name in _ADJUSTABLE}
    if data_dir is not None:
        limits |= _own(data_dir / OWN_QUOTAS)
    return Quotas(region, **limits)


def _own(path: Path) -> dict[str, int]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Complaint(f"{path} cannot be read: {error}.") from error
    for name, value in found.items():
        if name not in _ADJUSTABLE or type(value) is not int or value < 1:
            raise Complaint(
                f"{path}: {name} is not one of {', '.join(sorted(_ADJUSTABLE))} with a whole number."
            )
    return found
