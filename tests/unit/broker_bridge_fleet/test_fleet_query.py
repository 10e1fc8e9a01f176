"""The fleet query language: what it means, and where it says that something is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_bridge.fleet import FleetIndex, InvalidQuery
from broker_bridge.fleet.query import TERMS_MAX, parse_query
from broker_bridge.wire.topics import ShadowId

THINGS = {
    "tv-plasma": {
        "reported": {"os": "iOS", "browser": "Mobile Safari", "battery": 75, "location": {"row": 1}}
    },
    "tv-lcd": {"reported": {"os": "Android", "browser": "Chrome", "battery": 80.5, "v": "v2"}},
    "radio": {
        "reported": {"os": "iPadOS", "visible": True, "values": [1, 2, 3], "v": "v3"},
        "desired": {"x": 1},
    },
    "a:b*c": {"reported": {"os": "75", "battery": -5, "one.two": 1, "said": 'a "b"', "color": "#FF0000"}},
}


@pytest.fixture(scope="module")
def index() -> FleetIndex:
    """Four things."""
    made = FleetIndex()
    for thing, state in THINGS.items():
        made.put(ShadowId(thing), {"state": state, "metadata": {}}, 1, 1)
    return made


@pytest.mark.parametrize(
    ("query", "things"),
    [
        ("*", "a:b*c radio tv-lcd tv-plasma"),
        ("thingName:*", "a:b*c radio tv-lcd tv-plasma"),
        ("shadow.reported.os:ios", "tv-plasma"),
        ("shadow.reported.os : IOS", "tv-plasma"),
        ("shadow.reported.OS:ios", ""),
        ("shadow.reported.os:i*", "radio tv-plasma"),
        ("shadow.reported.os:i?s", "tv-plasma"),
        ("shadow.reported.os:*oS", "radio tv-plasma"),
        ("shadow.reported.os:i*os", "radio tv-plasma"),
        ("shadow.reported.browser:safari", "tv-plasma"),
        ('shadow.reported.browser:"mobile safari"', "tv-plasma"),
        ('shadow.reported.browser:"safari mobile"', ""),
        ("shadow.reported.browser:mobile\\ safari", "tv-plasma"),
        ('"mobile safari"', "tv-plasma"),
        ("chrome", "tv-lcd"),
        ("75", "a:b*c tv-plasma"),
        ("true", "radio"),
        ("shadow.reported.battery:75.0", "tv-plasma"),
        ('shadow.reported.battery:"75"', ""),
        ("shadow.reported.battery:-5", "a:b*c"),
        ("shadow.reported.battery:[75 TO 80.5]", "tv-lcd tv-plasma"),
        ("shadow.reported.battery:{75 TO 80.5]", "tv-lcd"),
        ("shadow.reported.battery:[75 TO 80.5}", "tv-plasma"),
        ("shadow.reported.battery:[* TO 75]", "a:b*c tv-plasma"),
        ("shadow.reported.battery:[* TO *]", "a:b*c tv-lcd tv-plasma"),
        ("shadow.reported.battery<75", "a:b*c"),
        ("shadow.reported.battery <= 75", "a:b*c tv-plasma"),
        ("shadow.reported.battery>75", "tv-lcd"),
        ("shadow.reported.battery>=75", "tv-lcd tv-plasma"),
        ('shadow.reported.v:["v2" TO "v3"}', "tv-lcd"),
        ("shadow.reported.v:[V2 TO V3]", "radio tv-lcd"),
        ("shadow.reported.v>v2", "radio"),
        ("shadow.reported.values:2", "radio"),
        ("shadow.reported.values>2", "radio"),
        ("shadow.reported.visible:TRUE", "radio"),
        ("shadow.reported.visible:1", ""),
        ("shadow.reported.location:*", "tv-plasma"),
        ("shadow.reported.location.row:1", "tv-plasma"),
        ("shadow.reported.one.two:1", "a:b*c"),
        ("NOT shadow.reported.battery:*", "radio"),
        ("-shadow.reported.battery:*", "radio"),
        ("thingName:(tv* AND -*plasma)", "tv-lcd"),
        ("thingName:(radio OR tv-lcd)", "radio tv-lcd"),
        ("thingName:tv* shadow.reported.battery>75", "tv-lcd"),
        ("thingName:tv* NOT shadow.reported.battery>75", "tv-plasma"),
        ("thingName:radio OR thingName:tv* shadow.reported.battery>75", "radio tv-lcd"),
        ("(thingName:radio OR thingName:tv*) NOT shadow.hasDelta:true", "tv-lcd tv-plasma"),
        ("shadow.hasDelta:true", "radio"),
        ("shadow.desired.x:1", "radio"),
        ("thingName:a\\:b\\*c", "a:b*c"),
        ('thingName:"a:b*c"', "a:b*c"),
        ('shadow.reported.said:"a \\"b\\""', "a:b*c"),
        ('shadow.reported.color:"#ff0000"', "a:b*c"),
        ("shadow.reported.nothing:1", ""),
        ("NOT NOT thingName:radio", "radio"),
        ("--thingName:radio", "radio"),
    ],
)
def test_query_finds(index: FleetIndex, query: str, things: str) -> None:
    """Each form of the language finds exactly these things."""
    assert [found["thingName"] for found in index.search(query).things] == things.split()


@pytest.mark.parametrize(
    ("query", "column", "says"),
    [
        ("", 1, "every thing"),
        ("(a", 3, "too early"),
        ("a)", 2, "cannot stand"),
        ("f:", 3, "too early"),
        ("AND a", 1, "cannot stand"),
        ("a OR", 5, "too early"),
        ("color:#ff0000", 7, "double quotes"),
        ("a/b", 2, "double quotes"),
        ("f:a:b", 4, "cannot stand"),
        ('f:"open', 3, "second quote"),
        ("f:[1 TO 2", 10, "too early"),
        ("f:[1 2]", 6, "cannot stand"),
        ("[1 TO 2]", 1, "field"),
        ("*a *b", 4, "wildcard"),
        ("f:*a" + " OR bcdefghijk" * 8, 3, "100 characters"),
        ("x" * 1001, 1001, "1000 characters"),
        (" ".join("abcdefghijklm"), 25, "12 terms"),
        ("f:(" + "(a OR b) " * 7 + ")", 59, "12 terms"),
    ],
)
def test_errors_point_at_the_column(query: str, column: int, says: str) -> None:
    """A query that cannot be read names the column, from 1, and what to do."""
    with pytest.raises(InvalidQuery) as refused:
        parse_query(query)
    assert refused.value.column == column
    assert says in str(refused.value)


def test_twelve_terms_are_fine() -> None:
    """The limit is AWS's twelve."""
    parse_query(" OR ".join(f"f:{n}" for n in range(TERMS_MAX)))


