import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from catalogs.entries import Entry, load_entries
from hlaska.errors import DataError

DIGEST = "0" * 64
WEB = {"kind": "web", "folder": "https://example.org/data"}
MADE = """
made:
  description: d
  origin: o
  licence: l
  owner: o
  citation: c
  retention: r
  files: {clip.avi: {size_bytes: 1, sha256: null}}
  sources: [{kind: web, folder: "https://example.org/data"}]
"""


@pytest.fixture
def catalog(tmp_path):
    def write(text: str | bytes):
        path = tmp_path / "datasets.yaml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def test_a_catalog_is_read_in_its_order(catalog):
    other = MADE.replace("made:", "another:")
    assert list(load_entries(catalog(MADE + other))) == ["made", "another"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param(MADE.replace("licence: l", "license: l"), r"made\.licence: Field", id="slip"),
        pytest.param(MADE + "  note: x\n", r"made\.note: Extra inputs", id="unknown key"),
        pytest.param(MADE.replace("owner: o", "owner: ''"), r"made\.owner", id="nobody's"),
        pytest.param(MADE.replace("made:", "Made Up:"), r"Made Up", id="no name"),
        pytest.param("made: 3", r"made: ", id="no mapping"),
        pytest.param("- made", r"holds list", id="a list"),
        pytest.param("", r"holds NoneType", id="empty"),
        pytest.param("made: [", r"cannot be read as YAML", id="no YAML"),
        pytest.param(b"\xff\xfe\xff", r"cannot be read as YAML", id="no text"),
        pytest.param(MADE.replace("web", "ftp"), r"made\.sources\.0", id="unknown source"),
    ],
)
def test_a_wrong_catalog_names_file_entry_and_key(written, told, catalog):
    path = catalog(written)
    with pytest.raises(DataError, match=told) as refusal:
        load_entries(path)
    assert str(path) in str(refusal.value)


def test_a_missing_catalog_is_told(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load_entries(tmp_path / "none.yaml")


def test_what_lies_under_hlaska_data_must_have_a_checksum(make_entry):
    with pytest.raises(ValidationError, match="needs its sha256"):
        make_entry({"a": None}, {"kind": "data", "folder": "video"})


def test_a_checksum_of_a_file_that_the_entry_does_not_have_is_refused(make_entry):
    with pytest.raises(ValidationError, match=r"sha256 of \['b'\]"):
        make_entry({"a": DIGEST}, {**WEB, "sha256": {"b": DIGEST}})


@given(path=st.text(st.sampled_from("./~a$\\ "), max_size=12))
def test_no_file_or_folder_can_climb_out_of_its_place(path):
    facts = dict.fromkeys(
        ("description", "origin", "licence", "owner", "citation", "retention"), "generated"
    )
    climbs = path == "" or path.startswith(("/", ".", "~")) or ".." in path.split("/")
    for files, folder in (
        ({path: {"size_bytes": 1, "sha256": DIGEST}}, "video"),
        ({"f": {"size_bytes": 1, "sha256": DIGEST}}, path),
    ):
        written = {
            "name": "made",
            **facts,
            "files": files,
            "sources": [{"kind": "data", "folder": folder}],
        }
        try:
            Entry.model_validate(written)
        except ValidationError:
            continue
        assert not climbs


def test_files_may_be_listed_in_a_table_of_their_own(tmp_path):
    (tmp_path / "listings").mkdir()
    (tmp_path / "listings" / "many.csv").write_text("name,size_bytes,sha256\na.wav,5,\nb.wav,7,\n")
    catalog = tmp_path / "datasets.yaml"
    fields = dict.fromkeys(
        ("description", "origin", "licence", "owner", "citation", "retention"), "made up"
    )
    web = {"kind": "web", "folder": "https://sounds.example/many"}
    catalog.write_text(json.dumps({"many": fields | {"files": "many.csv", "sources": [web]}}))
    entry = load_entries(catalog)["many"]
    assert entry.size_bytes == 12
    assert entry.few() == "a.wav, b.wav"


@pytest.mark.parametrize(
    "listing",
    [
        pytest.param(None, id="no file"),
        pytest.param("name,size\na.wav,5\n", id="a column is missing"),
        pytest.param(b"\xff\xfe", id="no text"),
    ],
)
def test_a_listing_that_cannot_be_read_is_named(tmp_path, listing):
    (tmp_path / "listings").mkdir()
    if listing is not None:
        content = listing if isinstance(listing, bytes) else listing.encode()
        (tmp_path / "listings" / "many.csv").write_bytes(content)
    (tmp_path / "datasets.yaml").write_text("many: {files: many.csv}")
    with pytest.raises(DataError, match=r"many\.files: .*many\.csv cannot be read"):
        load_entries(tmp_path / "datasets.yaml")


def test_a_message_never_lists_hundreds_of_files():
    assert load_entries()["sesa"].few().endswith(" and 477 more")
