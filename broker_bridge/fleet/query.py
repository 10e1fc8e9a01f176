"""AWS IoT's fleet query language: text to a tree. Errors point at the column.

The language is Lucene's, as far as AWS takes it: `field:value`, wildcards, ranges, comparisons, AND, OR,
NOT, `-`, juxtaposition (AND), groups, groups of one field, quoted phrases, escapes, `field:*` (exists),
bare terms, `*`.
"""

import dataclasses
import fnmatch
import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, cast

from lark import Lark, Token, Transformer, UnexpectedEOF, UnexpectedInput, v_args

from broker_bridge.fleet.errors import InvalidQuery

TERMS_MAX: Final = 12
"""Terms in one query; AWS developer guide, "Query syntax"."""

QUERY_MAX: Final = 1000
"""Characters in one query: AWS's quota, and what bounds the parser's work."""

QUERY_WITH_LEADING_WILDCARD_MAX: Final = 100
"""Characters in a query with a leading wildcard, of which there may be one; AWS developer guide."""

CACHED: Final = 256
"""Parsed queries kept: a room asks the same few again and again."""


@dataclass(frozen=True, slots=True)
class Anything:
    """The field exists."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The value, or one of its words, is this text; also the number or boolean that the text spells."""

    text: str
    """Folded to lower case."""
    number: float | int | None
    """The number that an unquoted text spells."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """The value holds these words one after the other."""

    words: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Wild:
    """The value, or one of its words, has this shape. `prefix` is the literal text before the first
    wildcard."""

    prefix: str
    shape: re.Pattern[str] | None
    """None when any text may follow the prefix."""
    leading: bool


@dataclass(frozen=True, slots=True)
class Between:
    """The value lies between two bounds, both numbers or both texts; None is open."""

    low: float | int | str | None
    high: float | int | str | None
    low_included: bool
    high_included: bool


Test = Anything | Exact | Phrase | Wild | Between


@dataclass(frozen=True, slots=True)
class Has:
    """A thing whose field (None: any field) passes a test."""

    field: str | None
    test: Test
    column: int = dataclasses.field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


Node = Has | And | Or | Not


@lru_cache(maxsize=CACHED)
def parse_query(query: str) -> Node:
    """The tree of a query, or `InvalidQuery` with the column of what is wrong."""
    if not query.strip():
        raise InvalidQuery('the query is empty; "*" asks for every thing', 1)
    if len(query) > QUERY_MAX:
        raise InvalidQuery(f"a query has at most {QUERY_MAX} characters", QUERY_MAX + 1)
    try:
        node = cast("Node", _PARSER.parse(query))
    except UnexpectedInput as trouble:
        raise _explain(query, trouble) from None
    _check_limits(query, node)
    return node


NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,4})?\Z")
"""A number as JSON writes it; the lengths keep `int` and `float` cheap."""


def spelled_number(text: str) -> float | int | None:
    """The finite number that a text spells, or None."""
    if NUMBER.match(text) is None:
        return None
    if text.lstrip("-").isdigit():
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"\\(.)|([*?])|([^\\*?]+)", re.DOTALL)


def _unescape(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)


def _test_of(raw: str) -> Test:
    """An unquoted value: everything, a wildcard, or an exact text."""
    if raw == "*":
        return Anything()
    shape, prefix, wild = "", "", False
    for escaped, wildcard, literal in _PIECE.findall(raw):
        if wildcard:
            wild = True
            shape += wildcard
            continue
        text = (escaped or literal).casefold()
        prefix += "" if wild else text
        shape += re.sub(r"([*?\[])", r"[\1]", text)
    if not wild:
        return Exact(prefix, None if "\\" in raw else spelled_number(raw))
    only_prefix = raw.endswith("*") and shape.count("*") + shape.count("?") + shape.count("[") == 1
    return Wild(prefix, None if only_prefix else re.compile(fnmatch.translate(shape)), leading=prefix == "")


@v_args(inline=True)
class _Tree(Transformer[Token, Node]):
    """Builds nodes while parsing, so that no recursion over the input's depth is ever needed."""

    def start(self, node: Node) -> Node:
        return node

    def either(self, left: Node, _or: Token, right: Node) -> Node:
        parts = left.parts if isinstance(left, Or) else (left,)
        return _bounded(Or((*parts, right)))

    def both(self, left: Node, *rest: Node | Token) -> Node:
        parts = left.parts if isinstance(left, And) else (left,)
        return _bounded(And((*parts, cast("Node", rest[-1]))))

    def without(self, _sign: Token, part: Node) -> Node:
        return part.part if isinstance(part, Not) else Not(part)

    def fielded(self, name: Token, value: Node) -> Node:
        return _in_field(_unescape(name), value)

    def compared(self, name: Token, sign: Token, limit: float | str | None) -> Node:
        included = sign.endswith("=")
        test = (
            Between(None, limit, included, included)
            if sign.startswith("<")
            else Between(limit, None, included, included)
        )
        return Has(_unescape(name), test, _column(name))

    def term(self, word: Token) -> Node:
        return Has(None, _test_of(word), _column(word))

    def phrase(self, text: Token) -> Node:
        said = _unescape(text[1:-1]).casefold()
        words = tuple(said.split())
        test = Phrase(words, said) if len(words) > 1 else Exact(said, None)
        return Has(None, test, _column(text))

    def range(
        self, opening: Token, low: float | str | None, _to: Token, high: float | str | None, closing: Token
    ) -> Node:
        if isinstance(low, str) != isinstance(high, str) and None not in (low, high):
            low, high = _as_text(low), _as_text(high)
        return Has(None, Between(low, high, opening == "[", closing == "]"), _column(opening))

    def plain(self, bound: Token) -> float | int | str | None:
        if bound == "*":
            return None
        number = spelled_number(bound)
        return _unescape(bound).casefold() if number is None else number

    def quoted(self, bound: Token) -> str:
        return _unescape(bound[1:-1]).casefold()


