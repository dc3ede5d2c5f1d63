from collections.abc import Mapping

import pytest

from catalogs import documents
from hlaska.errors import DataError
from hlaska.records import Name, Record


class Room(Record):
    seats: int
    colour: str = "white"


class House(Record):
    street: str
    rooms: Mapping[Name, tuple[Room, ...]] = {}
    keys: Mapping[str, Room] = {}


FORM = documents.Form(
    record=House,
    error=DataError,
    whole="house",
    starts="street: Solní",
    seek="give the path of a house",
    learn="see the handbook",
)


@pytest.fixture
def house(tmp_path):
    def write(text):
        path = tmp_path / "house.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_right_file_becomes_its_record(house):
    read = documents.load(house("street: Solní\nrooms:\n  hall:\n    - {seats: 3}\n"), FORM)
    assert read == House(street="Solní", rooms={"hall": (Room(seats=3),)})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "street: a\nrooms:\n  hall:\n    - {seat: 3, seats: 3}\n",
            "line 4, rooms.hall[0].seat: no key 'seat'; did you mean 'seats'? Known: colour, seats",
            id="an unknown key under a name",
        ),
        pytest.param(
            "street: a\nkeys:\n  back door: {seats: 3, color: red}\n",
            "line 3, keys.back door.color: no key 'color'; did you mean 'colour'? "
            "Known: colour, seats",
            id="an unknown key under any text",
        ),
        pytest.param(
            "street: a\nrooms:\n  Hall: []\n",
            "line 3, rooms.Hall: String should match pattern",
            id="a name that is none",
        ),
        pytest.param(
            'street: a\n"rooms\\nb": 1\n',
            "line 2, rooms\\nb: no key 'rooms\\nb'",
            id="a key with a line break",
        ),
        pytest.param(
            "- a\n", "line 1: a house starts with keys, such as `street: Solní`", id="list"
        ),
        pytest.param("", "line 1: the file is empty; see the handbook", id="empty"),
        pytest.param("{}\n", "line 1, street: is missing; add it", id="nothing in it"),
    ],
)
def test_a_mistake_is_one_line_of_the_errors_own_class(house, text, told):
    path = house(text)
    with pytest.raises(DataError) as caught:
        documents.load(path, FORM)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}, {told}")


def test_a_file_that_is_not_there_is_told_with_what_to_do(tmp_path):
    with pytest.raises(DataError, match=r"house\.yaml: No such file.*; give the path of a house"):
        documents.load(tmp_path / "house.yaml", FORM)
