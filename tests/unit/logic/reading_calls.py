"""Find which names of a call an action reads, by its source: helper of `test_api_parameters`."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

# How a name is read: `get_or_bust(data, name)` and helpers that take the call and a name.
METHODS = ("get", "pop", "setdefault")


def names_read(action: Callable[..., Any]) -> tuple[set[str], bool]:
    """Give the names that an action reads from its call, and whether it hands on the whole call.

    Follows the call into functions of this extension that it is given to.
    """
    found: set[str] = set()
    opaque = _walk(_inner(action), 1, {}, found, set())
    return found, opaque


def _inner(function: Callable[..., Any]) -> Callable[..., Any]:
    return inspect.unwrap(function)


def _walk(
    function: Any,
    position: int,
    bound: Mapping[str, Set[str]],
    found: set[str],
    seen: set[Any],
) -> bool:
    mark = (function, position, tuple(sorted(bound.items())))
    if mark in seen:
        return False
    seen.add(mark)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    arguments = [one.arg for one in (*tree.args.posonlyargs, *tree.args.args)]
    call = arguments[position]
    opaque = False
    named = {
        name: frozenset({value})
        for name, value in function.__globals__.items()
        if name.isupper() and isinstance(value, str)
    }
    constants = {**named, **bound, **_loops(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is(node.value, call):
            found |= _texts(node.slice, constants)
        elif isinstance(node, ast.Compare) and any(_is(one, call) for one in node.comparators):
            found |= _texts(node.left, constants)
        elif isinstance(node, ast.Call):
            opaque |= _called(node, call, function, found, seen, constants)
    return opaque


def _called(
    node: ast.Call,
    call: str,
    function: Any,
    found: set[str],
    seen: set[Any],
    constants: Mapping[str, Set[str]],
) -> bool:
    target = node.func
    if isinstance(target, ast.Attribute) and _is(target.value, call):
        if target.attr in METHODS:
            found |= _texts(node.args[0], constants)
            return False
        return target.attr == "items"
    places = [number for number, one in enumerate(node.args) if _is(one, call)]
    places += [one.arg for one in node.keywords if _is(one.value, call)]
    if not places:
        return False
    name = ast.unparse(target)
    if name.endswith("check_access"):
        return False
    if name.endswith(("get_or_bust", "_get_or_bust")):
        found |= _texts(node.args[1], constants)
        return False
    reached = _resolved(target, function)
    if reached is None or not getattr(reached, "__module__", "").startswith("ckanext.fjgov"):
        return True
    inner = _inner(reached)
    if not inspect.isfunction(inner):
        return True
    names = list(inspect.signature(inner).parameters)
    given = dict(zip(names, node.args, strict=False)) | {
        one.arg: one.value for one in node.keywords if one.arg
    }
    texts = {name: frozenset(_texts(one, constants)) for name, one in given.items()}
    bound = {name: one for name, one in texts.items() if one}
    reaches = [
        _walk(inner, names.index(n) if isinstance(n, str) else n, bound, found, seen)
        for n in places
    ]
    return any(reaches)


def _loops(tree: ast.AST) -> dict[str, set[str]]:
    """Give the texts that a name of a loop or comprehension takes."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.comprehension) and isinstance(node.target, ast.Name):
            texts = set(_constants(node.iter))
            if texts:
                found.setdefault(node.target.id, set()).update(texts)
    return found


def _constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        for one in node.elts:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


def _texts(node: ast.AST, constants: Mapping[str, Set[str]]) -> Set[str]:
    if isinstance(node, ast.List | ast.Tuple):
        return frozenset(_constants(node))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Name):
        return constants.get(node.id, frozenset())
    return set()


def _is(node: ast.AST, name: str) -> bool:
    """Tell whether an expression is the call, or a copy of it."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and node.args:
        node = node.args[0]
    return isinstance(node, ast.Name) and node.id == name


def _resolved(target: ast.AST, function: Any) -> Any:
    names = ast.unparse(target).split(".")
    found: Any = function.__globals__.get(names[0])
    for name in names[1:]:
        found = getattr(found, name, None)
    return found
