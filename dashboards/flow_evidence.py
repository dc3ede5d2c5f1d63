"""The conversations behind a finding on the network: read, and as rows of a table."""

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from dashboards.language import translate, written
from dashboards.network_wording import byte_words, one_line, outcome_words
from dashboards.wording import local_time
from hlaska.errors import DataError
from hlaska.network.evidence import FlowEvidence, Talk

NO_TALKS = "No conversations were kept of this event"


def read_evidence(content: bytes) -> FlowEvidence:
    """The conversations that a finding rests on.

    Raises:
        DataError: it is something else.
    """
    try:
        evidence = FlowEvidence.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise DataError(
            f"its evidence is not what this page can show ({where}: {first['msg']}); is the sender "
            "of another version?"
        ) from error
    for place, talk in enumerate(evidence.talks):
        # Beyond them no time zone can be told.
        if not all(1 < at.year < 9999 for at in (talk.first_at, talk.last_at)):
            raise DataError(
                f"conversation {place + 1} of its evidence has times that no network has; is the "
                "sender broken?"
            )
    return evidence


def names_in(evidence: FlowEvidence) -> dict[str, str]:
    """What each address is called: the asset's id, else the address itself, on one line."""
    ends = {end for talk in evidence.talks for end in (talk.src, talk.dst)} | {evidence.host}
    assets = {host.ip: host.asset for host in evidence.hosts if host.asset}
    return {end: assets.get(end) or one_line(end, 45) for end in ends}


def service_words(talk: Talk) -> str:
    """What was spoken, and on which port."""
    service = one_line(talk.service, 20) or one_line(talk.protocol, 12)
    # ICMP has no ports: its type and code stand there.
    return service if talk.protocol.startswith("icmp") else f"{service} {talk.dst_port}"


def talk_table(
    evidence: FlowEvidence | None, words: str, time_zone: str, now: datetime, language: str = "en"
) -> dict[str, Any]:
    """The table of conversations, those with most flows first.

    Args:
        evidence: What is shown; None: nothing.
        words: What stands there instead.
        time_zone: IANA name of the site's.
        now: The time.
        language: What it is said in.

    Returns:
        `words`, `rows` and `more`: how many conversations are not in the evidence.
    """
    if evidence is None:
        return {"rows": [], "more": "", "words": words}
    names = names_in(evidence)
    talks = sorted(evidence.talks, key=lambda talk: (-talk.flows, talk.first_at))
    rows = [
        {
            "who": names[talk.src],
            "whom": names[talk.dst],
            "addresses": f"{one_line(talk.src, 45)} → {one_line(talk.dst, 45)}",
            "service": service_words(talk),
            "outcome": outcome_words(talk.state, language),
            "state": one_line(talk.state, 20),
            "flows": written(f"{talk.flows:,}", language),
            "sent": byte_words(talk.src_bytes, language),
            "received": byte_words(talk.dst_bytes, language),
            "first": local_time(talk.first_at, time_zone, now=now, language=language),
            "last": local_time(talk.last_at, time_zone, now=now, language=language),
        }
        for talk in talks
    ]
    more, instead = "", ""
    if evidence.left_out:
        left_out = written(f"{evidence.left_out:,}", language)
        more = translate("and {number} more that were not kept", language, number=left_out)
    if not rows:
        instead = translate("No conversations in its window", language)
    return {"rows": rows, "more": more, "words": instead}
