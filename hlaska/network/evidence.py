"""What a dispatcher can look at behind a finding on the network: the conversations it rests on."""

from typing import Annotated

import pandas as pd
from pydantic import AwareDatetime, Field

from hlaska.network import conversations as c
from hlaska.network import flows as f
from hlaska.network.finding import NetworkFinding
from hlaska.network.flows import FlowState
from hlaska.network.network import Network
from hlaska.records import Name, Record

MOST_ROWS = 200
"""Conversations in one piece of evidence: a graph of more cannot be read."""
MEDIA_TYPE = "application/json"


Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Text = Annotated[str, Field(max_length=100)]


class Talk(Record):
    """One conversation: see `hlaska.network.conversations.COLUMNS`."""

    src: Text
    dst: Text
    dst_port: int = Field(ge=0, le=65_535)
    protocol: Text
    service: Text
    state: Text
    flows: Count
    src_bytes: Count
    dst_bytes: Count
    src_packets: Count
    dst_packets: Count
    first_at: AwareDatetime
    last_at: AwareDatetime


class Host(Record):
    """An address among the conversations."""

    ip: Text
    asset: Name | None = Field(default=None, description="Of the site file.")
    role: str = ""
    carries: Name | None = Field(default=None, description="The sensor behind it.")
    inside: bool


class FlowEvidence(Record):
    """The evidence of a `cyber.` event, as JSON of the media type `MEDIA_TYPE`."""

    words: str = Field(max_length=1000)
    host: Text = Field(description="The address it is about.")
    measured: float
    usual: float
    limit: float
    talks: tuple[Talk, ...] = Field(max_length=MOST_ROWS, description="The most telling first.")
    left_out: int = Field(default=0, ge=0, description="Conversations beyond `MOST_ROWS`.")
    hosts: tuple[Host, ...]


def flow_evidence(finding: NetworkFinding, window: pd.DataFrame, network: Network) -> FlowEvidence:
    """The evidence of a finding: all that its host took part in, in its window of conversations."""
    about = {finding.host}
    mine = window[window[f.SRC].isin(about) | window[f.DST].isin(about)]
    if finding.place in set(mine[f.DST]) | set(mine[f.SRC]):
        ends = {finding.place}
        mine = mine[mine[f.SRC].isin(ends) | mine[f.DST].isin(ends)]
    mine = c.grouped(mine)
    shown = mine.assign(weight=_weight(mine, finding)).nlargest(MOST_ROWS, "weight")
    columns = list(Talk.model_fields)
    talks = tuple(Talk.model_validate(row) for row in shown[columns].to_dict("records"))
    names = sorted({finding.host} | {end for talk in talks for end in (talk.src, talk.dst)})
    return FlowEvidence(
        words=finding.words,
        host=finding.host,
        measured=finding.measured,
        usual=finding.usual,
        limit=finding.limit,
        talks=talks,
        left_out=len(mine) - len(shown),
        hosts=tuple(_host(name, network) for name in names),
    )


def _weight(table: pd.DataFrame, finding: NetworkFinding) -> "pd.Series[float]":
    """What is worth being seen first: the busiest; of a scan, what was not answered."""
    weight = table[c.FLOWS].astype(float)
    if finding.kind == "cyber.scan":
        weight += 1e9 * table[f.STATE].isin([FlowState.UNANSWERED, FlowState.REJECTED])
    return weight


def _host(address: str, network: Network) -> Host:
    device = network.devices.get(address)
    return Host(
        ip=address,
        asset=device.name if device else None,
        role=device.role if device else "",
        carries=device.carries if device else None,
        inside=network.inside(address),
    )
