"""The contract of notebooks: clean, thin, and read from top to bottom."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {
    str(path.relative_to(ROOT)): json.loads(path.read_text())
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb"))
}
MOST_FUNCTION_LINES = 10

each_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def cells(name: str, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == kind]


def code(name: str) -> list[str]:
    """Code of each cell; lines of IPython's own are not Python and left out."""
    return [
        "".join(line for line in cell["source"] if not line.startswith(("%", "!")))
        for cell in cells(name, "code")
    ]


def nodes(name: str) -> list[ast.AST]:
    return [node for source in code(name) for node in ast.walk(ast.parse(source))]


def test_there_are_notebooks_to_check():
    assert NOTEBOOKS


@each_notebook
def test_nothing_that_was_run_is_kept(name):
    assert all(not cell["outputs"] for cell in cells(name, "code"))
    assert all(cell["execution_count"] is None for cell in cells(name, "code"))


@each_notebook
def test_the_first_cell_is_a_title_with_a_sentence(name):
    first = NOTEBOOKS[name]["cells"][0]
    title, _, rest = "".join(first["source"]).partition("\n")
    assert first["cell_type"] == "markdown"
    assert title.startswith("# ")
    assert len(rest.split()) > 5


@each_notebook
def test_one_cell_holds_all_imports(name):
    importing = [
        source
        for source in code(name)
        if any(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(ast.parse(source)))
    ]
    assert len(importing) == 1


@each_notebook
def test_one_cell_holds_the_parameters(name):
    tags = [cell["metadata"].get("tags", []) for cell in cells(name, "code")]
    assert sum("parameters" in each for each in tags) == 1


@each_notebook
def test_it_is_thin(name):
    assert not [node for node in nodes(name) if isinstance(node, ast.ClassDef)]
    functions = [n for n in nodes(name) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not [f.name for f in functions if (f.end_lineno or 0) - f.lineno > MOST_FUNCTION_LINES]


@each_notebook
def test_it_leaves_the_import_path_and_absolute_paths_alone(name):
    source = "\n".join(code(name))
    assert "sys.path" not in source
    texts = [n.value for n in nodes(name) if isinstance(n, ast.Constant)]
    assert not [text for text in texts if isinstance(text, str) and text.startswith(("/", "~"))]


@each_notebook
def test_it_ends_with_what_it_is_for(name):
    last = ast.parse(code(name)[-1]).body[-1]
    if name.startswith("notebooks/apps/"):
        assert ".servable(" in ast.unparse(last), "a dashboard ends by being served"
    else:
        assert isinstance(last, ast.Assert), "an inquiry ends by asserting its answer"
