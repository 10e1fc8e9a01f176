"""What each question does to a room, and what is said of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.ask.asker import Answer, Asker, BadQuestion
from dashboard.ask.phrase import phrases
from dashboard.ask.port import SeenGroup, SeenPhone
from tests.support.hall import Hall, crowd


def asker_of(hall: Hall) -> Asker:
    return Asker(hall, lambda: 1_000)


async def say(hall: Hall, *sentences: str) -> list[str]:
    asker = asker_of(hall)
    return [(await asker.ask([sentence])).speech for sentence in sentences]


@pytest.mark.parametrize(
    ("text", "command", "speech"),
    [
        (
            "show me on which OS runs all the smartphones in the room",
            {"by": "os"},
            "Of 187 phones, 62% run Android and 35% iOS; 5 others.",
        ),
        (
            "montre-moi sur quel système tournent tous les téléphones de la salle",
            {"by": "os"},
            "Sur 187 téléphones, 62\u202f% sont sous Android et 35\u202f% sous iOS ; 5 autres.",
        ),
        ("mets tous les téléphones en rouge", {"color": "#FF0000"}, "Les 187 téléphones passent en rouge."),
        ("clear the room", {}, "The room is clear: 187 phones are dark."),
        ("make a wave", {"wave": True}, "A wave runs through the room."),
        ("levez les yeux", {"blank": True}, "Levez les yeux : les téléphones sont éteints."),
        ("combien d'iPhone dans la salle ?", None, "66 téléphones sur 187 sont sous iOS."),
        ("how many Linux users are there", None, "None of the 187 phones runs Linux."),
        ("combien de tablettes", None, "Aucun des 187 appareils n'est une tablette."),
        ("how many people speak French", None, "All 187 phones speak French."),
        ("who is missing", None, "Nobody is missing: all 187 phones are connected."),
        ("who has not voted yet", None, "No question is being asked."),
    ],
)
async def test_an_order_is_done_and_answered(text: str, command: object, speech: str) -> None:
    """The scene and the sentence; the sentence is on the wall and in the log."""
    hall = Hall()
    answer = await asker_of(hall).ask([text])
    assert answer.speech == speech
    assert hall.commands == ([] if command is None else [command])
    assert hall.caption == speech
    assert [(line.text, line.intent, line.speech) for line in hall.lines] == [(text, answer.intent, speech)]


async def test_a_group_is_coloured_by_every_value_that_it_has() -> None:
    """One scene for each value: French is fr-FR and fr; a group that nobody is of is coloured for later."""
    french = [
        SeenPhone(slot, True, {"language": said}) for slot, said in ((1, "fr"), (2, "fr-FR"), (3, "en"))
    ]
    hall = Hall(french)
    said = await say(hall, "turn the French speakers green", "mets les iPhone en bleu", "undo", "undo")
    assert said[:2] == [
        "The 2 phones that speak French turn green.",
        "Pour l'instant, aucun téléphone ici n'est sous iOS.",
    ]
    assert hall.commands == []
    await say(hall, "turn the French speakers green")
    assert [command["group"] for command in hall.commands] == [("language", "fr"), ("language", "fr-FR")]


async def test_one_phone_blinks_and_is_found() -> None:
    """By its number; who is away will be found later, and a number that nobody has is told."""
    hall = Hall([*crowd(iOS=1), SeenPhone(2, False, {})])
    said = await say(hall, "where is phone 1", "où est le téléphone 2", "find phone 187")
    assert said == [
        "Phone 1, iOS, Safari, is blinking.",
        "Le téléphone 2 est absent : on le verra à son retour.",
        "There is no phone 187 here.",
    ]
    assert hall.pointed_out == [1, 2]


async def test_who_is_missing_is_told_by_number() -> None:
    """The first five, and how many more."""
    away = [SeenPhone(slot, False, {}) for slot in range(3, 12)]
    assert await say(Hall([*crowd(iOS=2), *away]), "who is missing") == [
        "Of 11 phones that joined, 9 are away: numbers 3, 4, 5, 6, 7 and 4 more."
    ]
    assert await say(Hall([*crowd(iOS=2), *away[:2]]), "qui manque") == [
        "Sur 4 téléphones entrés, 2 manquent : les numéros 3 et 4."
    ]
    assert await say(Hall([]), "who is missing") == ["Nobody has joined yet."]


async def test_a_poll_from_open_to_read_out() -> None:
    """Open, count, lock, reveal, read, undo the reveal; nothing is told before the reveal."""
    hall = Hall()
    hall.ask_poll("Tabs?", ["Yes", "No"], {"Yes": 74, "No": 46})
    said = await say(
        hall,
        *("reveal the result", "open the poll", "open the poll", "read the question", "who said yes"),
        *("reveal the result", "how many have not voted yet", "close the vote", "read out the result"),
        *("reveal the result", "read out the result", "undo", "open the second poll"),
    )
    assert said == [
        "There is nothing to reveal: close a poll first.",
        "The question is: Tabs?",
        "That poll is open already: Tabs?",
        "Tabs? The answers are Yes and No. Nobody has answered yet.",
        "The answers are hidden until you reveal them.",
        "The poll is still open: close it first.",
        "None of the 187 phones has answered.",
        "The vote is closed with 120 answers.",
        "Tabs? There are 120 answers, hidden until the reveal.",
        "Tabs? Of 120 answers, 62% are Yes and 38% No.",
        "Tabs? Of 120 answers, 62% are Yes and 38% No.",
        "Undone: the result is hidden again.",
        "There is no such poll: 1 are prepared.",
    ]


async def test_answers_are_crossed_with_facts() -> None:
    """By group, by answer, by both; a group that is too small to be anonymous is only named."""
    hall = Hall()
    hall.ask_poll("Tabs?", ["Oui", "Non"], {"Oui": 74, "Non": 46})
    for event in ("open", "lock", "reveal"):
        await hall.change_poll("p1", event)
    hall.by["os"] = {
        "Android": SeenGroup(70, {"Oui": 50, "Non": 20}),
        "iOS": SeenGroup(48, {"Oui": 24, "Non": 24}),
    }
    said = await say(
        hall,
        *("Android users who said yes", "combien d'iPhone ont dit non", "who said yes", "qui a choisi B"),
        *("show the answers by system", "qui a dit oui par système", "Linux users who said yes"),
        *("who took answer four",),
    )
    assert said == [
        "Android: 50 of 70 said Oui.",
        "iOS : 24 personnes sur 48 ont dit Non.",
        "74 of 120 said Oui.",
        "46 personnes sur 120 ont dit Non.",
        "Android: Oui with 71%; iOS: level.",
        "Android : 71\u202f% ont dit Oui ; iOS : 50\u202f% ont dit Oui.",
        "Linux: too few answered to say it without telling who.",
        "“4” is no answer of this poll: “Oui” or “Non”.",
    ]


async def test_of_several_choices_each_people_are_told_and_not_marks() -> None:
    """Thirty iPhones that chose fifty options are thirty; and one of 300 is less than one in a hundred."""
    hall = Hall()
    hall.ask_poll("Which?", ["Tea", "Milk"], {"Tea": 60, "Milk": 40})
    for event in ("open", "lock", "reveal"):
        await hall.change_poll("p1", event)
    hall.by["os"] = {
        "Android": SeenGroup(300, {"Tea": 1, "Milk": 299}),
        "iOS": SeenGroup(30, {"Tea": 12, "Milk": 28}),
    }
    said = await say(
        hall,
        *("show the answers by system", "who chose A by system", "iPhone users who chose A"),
        *("qui a choisi A par système", "qui a choisi B par système"),
    )
    assert said == [
        "Android: Milk with more than 99%; iOS: 28 of 30 chose Milk.",
        "Android: less than 1% said Tea; iOS: 12 of 30 chose Tea.",
        "iOS: 12 of 30 said Tea.",
        "Android : moins de 1\u202f% ont dit Tea ; iOS : 12 personnes sur 30 ont choisi Tea.",
        "Android : plus de 99\u202f% ont dit Milk ; iOS : 28 personnes sur 30 ont choisi Milk.",
    ]


async def test_undo_takes_back_one_deed_after_the_other() -> None:
    """Scenes as they were before, an opened poll closed or a draft again; then there is nothing left."""
    hall = Hall()
    hall.ask_poll("Tabs?", ["Yes", "No"])
    said = await say(
        hall, "turn all phones red", "show the browsers", "open the poll", "undo", "undo", "annule", "undo"
    )
    assert said[3:] == [
        "Undone: the poll is not asked any more.",
        "Undone: the room shows what it showed before.",
        "Annulé : la salle montre ce qu'elle montrait avant.",
        "There is nothing to undo.",
    ]
    assert hall.commands == []
    await hall.show({"blank": True})
    assert await say(hall, "undo") == ["Undone: the room shows what it showed before."]
    await say(hall, "open the poll")
    assert await say(hall, "undo") == ["Undone: the poll is not asked any more."]


async def test_what_is_not_understood_changes_nothing_but_is_logged() -> None:
    """No scene, no caption; near misses are offered, three of them."""
    hall = Hall()
    answer = await asker_of(hall).ask(["efface toutt"])
    assert (answer.intent, answer.language, len(answer.suggestions)) == (None, "fr", 3)
    assert answer.speech.startswith("Je n'ai pas compris. Vouliez-vous dire « efface tout »")
    far = await asker_of(hall).ask(["what time is it"])
    assert far.speech.startswith("I did not understand that. Say for instance “")
    assert (hall.commands, hall.caption) == ([], None)
    assert [line.intent for line in hall.lines] == [None, None]


async def test_the_best_reading_of_an_utterance_is_taken() -> None:
    """A recogniser offers several: the first that is an order is done."""
    hall = Hall()
    answer = await asker_of(hall).ask(["turn all phones read", "turn all phones red"], way="voice")
    assert (answer.intent, answer.heard) == ("colour_all", "turn all phones red")
    assert hall.lines[0].way == "voice"
    with pytest.raises(BadQuestion):
        await asker_of(hall).ask(["undo"] * 6)


async def test_help_is_for_the_presenter_alone() -> None:
    """It says sentences that are understood, and is not shown on the wall."""
    hall = Hall()
    for question, start in (("help", "Say for instance “"), ("aide", "Dites par exemple « ")):
        assert (await say(hall, question))[0].startswith(start)
    assert hall.caption is None


async def test_a_fact_that_only_this_rooms_phones_report_can_be_asked_for() -> None:
    """Any reported fact is a dimension."""
    hall = Hall([SeenPhone(1, True, {"seat_row": "A"}), SeenPhone(2, True, {"seat_row": "B"})])
    answer: Answer = await asker_of(hall).ask(["show the phones by seat row"])
    assert answer.slots == {"fact": "seat_row"}
    assert answer.speech == "Of 2 phones, A and B are level with 1 each."


def test_both_languages_have_the_same_phrases() -> None:
    """The same keys, forms and blanks."""
    english, french = phrases("en"), phrases("fr")
    assert english.keys() == french.keys()
    for key, text in english.items():
        other = french[key]
        assert (len(text) if isinstance(text, list) else 0) == (len(other) if isinstance(other, list) else 0)


families = st.dictionaries(
    st.sampled_from(["iOS", "Android", "Windows", "Linux", "other"]), st.integers(0, 300), max_size=5
)
questions = st.sampled_from(
    [
        *("how many iPhones are there", "combien d'Android", "who is missing", "qui manque", "help", "undo"),
        *("turn the iPhones blue", "mets les Android en vert", "how many phones are in the room"),
        *("show the browsers", "montre les langues", "where is phone 1", "où est le téléphone 1"),
        *("read out the result", "quels sont les résultats", "qui a dit oui", "show the answers by system"),
    ]
)


@given(families, st.integers(0, 50), questions)
async def test_every_answer_is_a_sentence_with_true_figures(
    found: dict[str, int], away: int, question: str
) -> None:
    """Whatever the room: no blank is left, and no number is greater than the number of phones."""
    phones = crowd(**found)
    gone = [SeenPhone(len(phones) + slot, False, {}) for slot in range(1, away + 1)]
    hall = Hall([*phones, *gone])
    hall.ask_poll("Tabs?", ["Yes", "No"], {"Yes": len(phones), "No": 0})
    for event in ("open", "lock", "reveal"):
        await hall.change_poll("p1", event)
    answer = await asker_of(hall).ask([question])
    assert answer.speech[-1] in ".?"
    assert not {"{", "}"} & set(answer.speech)
    assert "  " not in answer.speech
    numbers = [int(word) for word in "".join(c if c.isdigit() else " " for c in answer.speech).split()]
    assert all(number <= max(100, len(phones) + away) for number in numbers)
