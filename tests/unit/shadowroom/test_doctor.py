"""The checks before the doors open."""

import os
import resource
import socket
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dashboard.findings import Finding, Level
from shadowroom import doctor
from shadowroom.doctor import Examination
from shadowroom.file_limit import files_needed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TIMEOUT_S = 60


@pytest.fixture(autouse=True)
def _told_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test finds has a sentence in English and in French, with every blank filled in."""

    def told(*said: Any) -> Finding:
        finding = Finding(*said)
        assert finding.told("en") != finding.told("fr")
        return finding

    monkeypatch.setattr(doctor, "Finding", told)


def make_certificate(
    folder: Path, *, names: tuple[str, ...] = ("room.example",), days: int = 90, issuer: str = "An authority"
) -> tuple[Path, Path]:
    """Files of a certificate, valid from a day before NOW, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A room")])
    signer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)])
    general: list[x509.GeneralName] = [
        x509.IPAddress(IPv4Address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
    ]
    leaf = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(signer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(general), critical=False)
        .sign(key, hashes.SHA256())
    )
    certfile, keyfile = folder / "room.pem", folder / "room.key"
    certfile.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    keyfile.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certfile, keyfile


def of_certificate(
    folder: Path, files: tuple[Path, Path], url: str = "https://room.example", *, after: int = 0
) -> tuple[Level, str]:
    room = Examination("0.0.0.0", 8000, folder, 200, "auto", url, *files)
    finding = doctor.certificate(room, NOW + timedelta(days=after))
    return finding.level, finding.sentence


def test_a_certificate_is_of_its_key_in_its_time_and_for_the_name(tmp_path: Path) -> None:
    """Each way in which phones would refuse it is told apart, with what to do."""
    good = make_certificate(tmp_path, names=("room.example", "*.rooms.example", "192.0.2.7"))
    assert of_certificate(tmp_path, good)[0] == "ok"
    assert of_certificate(tmp_path, good, "https://a.rooms.example")[0] == "ok"
    assert of_certificate(tmp_path, good, "https://192.0.2.7:8000")[0] == "ok"
    for wrong in ("https://other.example", "https://a.b.rooms.example", "https://192.0.2.8"):
        assert of_certificate(tmp_path, good, wrong)[0] == "fail"
    level, sentence = of_certificate(tmp_path, good, after=91)
    assert (level, "renew" in sentence) == ("fail", True)
    assert of_certificate(tmp_path, good, after=-2)[0] == "fail"
    assert of_certificate(tmp_path, good, after=88)[0] == "warn"
    (tmp_path / "other").mkdir()
    another = make_certificate(tmp_path / "other")
    assert of_certificate(tmp_path, (good[0], another[1]))[0] == "fail"
    assert of_certificate(tmp_path, (good[0], tmp_path / "nothing"))[0] == "fail"
    assert of_certificate(tmp_path, make_certificate(tmp_path, issuer="A room"))[0] == "warn"


def test_a_port_in_use_is_found() -> None:
    """Free is ok; taken is a failure that names the option."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        finding = doctor.port("127.0.0.1", number, Path("/nonexistent"))
    assert (finding.level, "--port" in finding.sentence) == ("fail", True)
    assert doctor.port("127.0.0.1", number, Path("/nonexistent")).level == "ok"


@pytest.mark.parametrize(
    ("host", "public_url", "level"),
    [
        ("127.0.0.1", None, "fail"),
        ("localhost", None, "fail"),
        ("192.0.2.7", None, "ok"),
        ("127.0.0.1", "https://room.example", "ok"),
        ("127.0.0.1", "room.example", "fail"),
    ],
)
def test_an_address_that_phones_cannot_reach_is_found(
    host: str, public_url: str | None, level: Level
) -> None:
    """A QR code that leads to this machine's loopback is a failure, whatever the room listens on."""
    room = Examination(host, 8000, Path(), 200, public_url=public_url)
    assert doctor.address(room).level == level


def test_open_files_are_counted_for_the_phones() -> None:
    """Two for each phone and some beside; no limit is enough for any."""
    assert doctor.files(200, 1_024).level == "ok"
    assert doctor.files(2_000, 1_024).level == "fail"
    assert doctor.files(20_000, resource.RLIM_INFINITY).level == "ok"


def test_open_files_are_counted_for_each_worker() -> None:
    """A share and some more each; where workers would do, they are advised, with how many."""
    assert doctor.files(10_000, 20_000, 2).level == "ok"
    one = doctor.files(10_000, 20_000)
    assert (one.level, one.values["workers"]) == ("fail", 2)
    assert "--tunnel-workers 2" in one.sentence
    assert doctor.files(10_000, 20_000, 1).values["workers"] == 2
    assert doctor.files(20_000, 512, 64).case == "few"


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_a_worker_has_room_for_more_than_its_share(workers: int) -> None:
    """However the kernel deals 5,000 connections, no worker gets more than is counted for it."""
    random = Random(workers)
    for _ in range(20):
        dealt = Counter(random.randrange(workers) for _ in range(5_000))
        assert max(dealt.values()) * 2 < files_needed(5_000, workers)
    assert files_needed(5_000, workers) < files_needed(5_000) * 1.2 / workers + 256


def test_a_clock_before_this_program_is_wrong() -> None:
    """A machine that woke in 1970 signs nothing that anybody takes."""
    assert doctor.clock(0.0).level == "fail"
    assert doctor.clock(datetime(2100, 1, 1, tzinfo=UTC).timestamp()).level == "ok"


def test_a_data_directory_is_looked_at_without_making_it(tmp_path: Path) -> None:
    """One that could be made is ok and is not made; one below a file is a failure."""
    assert doctor.data_directory(tmp_path / "a" / "b").level == "ok"
    assert not (tmp_path / "a").exists()
    (tmp_path / "file").touch()
    assert doctor.data_directory(tmp_path / "file" / "b").level == "fail"


def test_a_full_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The room would run, and lose its recording and its logs."""
    monkeypatch.setattr(doctor, "FREE_BYTES", 2**80)
    assert doctor.data_directory(tmp_path).level == "warn"


def test_pages_that_are_not_built_are_named(tmp_path: Path) -> None:
    """The names of those that are missing, and the command that builds them."""
    for name in doctor.PAGES[1:]:
        (tmp_path / name).touch()
    finding = doctor.front_end(tmp_path)
    assert finding.level == "fail"
    assert finding.sentence.startswith("index.html not built")
    (tmp_path / doctor.PAGES[0]).touch()
    assert doctor.front_end(tmp_path).level == "ok"


def test_a_broker_is_looked_for() -> None:
    """The bundled one is there; one elsewhere that does not answer, or that nobody knows, is a failure."""
    assert doctor.broker("embedded").level == "ok"
    assert doctor.broker("carrier pigeon").level == "fail"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        number = silent.getsockname()[1]
    finding = doctor.broker(f"mqtt://user:secret@127.0.0.1:{number}")
    assert finding.level == "fail"
    assert "secret" not in finding.sentence


def test_the_command_ends_with_the_worst(tmp_path: Path) -> None:
    """A line for each check; exit code 1 and no traceback when one fails, and nothing is left behind."""
    data_dir = tmp_path / "room"
    command = [sys.executable, "-m", "shadowroom", "doctor", "--host", "127.0.0.1", "--broker", "embedded"]
    done = subprocess.run(
        [*command, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    levels = [line.split()[0] for line in done.stdout.splitlines()]
    assert len(levels) == 8
    assert set(levels) <= {"ok", "warn", "fail"}
    assert (done.returncode, done.stderr) == (1, "")
    assert not data_dir.exists()
