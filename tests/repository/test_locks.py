"""What is installed where: the locks agree with pyproject.toml and with each other."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"(?P<name>[a-z0-9]+([.-][a-z0-9]+)*)==(?P<version>[\w.!+]+)( ; .+)?")
LOCKS = {
    path.stem: path.read_text().splitlines()
    for path in [ROOT / "environments" / "serving.txt", ROOT / "environments" / "lab.txt"]
}
HEAVY = re.compile(r"torch.*|nvidia-.*|triton|ultralytics.*|jupyterlab|ipykernel|cuda-.*")


def pins(lock: str) -> dict[str, str]:
    matches = [match for line in LOCKS[lock] if (match := PIN.fullmatch(line))]
    return {match["name"]: match["version"] for match in matches}


def wanted(*extras: str) -> dict[str, Requirement]:
    """Direct requirements of the project with some extras, those of extras inside extras too."""
    texts = list(PROJECT["dependencies"])
    for extra in extras:
        texts += PROJECT["optional-dependencies"][extra]
    found: dict[str, Requirement] = {}
    for requirement in map(Requirement, texts):
        if requirement.name == PROJECT["name"]:
            found |= wanted(*requirement.extras)
        else:
            found[canonicalize_name(requirement.name)] = requirement
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_plain_pin(lock):
    assert len(LOCKS[lock]) > 100
    assert not [line for line in LOCKS[lock] if not PIN.fullmatch(line)]


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("serving", ["dashboards"]), ("lab", list(PROJECT["optional-dependencies"]))],
)
def test_a_lock_holds_all_that_the_project_asks_for(lock, extras):
    pinned = pins(lock)
    requirements = wanted(*extras)
    assert len(requirements) > 10
    unmet = {
        name: str(requirement)
        for name, requirement in requirements.items()
        if name not in pinned or not requirement.specifier.contains(pinned[name], prereleases=True)
    }
    assert not unmet, "run `make lock`"


def test_the_lab_runs_the_same_versions_as_serving():
    serving, lab = pins("serving"), pins("lab")
    assert {name: lab.get(name) for name in serving} == serving


def test_serving_needs_no_torch():
    assert not [name for name in pins("serving") if HEAVY.fullmatch(name)]
    assert [name for name in pins("lab") if HEAVY.fullmatch(name)]


@pytest.mark.parametrize("lock", LOCKS)
def test_there_is_one_opencv(lock):
    # Two distributions of it unpack into the same folder; the later one wins by chance.
    assert [name for name in pins(lock) if "opencv" in name and "ultralytics" not in name] == [
        "opencv-python-headless"
    ]
