"""The command `shadowroom replay`, as a process."""

import subprocess
import sys
from pathlib import Path

import httpx
import orjson
import pytest
from websockets.sync.client import connect

from dashboard.feed.recording import line_of

WAIT_S = 20.0
COUNTS = {
    "joined": 1,
    "connected": 1,
    "visible": 1,
    "answered": 0,
    "os": {"iOS": 1},
    "facts": {"os": {"iOS": 1}},
}
SNAPSHOT = {
    "type": "snapshot",
    "role": "stage",
    "room": "DEMO",
    "cursor": 1,
    "now": 1,
    "facts": {"os": ["iOS"]},
    "marks": [[3, "", [1]]],
    "traits": [[[0], [1]]],
    "counts": COUNTS,
    "scene": None,
    "poll": None,
    "caption": None,
    "highlight": None,
}


def replay(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "shadowroom", "replay", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_recording_is_shown_on_the_stage_and_the_command_ends(tmp_path: Path) -> None:
    """The printed address serves page and feed; once the feed was told to its end the command is done."""
    file = tmp_path / "DEMO.jsonl"
    change = {"type": "changes", "cursor": 2, "marks": [[7, "2563EB", [1]]]}
    file.write_bytes(
        line_of(1_000, orjson.dumps(SNAPSHOT).decode()) + line_of(3_000, orjson.dumps(change).decode())
    )
    with replay(str(file), "--speed", "10") as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().removeprefix("Open ").strip()
            assert url.endswith("/stage/DEMO")
            assert httpx.get(url, trust_env=False, timeout=WAIT_S).status_code in (200, 503)
            told = httpx.get(url.replace("/stage/", "/api/rooms/"), trust_env=False, timeout=WAIT_S).json()
            assert told == {"room": "DEMO", "join_url": "", "replay": True}
            feed_url = url.replace("http", "ws").replace("/stage/DEMO", "/api/rooms/DEMO/feed")
            with connect(feed_url, proxy=None) as feed:
                feed.send('{"type":"hello","role":"stage"}')
                frames = [orjson.loads(frame) for frame in feed]
            assert frames == [{**SNAPSHOT, "now": 1_000}, {**change, "now": 3_000}]
            rest, problems = process.communicate(timeout=WAIT_S)
        finally:
            process.kill()
    assert (process.returncode, problems) == (0, "")
    assert "The recording is over." in rest


@pytest.mark.parametrize("content", [None, "no recording"])
def test_a_wrong_file_is_said_in_a_sentence(tmp_path: Path, content: str | None) -> None:
    """Exit code 1 and the file's name, no traceback."""
    file = tmp_path / "some.jsonl"
    if content is not None:
        file.write_text(content, "utf-8")
    with replay(str(file)) as process:
        _, problems = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1
    assert "some.jsonl" in problems
    assert "Traceback" not in problems
