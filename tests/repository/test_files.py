"""What holds for every file of the repository, tracked or about to be."""

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LISTED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    check=True,
    capture_output=True,
    text=True,
).stdout.splitlines()
FILES = sorted(path for name in LISTED if (path := ROOT / name).is_file())
WRITTEN_BY_HAND = {".css", ".js", ".md", ".py", ".toml", ".yaml"}
MOST_LINES = 400
MOST_BYTES = 2_000_000

# In pieces, as this file must not hold what it forbids.
OF_ONE_MACHINE = re.compile(
    "|".join(
        [
            r"(?<![\w.])/(?:"
            + "|".join(["ho" + "me", "ro" + "ot", "wo" + "rk", "Us" + "ers"])
            + r")/\w",
            *[
                re.escape(".".join(parts))
                for parts in [
                    ("py" + "pi", "org"),
                    ("python" + "hosted", "org"),
                    ("deb", "deb" + "ian", "org"),
                    ("registry", "npm" + "js"),
                ]
            ],
        ]
    )
)


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in FILES:
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


TEXTS = texts()


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_there_are_files_to_check():
    assert len(FILES) > 50
    assert len(TEXTS) > 50


def test_no_file_is_large():
    assert not named([path for path in FILES if path.stat().st_size > MOST_BYTES])


def test_no_file_written_by_hand_is_long():
    by_hand = [(path, text) for path, text in TEXTS if path.suffix in WRITTEN_BY_HAND]
    assert len(by_hand) > 50
    assert not named([path for path, text in by_hand if text.count("\n") > MOST_LINES])


@pytest.mark.parametrize(
    "line",
    [
        "/ho" + "me/ann/clip.avi",
        "open('/wo" + "rk/main/x')",
        "https://files.python" + "hosted.org/x",
        "URL=http://deb.deb" + "ian.org/debian",
    ],
)
def test_a_place_of_one_machine_is_recognised(line):
    assert OF_ONE_MACHINE.search(line)


@pytest.mark.parametrize("line", ["~/.hlaska", "a/home/b", "https://debian.org"])
def test_a_place_that_all_have_is_none_of_one_machine(line):
    assert not OF_ONE_MACHINE.search(line)


def test_no_file_names_a_place_of_one_machine_or_a_package_registry():
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path, text in TEXTS
        for number, line in enumerate(text.splitlines(), start=1)
        if OF_ONE_MACHINE.search(line)
    ]
    assert not found


def test_no_test_folder_is_a_package():
    # `tests/serving/__init__.py` would hide the package `serving` from its own tests.
    tests = [path for path in FILES if path.is_relative_to(ROOT / "tests")]
    assert tests
    assert not named([path for path in tests if path.name == "__init__.py"])


def test_no_module_is_named_like_a_drawer_for_everything():
    drawers = {"utils", "util", "common", "helpers", "misc", "core"}
    modules = [path for path in FILES if path.suffix == ".py"]
    assert modules
    assert not named([path for path in modules if path.stem in drawers])


def test_the_changelog_begins_with_the_current_version():
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == PYPROJECT["project"]["version"]


def test_the_licence_is_the_one_that_is_declared():
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text()
    assert licence.lstrip().startswith("Apache License")
    assert "Version 2.0, January 2004" in licence


def commands_in(markdown: str, program: str) -> set[str]:
    """Words that follow a program's name where the page shows code."""
    code = re.findall(r"```.*?```|`[^`\n]+`", markdown, re.DOTALL)
    return {word for part in code for word in re.findall(rf"\b{program} ([a-z]+)\b", part)}


def test_every_make_target_of_the_readme_exists():
    named_there = commands_in((ROOT / "README.md").read_text(), "make")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= named_there
    assert named_there <= targets


def test_every_command_of_the_readme_exists():
    named_there = commands_in((ROOT / "README.md").read_text(), "hlaska")
    registered = {entry.name for entry in metadata.entry_points(group="hlaska.commands")}
    assert {"doctor", "up"} <= named_there
    assert named_there <= registered | {"doctor"}
