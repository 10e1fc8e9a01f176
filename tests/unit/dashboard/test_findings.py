"""The sentences of the checklist."""

import re

import pytest

from dashboard.findings import LANGUAGES, Finding, texts
from shadowroom.addresses import Reason

BLANK = re.compile(r"\{\w+\}")
CASES = sorted(texts("en"))


def test_both_languages_have_every_sentence() -> None:
    """French has what English has, and the reasons that are English already."""
    assert set(texts("fr")) == {*CASES, *Reason}


@pytest.mark.parametrize("case", CASES)
def test_every_sentence_can_be_told(case: str) -> None:
    """With its blanks filled in each language is a sentence, and they are not the same one."""
    what, _, which = case.partition(".")
    blanks = BLANK.findall("".join(texts(language)[case] for language in LANGUAGES))
    finding = Finding(what, "ok", which, {blank.strip("{}"): "7" for blank in blanks})
    told = [finding.told(language) for language in LANGUAGES]
    assert not any(BLANK.search(sentence) for sentence in told)
    assert told[0] == finding.sentence != told[1]


def test_why_an_address_was_taken_is_said_in_the_same_language() -> None:
    """The reason is a value that has a text of its own."""
    found = Finding("address", "ok", "well", {"address": "http://192.0.2.7", "reason": Reason.HOST})
    assert "(as given with --host)" in found.told("en")
    assert "(donnée par --host)" in found.told("fr")
