import pytest
from hypothesis import given
from hypothesis import strategies as st

from hlaska.errors import DataError
from serving.evidence import MEDIA_TYPES, EvidenceStore, digest_of


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@given(content=st.binary(max_size=1000))
def test_what_is_kept_comes_back_byte_for_byte(tmp_path_factory, media_type, content):
    store = EvidenceStore(tmp_path_factory.mktemp("evidence"))
    for _ in range(2):
        store.put(digest_of(content), media_type, content)
    assert store.get(digest_of(content)) == (media_type, content)


def test_content_that_is_not_what_its_name_says_is_refused(tmp_path):
    with pytest.raises(DataError, match="another SHA-256"):
        EvidenceStore(tmp_path).put("0" * 64, "image/jpeg", b"x")
    assert not list(tmp_path.iterdir())


def test_a_type_that_is_never_evidence_is_refused(tmp_path):
    with pytest.raises(DataError, match="text/html"):
        EvidenceStore(tmp_path).put(digest_of(b"x"), "text/html", b"x")


@given(st.text(max_size=80))
def test_no_name_leads_out_of_the_folder(tmp_path_factory, name):
    folder = tmp_path_factory.mktemp("evidence")
    (folder.parent / "secret.jpg").write_bytes(b"secret")
    assert EvidenceStore(folder).get(name) is None
    assert EvidenceStore(folder).get("../secret") is None
