"""Hold the source to the rules of its style that no linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cytoflow_blina"
TEXTS = {
    str(path.relative_to(SOURCE)): path.read_text(encoding="utf-8")
    for path in sorted(SOURCE.rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}

MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 80

HEAVY = ("flowkit", "matplotlib", "pandas", "scipy", "sklearn", "statsmodels")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef

# How an array is written in an annotation, and in a docstring.
ARRAY = re.compile(r"\b(\w*Array|ndarray)\b")
WITH_SHAPE = re.compile(r"ndarray( of [\w ]+)?,\s+shape \(")


def functions() -> Iterator[tuple[str, Function]]:
    """Walk every function of the source, nested ones too."""
    for name, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}: {node.name}", node


def public() -> Iterator[tuple[str, Documented]]:
    """Walk the public functions and classes of the source, with their methods."""
    for name, tree in TREES.items():
        yield from public_within(tree.body, f"{name}: ")


def public_within(
    body: list[ast.stmt], prefix: str
) -> Iterator[tuple[str, Documented]]:
    """Walk the public functions and classes of a module or a class."""
    for node in body:
        if isinstance(node, Documented) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_within(node.body, f"{prefix}{node.name}.")


def types_of(function: Function) -> str:
    """Write the types of the arguments and of what is returned."""
    given = function.args
    arguments = (*given.posonlyargs, *given.args, *given.kwonlyargs)
    types = [*(one.annotation for one in arguments), function.returns]
    return " ".join(ast.unparse(one) for one in types if one is not None)


def n_shapeless(text: str) -> int:
    """Count the arrays of a docstring that have no shape."""
    return text.count("ndarray") - len(WITH_SHAPE.findall(text))


def is_blind(handler: ast.ExceptHandler) -> bool:
    """Whether an except catches whatever comes."""
    caught = handler.type
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        kind is None
        or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )


def run_python(code: str) -> str:
    """Run code in a fresh process, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_no_module_is_too_long_to_be_one_idea() -> None:
    lengths = {name: len(text.splitlines()) for name, text in TEXTS.items()}

    assert len(lengths) > 100
    assert {n for n, long in lengths.items() if long > MOST_LINES_OF_A_MODULE} == set()


def test_no_function_is_too_long_to_be_read_at_once() -> None:
    lengths = {
        name: (node.end_lineno or 0) - node.lineno + 1 for name, node in functions()
    }

    assert len(lengths) > 500
    assert {n for n, long in lengths.items() if long > MOST_LINES_OF_A_FUNCTION} == (
        set()
    )


def test_every_module_and_all_that_is_public_is_documented() -> None:
    documented = {**TREES, **dict(public())}

    silent = [name for name, node in documented.items() if not ast.get_docstring(node)]

    assert silent == []


def test_every_array_of_a_docstring_has_its_shape() -> None:
    shapeless = [
        f"{name}: {getattr(node, 'name', 'module')}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | Documented)
        and n_shapeless(ast.get_docstring(node) or "")
    ]

    assert shapeless == []


def test_a_public_function_of_arrays_speaks_of_them() -> None:
    of_arrays = {
        name: ast.get_docstring(node) or ""
        for name, node in public()
        if isinstance(node, Function) and ARRAY.search(types_of(node))
    }

    assert len(of_arrays) > 40
    assert [name for name, text in of_arrays.items() if "ndarray" not in text] == []


def test_nothing_is_printed_asserted_or_caught_blindly() -> None:
    found = [
        f"{name}: line {node.lineno}"
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
        or (isinstance(node, ast.Name) and node.id in {"print", "breakpoint"})
        or (isinstance(node, ast.ExceptHandler) and is_blind(node))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("caught", "expected"),
    [("", True), (" (ValueError, Exception)", True), (" ValueError", False)],
)
def test_a_blind_except_is_told_from_others(caught: str, *, expected: bool) -> None:
    (block,) = ast.parse(f"try:\n    x\nexcept{caught}:\n    y").body

    assert isinstance(block, ast.Try)
    assert is_blind(block.handlers[0]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x : ndarray of float64, shape (n_events,)", 0),
        ("x : ndarray of uint16 or float32, shape (n_events, n_channels)", 0),
        ("Mask, ndarray of bool,\n    shape (n_events,).", 0),
        ("x : ndarray of float64", 1),
        ("x : ndarray of bool, shape (3,)\ny : ndarray of bool", 1),
    ],
)
def test_an_array_with_a_shape_is_told_from_one_without(
    text: str, expected: int
) -> None:
    assert n_shapeless(text) == expected


def test_docstrings_have_the_form_of_numpydoc() -> None:
    numpydoc = Path(sys.executable).with_name("numpydoc")
    files = [SOURCE / name for name in TEXTS if Path(name).parts[0] != "cli"]

    done = subprocess.run(
        [numpydoc, "lint", "--config", ROOT, *files],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_importing_the_package_loads_nothing_heavy_and_changes_nothing() -> None:
    code = f"""
import logging, os, sys, warnings
def state():
    return (
        list(warnings.filters), list(logging.root.handlers), logging.root.level,
        list(logging.Logger.manager.loggerDict), dict(os.environ), os.getcwd(),
    )
before = state()
import cytoflow_blina
print([one for one in {HEAVY!r} if one in sys.modules], state() == before)
"""

    assert run_python(code) == "[] True"


def test_no_help_loads_anything_heavy() -> None:
    code = f"""
import contextlib, io, sys
from cytoflow_blina.cli.main import app, main
commands = [one.name or one.callback.__name__ for one in app.registered_commands]
said = io.StringIO()
for words in ([], *([command.replace("_", "-")] for command in commands)):
    sys.argv = ["cytoflow-blina", *words, "--help"]
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main()
n_helps = said.getvalue().count("Usage")
loaded = [one for one in {HEAVY!r} if one in sys.modules]
print(n_helps == 1 + len(commands), n_helps > 5, loaded)
"""

    assert run_python(code) == "True True []"
