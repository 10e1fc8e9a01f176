"""Look for inputs that break a parser, for long; what is found is kept in tests/fuzz/corpus.

python scripts/fuzz.py --seconds 120 [target …]      all targets of tests/support/fuzz_targets.py by default

With atheris the code's branches guide the search, and inputs that reach new ones are collected in
.make/fuzz-found; without it the kept inputs are damaged at random, as `make test` does for a second.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOUND = ROOT / ".make" / "fuzz-found"
"""Inputs that reach new branches, by target: a start for the next search, and no more."""
GUIDED = ("broker_bridge", "dashboard", "lark", "hassil")
"""Packages whose branches are counted."""
INPUT_SECONDS = 5
"""For one input, which takes a millisecond: more is a parser that can be stalled."""


def main() -> None:
    """Search with each target in a process of its own; fails when one found something."""
    sys.path.insert(0, str(ROOT))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=120, help="for each target")
    parser.add_argument("--here", action="store_true", help="search in this process (one target)")
    parser.add_argument("targets", nargs="*", help="all when none is named")
    given = parser.parse_args()
    if given.here:
        _search(given.targets[0], given.seconds)
        return
    from tests.support.fuzz_targets import TARGETS

    unknown = set(given.targets) - TARGETS.keys()
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    broken = [name for name in given.targets or TARGETS if not _searched(name, given.seconds)]
    if broken:
        sys.exit(f"inputs were found, and kept in tests/fuzz/corpus, for: {', '.join(broken)}")


def _searched(name: str, seconds: int) -> bool:
    print(f"{name}: searching for {seconds} s", flush=True)
    command = [sys.executable, __file__, "--here", "--seconds", str(seconds), name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    print("\n".join(lines[-1:] if done.returncode == 0 else lines[-40:]), flush=True)
    return done.returncode == 0


def _search(name: str, seconds: int) -> None:
    if find_spec("atheris") is not None:
        _guided(name, seconds)
    else:
        _blind(name, seconds)


def _guided(name: str, seconds: int) -> None:
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

    with atheris.instrument_imports(include=list(GUIDED)):
        from tests.support.fuzz_targets import CORPUS, TARGETS
    target, kept, found = TARGETS[name], CORPUS / name, FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    words = found.parent / f"{name}.words"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), encoding="ascii")
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={target.longest}",
        f"-timeout={INPUT_SECONDS}",
        f"-artifact_prefix={kept}/",
        f"-dict={words}",
        "-verbosity=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(found), str(kept)], target.run)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _blind(name: str, seconds: int) -> None:
    from tests.support.fuzz_targets import CORPUS, TARGETS
    from tests.support.mutator import mutated

    target, chance = TARGETS[name], random.Random()
    corpus, tried, end = list(target.corpus().values()), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutated(chance, corpus, target.words, target.longest)
        try:
            target.run(data)
        except Exception:
            (CORPUS / name / f"crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
            raise
        tried += 1
    print(f"Done {tried} runs in {seconds} second(s)")


if __name__ == "__main__":
    main()
