"""The stack, the room's certificate and the endpoint: made, looked at. Taking away is in `cleaning`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import ClientError

from shadowroom.aws.account import Account, code_of, complaints
from shadowroom.aws.deployment import Deployment, certificate_paths, keep
from shadowroom.complaint import Complaint
from shadowroom.private_files import write_private

TEMPLATE: Final = Path(__file__).parent / "template.yaml"
STACK_S: Final = 300.0
"""Seconds for the stack: roles take AWS half a minute."""
POLL_S: Final = 1.0
ATTRIBUTE: Final = "shadowroom"
"""Of every thing that a room registers: its value is the stack's name, and by it they are found again."""

Tell = Callable[[str], None]
"""Told of each step, in a line for people."""


def resources() -> list[tuple[str, str]]:
    """What the stack creates: names and CloudFormation's types."""
    text = TEMPLATE.read_text(encoding="utf-8")
    found = yaml.load(text, Loader=_Loader)["Resources"]  # noqa: S506 - safe but for one word, see there
    return [(name, resource["Type"]) for name, resource in found.items()]


def deploy(
    account: Account,
    data_dir: Path,
    stack: str,
    tell: Tell,
    *,
    room_thing: str,
    certificate: bool = True,
    emulator: tuple[str, int | None] | None = None,
) -> Deployment:
    """Create or update everything, and keep where it is in the data directory. Raises `Complaint`.

    `emulator` is an address for all services, and the port for mutual TLS.
    """
    with complaints("to say whose keys these are"):
        who = account.client("sts").get_caller_identity()
        partition = str(who["Arn"]).split(":")[1]
        endpoint = _endpoint(account, emulator)
    outputs = _stack(account, stack, f"arn:{partition}:iam::{who['Account']}:root", tell)
    with complaints("to register the room"):
        register(account.client("iot"), room_thing, stack)
    certificate_id = _certificate(account, data_dir, outputs["RoomPolicyName"], tell) if certificate else None
    made = Deployment(
        region=account.region,
        partition=partition,
        account_id=who["Account"],
        stack=stack,
        endpoint=endpoint,
        phone_role_arn=outputs["PhoneRoleArn"],
        certificate_id=certificate_id,
        endpoint_url=None if emulator is None else emulator[0],
        mqtt_port=None if emulator is None else emulator[1],
    )
    keep(data_dir, made)
    return made


def register(iot: Any, thing: str, stack: str) -> None:
    """Put a thing into the registry, with the attribute by which `clean` finds it. One that is there stays.

    Raises botocore's errors.
    """
    try:
        iot.create_thing(thingName=thing, attributePayload={"attributes": {ATTRIBUTE: stack}})
    except ClientError as error:
        if code_of(error) != "ResourceAlreadyExistsException":
            raise


def stack_status(account: Account, stack: str) -> str | None:
    """CloudFormation's word for how the stack is; None when there is none. Raises `Complaint`."""
    found = _described(account, stack)
    return None if found is None else str(found["StackStatus"])


def wait_for_stack(account: Account, stack: str, tell: Tell) -> str | None:
    """Wait until CloudFormation is done; its last word, None when the stack is gone. Raises `Complaint`."""
    deadline = time.monotonic() + STACK_S
    said = ""
    while True:
        status = stack_status(account, stack)
        if status is None or not status.endswith("_IN_PROGRESS"):
            return status
        if status != said:
            tell(f"stack {stack}: {status}")
            said = status
        if time.monotonic() > deadline:
            raise Complaint(
                f"The stack {stack} is still {status} after {STACK_S:.0f} s: look at it in the console."
            )
        time.sleep(POLL_S)


def _endpoint(account: Account, emulator: tuple[str, int | None] | None) -> str:
    if emulator is not None:  # It serves everything at one address.
        return urlsplit(emulator[0]).netloc
    return str(account.client("iot").describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"])


def _stack(account: Account, stack: str, trusted: str, tell: Tell) -> dict[str, str]:
    cloudformation = account.client("cloudformation")
    wanted = {
        "StackName": stack,
        "TemplateBody": TEMPLATE.read_text(encoding="utf-8"),
        "Parameters": [{"ParameterKey": "TrustedPrincipal", "ParameterValue": trusted}],
        "Capabilities": ["CAPABILITY_IAM"],
        "Tags": [{"Key": "shadowroom", "Value": stack}],
    }
    there = stack_status(account, stack)
    with complaints(f"to create the stack {stack}"):
        if there is None:
            cloudformation.create_stack(**wanted, OnFailure="DELETE")
        else:
            try:
                cloudformation.update_stack(**wanted)
            except ClientError as error:
                if "No updates" not in str(error):
                    raise
    status = wait_for_stack(account, stack, tell)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Complaint(f"The stack {stack} is {status or 'gone again'}: CloudFormation's console says why.")
    tell(f"stack {stack}: {status}")
    found = _described(account, stack) or {}
    return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


def _described(account: Account, stack: str) -> dict[str, Any] | None:
    with complaints(f"to describe the stack {stack}"):
        try:
            found: list[dict[str, Any]] = account.client("cloudformation").describe_stacks(StackName=stack)[
                "Stacks"
            ]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return None
            raise
    alive = [one for one in found if one["StackStatus"] != "DELETE_COMPLETE"]
    return alive[0] if alive else None


def _certificate(account: Account, data_dir: Path, policy: str, tell: Tell) -> str:
    """The room's certificate: the one that is there, else a new one, which may do what the policy says."""
    certificate, key, _ = certificate_paths(data_dir)
    iot = account.client("iot")
    with complaints("to make the room's certificate"):
        targets = iot.list_targets_for_policy(policyName=policy).get("targets", [])
        if targets and certificate.is_file() and key.is_file():
            return str(targets[0]).rpartition("/")[2]
        made = iot.create_keys_and_certificate(setAsActive=True)
        iot.attach_policy(policyName=policy, target=made["certificateArn"])
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(certificate, made["certificatePem"])
    write_private(key, made["keyPair"]["PrivateKey"])
    tell(f"certificate {made['certificateId'][:12]}… of the room's own connection: {certificate}")
    return str(made["certificateId"])


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, whose values do not matter here."""


_Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