def _as_text(bound: float | str | None) -> str | None:
    return bound if isinstance(bound, str) or bound is None else str(bound)


def _in_field(name: str, node: Node) -> Node:
    """Give the field to every test below that has none."""
    if isinstance(node, Has):
        return replace(node, field=name) if node.field is None else node
    if isinstance(node, Not):
        return Not(_in_field(name, node.part))
    return type(node)(tuple(_in_field(name, part) for part in node.parts))


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _tests(node: Node) -> list[Has]:
    if isinstance(node, Has):
        return [node]
    below = (node.part,) if isinstance(node, Not) else node.parts
    return [test for part in below for test in _tests(part)]


def _bounded(node: Node) -> Node:
    """The node, if it has few enough terms. Checked while the tree grows, so that no tree is ever deep."""
    columns = sorted(test.column for test in _tests(node))
    if len(columns) > TERMS_MAX:
        raise InvalidQuery(f"a query has at most {TERMS_MAX} terms", columns[TERMS_MAX])
    return node


def _check_limits(query: str, node: Node) -> None:
    tests = _tests(node)
    leading = [test.column for test in tests if isinstance(test.test, Wild) and test.test.leading]
    if len(leading) > 1:
        raise InvalidQuery("only one term of a query may begin with a wildcard", leading[1])
    if leading and len(query) > QUERY_WITH_LEADING_WILDCARD_MAX:
        text = f"at most {QUERY_WITH_LEADING_WILDCARD_MAX} characters when a term begins with a wildcard"
        raise InvalidQuery(text, leading[0])
    for test in tests:
        if test.field is None and isinstance(test.test, Between):
            raise InvalidQuery("a range needs a field in front: field:[a TO b]", test.column)


_UNSUPPORTED: Final = frozenset("`@#%\\/';,")
"""AWS developer guide, "Query syntax"."""

_SPECIAL: Final = frozenset("()[]{}:<>")


def _explain(query: str, trouble: UnexpectedInput) -> InvalidQuery:
    """The parser's complaint as a sentence for whoever typed the query."""
    token = getattr(trouble, "token", None)
    at = -1 if isinstance(trouble, UnexpectedEOF) else int(trouble.pos_in_stream or 0)
    if not 0 <= at < len(query) or (isinstance(token, Token) and token.type == "$END"):
        return InvalidQuery(
            "the query ends too early; a value or a closing bracket is missing", len(query) + 1
        )
    found = query[at]
    if found == '"':
        return InvalidQuery("this quote has no second quote, or cannot stand here", at + 1)
    if found in _UNSUPPORTED:
        return InvalidQuery(f"{found!r} is not supported here; put the value in double quotes", at + 1)
    if isinstance(token, Token) and found not in _SPECIAL:
        found = str(token)
    return InvalidQuery(f"{found!r} cannot stand here; quote it or put a backslash in front", at + 1)


_GRAMMAR_FILE: Final = "syntax.lark"
_PARSER: Final = Lark.open(
    _GRAMMAR_FILE, rel_to=__file__, parser="lalr", lexer="contextual", transformer=_Tree()
)
