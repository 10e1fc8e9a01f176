"""Every parser of what strangers send, against damaged input: only documented errors, and promises kept.

`make fuzz` does the same for long, guided by the code's branches where atheris runs.
"""

import random

import pytest

from tests.support.fuzz_targets import CORPUS, TARGETS, Target
from tests.support.mutator import mutated

KEPT = [
    pytest.param(target, data, id=f"{target.name}-{name}")
    for target in TARGETS.values()
    for name, data in target.corpus().items()
]


def test_every_folder_of_inputs_has_its_parser() -> None:
    """And every parser its folder."""
    assert {path.name for path in CORPUS.iterdir()} == TARGETS.keys()


@pytest.mark.parametrize(("target", "data"), KEPT)
def test_kept_inputs_do_no_harm(target: Target, data: bytes) -> None:
    """Good ones, odd ones, and those that once did harm."""
    target.run(data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=lambda target: target.name)
def test_damaged_inputs_do_no_harm(target: Target, seed: int) -> None:
    """Some thousand mutations of the kept inputs, the same for the same TEST_SEED."""
    chance, corpus = random.Random(seed), list(target.corpus().values())
    for _ in range(target.rounds):
        data = mutated(chance, corpus, target.words, target.longest)
        try:
            target.run(data)
        except Exception as defect:
            raise AssertionError(f"{target.name} on {data!r}") from defect
