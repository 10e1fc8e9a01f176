"""docker-compose.yml and Dockerfile: what they say runs a room, and what they promise of safety they say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.compose_file import LocalServices, MissingVariable, read_compose
from tests.support.rooms import PLAIN, wait_until

PUBLIC = {"SHADOWROOM_PUBLIC_URL": "http://192.168.1.20", "SHADOWROOM_PHONES": "5"}
BUILT_BY_US = ("setup", "bridge", "dashboard", "crowd")


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    """The services of the file."""
    found: dict[str, dict[str, Any]] = read_compose(PUBLIC)["services"]
    return found


@pytest.fixture
def local(services: dict[str, dict[str, Any]], tmp_path: Path) -> Iterator[LocalServices]:
    """The services as processes of this machine."""
    running = LocalServices(services, tmp_path)
    try:
        yield running
    except BaseException:
        print(running.said())
        raise
    finally:
        running.stop()


@pytest.mark.broker
def test_the_crowd_gets_into_the_room(local: LocalServices) -> None:
    """All commands, run in the order of the file, end in a room with the crowd's phones connected."""
    local.start("crowd")
    url = f"http://127.0.0.1:{local.ports['8000']}"

    def connected() -> bool:
        assert local.processes["crowd"].poll() is None, local.said()
        return bool(httpx.get(f"{url}/api/rooms/DEMO", timeout=5, **PLAIN).json()["connected"] == 5)

    wait_until(connected, "five phones are connected", within_s=30)
    room = httpx.get(f"{url}/api/rooms/DEMO", timeout=5, **PLAIN).json()

    assert room["joined"] == 5
    assert sum(room["os"].values()) == 5
    assert room["join_url"] == "http://192.168.1.20/j/DEMO"
    assert local.is_healthy("dashboard")


def test_the_address_for_phones_must_be_given() -> None:
    """Without the address that phones reach, the code would lead nowhere: compose says what to set."""
    with pytest.raises(MissingVariable, match=r"SHADOWROOM_PUBLIC_URL.*192\.168"):
        read_compose({})


def test_services_have_few_rights(services: dict[str, dict[str, Any]]) -> None:
    """Every service has a read-only root and no capabilities, and cannot gain any."""
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name


def test_only_the_dashboard_is_for_everybody(services: dict[str, dict[str, Any]]) -> None:
    """The broker's and the data plane's ports are bound to the host's loopback."""
    public = {
        name for name, one in services.items() for port in one.get("ports", []) if not port.startswith("127.")
    }

    assert public == {"dashboard"}


def test_services_run_as_one_plain_user(services: dict[str, dict[str, Any]]) -> None:
    """Mosquitto reads what our image wrote: both run as the same user, who is not root."""
    dockerfile = (Path(__file__).parents[2] / "Dockerfile").read_text(encoding="utf-8")
    user = dockerfile.partition("\nUSER ")[2].split()[0]

    assert user == services["mosquitto"]["user"]
    assert not user.startswith("0")
    assert {services[name]["image"] for name in BUILT_BY_US} == {"shadowroom:local"}
    assert not any(services[name].get("user") for name in BUILT_BY_US)


def test_versions_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    """Mosquitto's image has a full version, and the image that we build on a minor one."""
    assert services["mosquitto"]["image"].startswith("eclipse-mosquitto:2.1.")
    assert "FROM python:3.11-slim-bookworm" in (Path(__file__).parents[2] / "Dockerfile").read_text(
        encoding="utf-8"
    )


def test_long_running_services_have_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    """What others wait for can be waited for."""
    for name in ("mosquitto", "bridge", "dashboard"):
        assert services[name]["healthcheck"]["test"]
        assert services[name]["restart"] == "unless-stopped"
