"""Tests that assert in loops only say how much they loop over at least."""

import ast

import pytest

#: What a test calls to say that something holds.
ASSERTIONS = ("assert", "_assert", "_check", "_must", "_refuse", "fail")
#: What refuses too few of what a test loops over.
GUARD = "some"
#: Functions that have as many results as arguments.
SAME_NUMBER = {"zip", "enumerate", "sorted", "reversed", "list", "range"}


def _is_literal(node, literals):
    """Tell whether a test says itself what it loops over."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set() | ast.Dict() | ast.Constant():
            return True
        case ast.Name(id=name):
            return name.isupper() or name in literals
        case ast.Call(func=ast.Attribute(attr="items" | "values" | "keys", value=of)):
            return _is_literal(of, literals)
        case ast.Call(func=ast.Name(id=name), args=args):
            known = name in SAME_NUMBER
            return (
                name == GUARD or known and all(_is_literal(a, literals) for a in args)
            )
    return False


def _assigned(function):
    """Return the names that a test gives to something it writes down."""
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _is_literal(node.value, names):
            names |= {name.id for name in node.targets if isinstance(name, ast.Name)}
    return names


def _is_assertion(node):
    if isinstance(node, ast.Assert):
        return True
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return called and node.func.attr.lower().startswith(ASSERTIONS)


def _assertions(node, literals, is_open=False):
    """Yield for each assertion whether it may never be reached."""
    for child in ast.iter_child_nodes(node):
        inside = is_open or isinstance(child, ast.While)
        if isinstance(child, ast.For):
            inside = is_open or not _is_literal(child.iter, literals)
        if _is_assertion(child):
            yield inside
        yield from _assertions(child, literals, inside)


def _is_property(test):
    """Tell whether many examples are generated, of which one may be empty."""
    return any("given" in ast.unparse(each) for each in test.decorator_list)


def unguarded(source):
    """Return the names of the tests of a module that may assert nothing."""
    tests = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not _is_property(node)
    ]
    found = {test.name: list(_assertions(test, _assigned(test))) for test in tests}
    return [name for name, each in found.items() if each and all(each)]


def test_every_loop_is_guarded(root):
    """A collection that is empty by mistake makes no test green."""
    files = [*root.glob("tests/*/test_*.py"), *root.glob("*/tests/test_*.py")]
    assert len(files) > 150
    found = {path.name: unguarded(path.read_text()) for path in files}
    assert {name: tests for name, tests in found.items() if tests} == {}


@pytest.mark.parametrize(
    ("loop", "count"),
    [
        ("for each in found:", 1),
        ("for each in some(found):", 0),
        ("for each in (1, 2):", 0),
        ("for each in ROLES:", 0),
        ("for key, each in {1: 2}.items():", 0),
        ("for n, each in enumerate(found):", 1),
        ("while found:", 1),
    ],
)
def test_the_check_can_fail(loop, count):
    source = f"def test_it(found):\n    {loop}\n        assert each\n"
    assert len(unguarded(source)) == count
    assert unguarded(source + "    assert found\n") == []