PIECES = st.sampled_from(
    [
        *"()[]{}:\"\\<>*?-+ab1 .,#/'@%;`~^!&|=\n\t",
        "AND",
        "OR",
        "NOT",
        " TO ",
        "f:",
        "shadow.reported.os:",
        "[1 TO 2]",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=60).map("".join)))
def test_no_query_breaks_the_index(index: FleetIndex, query: str) -> None:
    """Whatever is asked, the index answers or says InvalidQuery with a column inside the query."""
    column = 1
    try:
        found = index.search(query)
    except InvalidQuery as refused:
        column = refused.column
    else:
        assert {thing["thingName"] for thing in found.things} <= set(THINGS)
    assert 1 <= column <= len(query) + 1


@given(st.sampled_from(["(", "-", "NOT ", "a(", "f:(", "a OR (", "(((-"]), st.integers(1, 400))
def test_deep_nesting_is_answered(piece: str, times: int) -> None:
    """However deep a query is nested, it is read or refused as a query."""
    for query in (piece * times + "a", piece * times + "a" + ")" * (piece.count("(") * times)):
        try:
            parse_query(query)
        except InvalidQuery:
            continue


@given(st.text(alphabet="ab*", min_size=1, max_size=60))
def test_wildcards_take_bounded_time(pattern: str) -> None:
    """A pattern of many wildcards on a long value is no way to hold up the service."""
    index = FleetIndex()
    index.put(ShadowId("t"), {"state": {"reported": {"f": "ab" * 4000}}}, 1, 1)
    index.search(f"f:x{pattern}")
    index.search(f"shadow.reported.f:a{pattern}")
