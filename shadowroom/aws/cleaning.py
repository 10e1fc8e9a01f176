"""Takes away every trace that rooms of a stack left on AWS: things, shadows, retained messages, certificates,
stack.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from shadowroom.aws.account import CONNECTIONS, Account, code_of, complaints
from shadowroom.aws.deploying import ATTRIBUTE, Tell, stack_status, wait_for_stack
from shadowroom.aws.deployment import certificate_paths, deployment_path
from shadowroom.aws.phone_access import ROOM_TOPICS
from shadowroom.complaint import Complaint

OURS: Final = ("ballot", "presence", "scene", "poll")
"""The named shadows of phones and of the room."""
_GONE: Final = frozenset(("ResourceNotFoundException", "NotFoundException", "404"))


@dataclass(frozen=True, slots=True)
class Left:
    """What a stack's rooms have on AWS now."""

    stack: str | None
    """CloudFormation's status; None when there is no stack."""
    things: list[str]
    certificates: list[str]
    """ARNs."""


def look(account: Account, stack: str) -> Left:
    """What is there. Raises `Complaint`."""
    with complaints("to list what the room has there"):
        iot = account.client("iot")
        return Left(stack_status(account, stack), list(_things(iot, stack)), list(_certificates(iot, stack)))


def clean(account: Account, stack: str, room: str | None, further_things: Iterable[str], tell: Tell) -> Left:
    """Delete all of it; returns what was found. `further_things` may have shadows without being registered.

    Can be called again after a failure. Raises `Complaint`.
    """
    found = look(account, stack)
    iot, data = account.client("iot"), account.client("iot-data")
    things = sorted({*found.things, *further_things})
    with complaints("to delete the phones' things and shadows"), ThreadPoolExecutor(CONNECTIONS) as pool:
        shadows = sum(pool.map(lambda thing: _forget(iot, data, thing), things))
    tell(f"deleted {len(found.things)} things and {shadows} shadows")
    if room is not None:
        with complaints("to delete the room's retained messages"):
            for topic in ROOM_TOPICS:
                data.publish(topic=f"room/{room}/{topic}", qos=1, retain=True, payload=b"")
        tell(f"deleted the retained messages of room {room}")
    for arn in found.certificates:
        with complaints("to delete the room's certificate"):
            _delete_certificate(iot, f"{stack}-room", arn)
        tell(f"deleted certificate {arn.rpartition('/')[2][:12]}…")
    if found.stack is not None:
        with complaints(f"to delete the stack {stack}"):
            account.client("cloudformation").delete_stack(StackName=stack)
        status = wait_for_stack(account, stack, tell)
        if status is not None:
            raise Complaint(f"The stack {stack} is {status}: CloudFormation's console says why.")
        tell(f"deleted the stack {stack}")
    return found


def forget_deployment(data_dir: Path) -> None:
    """Remove what the data directory knows of AWS, certificate and key included."""
    for path in (*certificate_paths(data_dir), deployment_path(data_dir)):
        path.unlink(missing_ok=True)


def _things(iot: Any, stack: str) -> Iterator[str]:
    pages = iot.get_paginator("list_things").paginate(attributeName=ATTRIBUTE, attributeValue=stack)
    for page in pages:
        yield from (thing["thingName"] for thing in page["things"])


def _certificates(iot: Any, stack: str) -> Iterator[str]:
    try:
        for page in iot.get_paginator("list_targets_for_policy").paginate(policyName=f"{stack}-room"):
            yield from page["targets"]
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise


def _forget(iot: Any, data: Any, thing: str) -> int:
    """Delete a thing with all its shadows, which a deleted thing would leave behind; how many there were."""
    names: list[str | None] = [None]
    token: dict[str, str] = {}
    while True:
        page = _named_shadows(data, thing, token)
        names += page.get("results", [])
        if not page.get("nextToken"):
            break
        token = {"nextToken": page["nextToken"]}
    deleted = [
        _unless_gone(
            data.delete_thing_shadow, thingName=thing, **({} if name is None else {"shadowName": name})
        )
        for name in names
    ]
    _unless_gone(iot.delete_thing, thingName=thing)
    return sum(one is not None for one in deleted)


def _named_shadows(data: Any, thing: str, token: dict[str, str]) -> dict[str, Any]:
    try:
        return _unless_gone(data.list_named_shadows_for_thing, thingName=thing, **token) or {}
    except ClientError as error:
        if code_of(error) != "InvalidRequestException":
            raise
        return {"results": OURS}  # Emulators do not list them.


def _delete_certificate(iot: Any, policy: str, arn: str) -> None:
    certificate_id = arn.rpartition("/")[2]
    iot.detach_policy(policyName=policy, target=arn)
    iot.update_certificate(certificateId=certificate_id, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=certificate_id, forceDelete=True)


def _unless_gone(call: Any, **arguments: Any) -> Any:
    """What the call returns; None when what it is about is not there."""
    try:
        return call(**arguments)
    except ClientError as error:
        if code_of(error) in _GONE:
            return None
        raise
