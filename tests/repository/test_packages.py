"""What holds for every module of the five packages."""

import ast
import importlib
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from pydantic import BaseModel

from hlaska import cli

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.is_file()
)
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}
FRAMEWORKS = next(
    contract["forbidden_modules"]
    for contract in PYPROJECT["tool"]["importlinter"]["contracts"]
    if contract.get("source_modules") == ["hlaska"]
)
FEWEST_WORDS = 5


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): tree for path, tree in TREES.items()}
PUBLIC = {
    name: tree
    for name, tree in MODULES.items()
    # Alembic loads its scripts by path and lays down their names.
    if not any(part.startswith("_") or part == "migrations" for part in name.split("."))
}
ARGS = sorted(
    (name, node.name)
    for name, tree in PUBLIC.items()
    for node in tree.body
    if isinstance(node, ast.ClassDef) and node.name.endswith(("Args", "Settings")) and node.bases
)


def test_there_are_modules_settings_and_frameworks_to_check():
    assert len(PUBLIC) > 20
    assert ("hlaska.settings", "Settings") in ARGS
    assert len(ARGS) > 3
    assert "ray" in FRAMEWORKS


def test_the_packages_are_listed_alike_everywhere():
    assert set(PACKAGES) == set(PYPROJECT["tool"]["importlinter"]["root_packages"])
    assert set(PACKAGES) == set(PYPROJECT["tool"]["mypy"]["files"])
    assert set(PACKAGES) == set(cli.PACKAGES)
    assert set(PACKAGES) - {"hlaska"} <= set(PYPROJECT["project"]["optional-dependencies"])


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_that_of_this_tree(package):
    # Their names are general: another distribution might bring one of them.
    spec = importlib.import_module(package)
    assert Path(spec.__file__ or "").parent == ROOT / package


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_module_says_why_it_exists(name):
    docstring = ast.get_docstring(PUBLIC[name]) or ""
    assert len(docstring.split()) >= FEWEST_WORDS


@pytest.mark.parametrize(("module", "name"), ARGS)
def test_every_setting_is_described(module, name):
    settings = getattr(importlib.import_module(module), name)
    assert issubclass(settings, BaseModel)
    undescribed = [
        field
        for field, info in settings.model_fields.items()
        # A literal that tells alternatives apart explains itself.
        if not info.description and not (info.is_required() and "Literal" in str(info.annotation))
    ]
    assert not undescribed


def test_what_a_module_lists_as_public_is_sorted_and_exists():
    listing = {
        name: [ast.literal_eval(element) for element in node.value.elts]
        for name, tree in MODULES.items()
        for node in tree.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "__all__"
        and isinstance(node.value, ast.List | ast.Tuple)
    }
    assert listing
    for name, public in listing.items():
        assert public == sorted(set(public)), name
        module = importlib.import_module(name)
        assert all(hasattr(module, each) for each in public), name


def test_the_words_load_no_framework():
    modules = sorted(name for name in PUBLIC if name.partition(".")[0] == "hlaska")
    code = (
        f"import sys\nfor name in {modules!r}:\n    __import__(name)\n"
        f"print(*sorted(set({FRAMEWORKS!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_imports_keep_to_the_contracts():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


ENTRY_POINTS = [
    pytest.param(group, name, value, id=f"{group} {name}")
    for group, entries in PYPROJECT["project"]["entry-points"].items()
    for name, value in entries.items()
]


def test_there_are_entry_points_to_check():
    assert len(ENTRY_POINTS) > 5


@pytest.mark.parametrize(("group", "name", "value"), ENTRY_POINTS)
def test_an_entry_point_is_installed_and_leads_somewhere(group, name, value):
    installed = {entry.name: entry for entry in metadata.entry_points(group=group)}
    assert installed[name].value == value, "install again: the environment has an older one"
    assert callable(installed[name].load())


@pytest.mark.parametrize("entry", metadata.entry_points(group=cli.COMMANDS), ids=lambda e: e.name)
def test_a_command_has_a_help_line(entry):
    assert len(cli._help_line(entry).split()) >= FEWEST_WORDS
    assert "Not installed" not in cli._help_line(entry)


def test_every_marker_says_what_it_means_and_no_other_is_taken():
    options = PYPROJECT["tool"]["pytest"]["ini_options"]
    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"])
    assert all(len(marker.partition(": ")[2].split()) > 2 for marker in options["markers"])
