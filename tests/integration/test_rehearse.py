"""A talk that plays itself: from a file to export and report."""

import json
from pathlib import Path

import pytest

from tests.support.rooms import run_shadowroom

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

TALK = """\
title: A short one
polls:
  - {kind: rating, question: "How was it <so far>?"}
  - {kind: fact, question: "What are you?", fact: os}
"""


def test_a_talk_plays_from_start_to_report_without_a_hand(tmp_path: Path) -> None:
    """Every poll is asked, answered, counted exactly and revealed; the report needs nothing from anywhere."""
    talk, out = tmp_path / "talk.yaml", tmp_path / "out"
    talk.write_text(TALK, encoding="utf-8")
    words = ("rehearse", str(talk), "--phones", "12", "--broker", "mosquitto", "--out", str(out))
    played = run_shadowroom(*words, timeout_s=240)
    assert played.returncode == 0, played.stdout + played.stderr
    assert played.stdout.count(", exact") == 2
    polls = json.loads((out / "export.json").read_text("utf-8"))["polls"]
    assert [poll["state"] for poll in polls] == ["revealed", "revealed"]
    assert polls[1]["answered"] == 12
    report = (out / "report.html").read_text("utf-8")
    assert "How was it &lt;so far&gt;?" in report
    assert "<svg" in report
    assert "<script" not in report
    assert "src=" not in report
    assert (out / "export.csv").read_text("utf-8").startswith("poll,kind,question")


def test_a_talk_with_a_mistake_is_not_begun(tmp_path: Path) -> None:
    """The mistakes are explained as `polls check` does, and no room is started."""
    talk = tmp_path / "talk.yaml"
    talk.write_text("polls:\n  - kind: rating\n", encoding="utf-8")
    for words in (("polls", "check", str(talk)), ("rehearse", str(talk))):
        refused = run_shadowroom(*words)
        assert refused.returncode == 2
        assert 'talk.yaml:2: "question" is missing' in refused.stderr
