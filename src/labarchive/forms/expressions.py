"""The little language of forms (when an item is shown or asked for, what a score is): a whitelist over Python's grammar.

Names, literals, comparisons, ``in``, and/or/not, + - * /, and sum, mean, min, max, answered. Everything else does not
parse. What is parsed is a tree of plain lists, so that the page in a browser evaluates the same tree.
"""

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

from labarchive.errors import BadInput

Tree = list[Any]
"""``["==", ["name", "arm"], ["value", 4]]``"""
LONGEST = 1000
"""Characters."""
DEEPEST = 30
"""Operations inside each other."""
LARGEST = 1e9
"""Numbers beyond it are a mistake."""

_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_ARITHMETIC: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_CALLS = ("sum", "mean", "min", "max", "answered")


def parse(text: str, names: Collection[str]) -> Tree:
    """The tree of an expression over these items. Raises BadInput with what does not belong.

    >>> parse("arm == 'UN'", ["arm"])
    ['==', ['name', 'arm'], ['value', 'UN']]
    """
    if len(text) > LONGEST:
        raise BadInput(f"an expression of {len(text):,} characters", hint=f"{LONGEST:,} at most")
    try:
        body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise BadInput(
            f"{text[:60]!r} is no expression", hint="arm_left == 'UN' and answered(note)"
        ) from None
    return _tree(body, frozenset(names), 0)


def _tree(node: ast.expr, names: frozenset[str], depth: int) -> Tree:
    if depth > DEEPEST:
        raise BadInput("an expression is too deep", hint=f"{DEEPEST} operations inside each other at most")

    def inner(part: ast.expr) -> Tree:
        return _tree(part, names, depth + 1)

    match node:
        case ast.Name(id=name) if name in names:
            return ["name", name]
        case ast.Name(id=name):
            raise BadInput(f"no item {name!r}", hint=f"there are {', '.join(sorted(names))}")
        case ast.Constant(value=value) if _is_plain(value):
            return ["value", value]
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
            return [_COMPARISONS[type(op)], inner(left), inner(right)]
        case ast.BoolOp(op=op, values=values):
            return ["and" if isinstance(op, ast.And) else "or", *map(inner, values)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ["not", inner(operand)]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ["-", ["value", 0], inner(operand)]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return [_ARITHMETIC[type(op)], inner(left), inner(right)]
        case ast.Call(func=ast.Name(id=called), args=[_, *_] as args, keywords=[]) if called in _CALLS:
            return [called, *map(inner, args)]
    raise BadInput(
        f"{ast.unparse(node)[:60]!r} does not belong into a form",
        hint="names, literals, comparisons, in, and, or, not, + - * /, sum, mean, min, max, answered",
    )


def written(tree: Tree) -> str:
    """The expression of a tree, which parses to the same tree.

    >>> written(["and", ["==", ["name", "arm"], ["value", "UN"]], ["answered", ["name", "why"]]])
    "arm == 'UN' and answered(why)"
    """
    head, *rest = tree
    if head == "name":
        return str(rest[0])
    if head == "value":
        return repr(rest[0])
    if head in _CALLS:
        return f"{head}({', '.join(map(written, rest))})"
    parts = [
        written(part) if part[0] in ("name", "value", *_CALLS) else f"({written(part)})" for part in rest
    ]
    if head == "not":
        return f"not {parts[0]}"
    if head in ("and", "or"):
        parts = [
            written(part) if part[0] not in ("and", "or", "not") else f"({written(part)})" for part in rest
        ]
    return f" {head} ".join(parts)


def _is_plain(value: Any) -> bool:
    number = isinstance(value, int | float) and abs(value) <= LARGEST
    return number or value is None or isinstance(value, str)


def evaluate(tree: Tree, answers: Mapping[str, Any], missing: Mapping[str, str] | None = None) -> Any:
    """What it comes to. ``missing``: item -> code, for items that have a code in place of a value.

    A code is a word in comparisons and nothing in sums: it is never a number. What is nothing makes arithmetic nothing,
    and comparisons of size false. A division by zero is nothing.

    >>> evaluate(["sum", ["name", "a"], ["name", "b"]], {"a": 2}, {"b": "UN"})
    2
    """
    codes = missing or {}

    def value(part: Tree) -> Any:
        return evaluate(part, answers, codes)

    head, *rest = tree
    if head == "value":
        return rest[0]
    if head == "name":
        return answers.get(rest[0])
    if head == "answered":
        return all(_is_answered(part, answers, codes) for part in rest)
    if head == "not":
        return not value(rest[0])
    if head == "and":
        return all(value(part) for part in rest)
    if head == "or":
        return any(value(part) for part in rest)
    if head in ("==", "!=", "in", "not in"):
        left, right = (_word(part, answers, codes) for part in rest)
        same = _is_in(left, right) if head.endswith("in") else _is_same(left, right)
        return same is (head in ("==", "in"))
    numbers = [_number(value(part)) for part in rest]
    return _reckoned(head, numbers)


def is_empty(value: Any) -> bool:
    """Nothing was said: no value, no text, no choice."""
    return value is None or value in ("", [])


def _word(part: Tree, answers: Mapping[str, Any], codes: Mapping[str, str]) -> Any:
    if part[0] == "name" and answers.get(part[1]) is None:
        return codes.get(part[1])
    return evaluate(part, answers, codes)


def _is_answered(part: Tree, answers: Mapping[str, Any], codes: Mapping[str, str]) -> bool:
    return not is_empty(_word(part, answers, codes))


def _is_same(left: Any, right: Any) -> bool:
    """Lists are the same as nothing, and true is no 1: as in a browser."""
    alike = isinstance(left, bool) == isinstance(right, bool) and not isinstance(left, list)
    return alike and bool(left == right)


def _is_in(left: Any, right: Any) -> bool:
    return isinstance(right, list | str) and left is not None and (not isinstance(right, str) or isinstance(left, str)) and left in right  # fmt: skip


def _number(value: Any) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


_SIZE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SUMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
}  # fmt: skip


def _reckoned(head: str, numbers: list[float | int | None]) -> Any:
    if head in _SIZE:
        left, right = numbers
        return left is not None and right is not None and _SIZE[head](left, right)
    if head in _SUMS:
        left, right = numbers
        return (
            None
            if left is None or right is None or (head == "/" and right == 0)
            else _SUMS[head](left, right)
        )
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    if head == "mean":
        return sum(known) / len(known)
    return sum(known) if head == "sum" else min(known) if head == "min" else max(known)
