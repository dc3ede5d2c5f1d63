import inspect
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska import errors
from hlaska.errors import HlaskaError, unknown

CLASSES = {
    name: cls
    for name, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == "hlaska.errors"
}


def drawn_tree() -> dict[str, str]:
    """Child and parent of every class that the docstring draws."""
    parents: dict[str, str] = {}
    path = ["HlaskaError"]
    for indent, name in re.findall(
        r"^    ([│ ]*)[├└]── (\w+)", inspect.getdoc(errors) or "", re.MULTILINE
    ):
        depth = len(indent) // 4 + 1
        parents[name] = path[depth - 1]
        path[depth:] = [name]
    return parents


def test_the_drawn_tree_is_the_tree():
    real = {name: cls.__bases__[0].__name__ for name, cls in CLASSES.items()}
    assert real.pop("HlaskaError") == "Exception"
    assert drawn_tree() == real
    assert len(real) > 5


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_one_base_catches_every_error(name):
    assert issubclass(CLASSES[name], HlaskaError)


def test_an_unknown_name_is_answered_with_the_nearest_and_all_known_ones():
    assert unknown("entry", "gate-2", ["gate_2", "gate_1"]) == (
        "no entry 'gate-2'; did you mean 'gate_2'? Known: gate_1, gate_2"
    )


def test_an_unknown_name_where_nothing_is_known_says_so():
    assert unknown("site", "x", []) == "no site 'x'. Known: none"


@given(st.text(), st.lists(st.text(min_size=1), min_size=1))
def test_every_known_name_is_listed(name, known):
    sentence = unknown("thing", name, known)
    assert all(one in sentence for one in known)
