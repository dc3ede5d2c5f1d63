"""Pictures and sounds of a report are fetched from a real gateway and put together by case."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from dashboards.case_cards import MOST, Exhibits, case_facts, cases_of
from hlaska.events import Evidence
from hlaska.results import Report, Shown
from serving.evidence import digest_of

JPEG, FLAC = b"\xff\xd8 a picture", b"fLaC a sound"


def shown(content, media_type, caption) -> Shown:
    digest = digest_of(content)
    evidence = Evidence(uri=f"/evidence/{digest}", media_type=media_type, sha256=digest)
    return Shown(evidence=evidence, caption=caption)


def report(*exhibits) -> Report:
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return Report(id="r", kind="evaluation", made_at=at, title="t", shown=exhibits)


MISSED = (shown(JPEG, "image/jpeg", "missed"), shown(FLAC, "audio/flac", "missed"))


@pytest.fixture
def exhibits(feed):
    return Exhibits(feed, lambda: None)


def test_a_picture_and_a_sound_of_one_caption_are_one_case():
    other = shown(JPEG, "image/jpeg", "false")
    assert cases_of(report(*MISSED, other)) == [list(MISSED), [other]]
    assert cases_of(None) == []
    many = report(*(shown(JPEG, "image/jpeg", str(n)) for n in range(MOST + 3)))
    assert len(cases_of(many)) == MOST


def test_what_the_gateway_keeps_comes_with_its_case(gateway, exhibits, eventually):
    gateway.send_evidence(digest_of(JPEG), "image/jpeg", JPEG)
    gateway.send_evidence(digest_of(FLAC), "audio/flac", FLAC)
    assert case_facts([MISSED], exhibits, "en")[0]["words"] == "is being fetched …"
    exhibits.want([one.evidence for one in MISSED])
    eventually(lambda: case_facts([MISSED], exhibits, "en")[0]["words"] == "")
    assert case_facts([MISSED], exhibits, "en") == [
        {
            "caption": "missed",
            "image": f"data:image/jpeg;base64,{b64encode(JPEG).decode()}",
            "sound": f"data:audio/flac;base64,{b64encode(FLAC).decode()}",
            "words": "",
        }
    ]


def test_what_has_expired_is_said_and_the_rest_is_shown(gateway, exhibits, eventually):
    gateway.send_evidence(digest_of(FLAC), "audio/flac", FLAC)
    exhibits.want([one.evidence for one in MISSED])
    eventually(lambda: "expired" in case_facts([MISSED], exhibits, "en")[0]["words"])
    eventually(lambda: case_facts([MISSED], exhibits, "en")[0]["sound"])
    assert case_facts([MISSED], exhibits, "en")[0]["image"] == ""
