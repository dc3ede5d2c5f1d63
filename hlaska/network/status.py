"""How a flow feed does at this moment, for those who look at it."""

from pydantic import AwareDatetime, Field

from hlaska.records import Name, Record


class HostStatus(Record):
    """One host of the network in the last minute."""

    ip: str = Field(max_length=100)
    asset: Name | None = Field(default=None, description="Of the site file; None: an unknown one.")
    role: str = ""
    carries: Name | None = Field(default=None, description="The sensor behind it.")
    last_seen: AwareDatetime
    flows: int = Field(ge=0)
    peers: int = Field(ge=0)
    sent_bytes: int = Field(ge=0)
    received_bytes: int = Field(ge=0)
    usual_sent_bytes: float = Field(
        default=0.0, ge=0, description="A minute of this hour, as learnt; 0: not known."
    )
    anomaly: float = Field(
        default=0.0, ge=0, le=1, description="Of the unsupervised model; its threshold is 1."
    )
    alarms: tuple[str, ...] = Field(default=(), description="Kinds of what goes on, cyber.scan …")


class NetworkStatus(Record):
    """What belongs to a flow feed in its stream's status."""

    flows: int = Field(default=0, ge=0, description="So far.")
    unreadable: int = Field(default=0, ge=0, description="Lines or packets that were skipped.")
    sampled: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="Share of the flows that is looked at: below 1 degraded.",
    )
    lag_s: float = Field(default=0.0, ge=0, description="From the end of a flow to its judgement.")
    feed_time: AwareDatetime | None = Field(default=None, description="End of the newest flow.")
    learning_until: AwareDatetime | None = Field(
        default=None, description="What is new before then is taken for usual."
    )
    hosts: tuple[HostStatus, ...] = Field(default=(), max_length=500)
