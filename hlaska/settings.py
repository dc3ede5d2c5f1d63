"""What one machine decides for all of Hlaska: where its files lie and where its servers listen.

Each field is one `HLASKA_*` variable. What a model, stream or dashboard decides for itself stands
in its own `Args` record next to the code that uses it.
"""

import os
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from hlaska.errors import SettingsError, unknown


class Settings(BaseSettings):
    """Addresses and folders, read from `HLASKA_*` once, at start.

    Raises:
        SettingsError: a `HLASKA_*` variable is unknown or out of bounds (through `load`).
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HLASKA_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    home: Path = Field(
        default=Path("~/.hlaska"),
        description="Everything Hlaska keeps: cache, journal, evidence, spools, MLflow's store.",
    )
    data: Path | None = Field(
        default=None, description="Folder with data sets and weights that is looked in first."
    )
    journal_url: SecretStr | None = Field(
        default=None, description="SQLAlchemy URL of the journal; default: SQLite under `home`."
    )
    gateway_host: str = Field(
        default="127.0.0.1", description="Address on which the gateway and the dashboards listen."
    )
    gateway_port: int = Field(default=8000, ge=1, le=65535, description="Port of the gateway.")
    dashboards_port: int = Field(
        default=5006, ge=1, le=65535, description="Port of the dashboards."
    )
    dashboards_origins: str = Field(
        default="",
        pattern=r"^([\w.:-]+(,[\w.:-]+)*)?$",
        description="HOST:PORT by which browsers elsewhere reach the dashboards; commas between.",
    )
    mlflow_port: int = Field(default=5000, ge=1, le=65535, description="Port of the MLflow server.")
    token: SecretStr | None = Field(
        default=None,
        description="Secret that every request to the gateway must bear; default: none asked.",
    )

    @field_validator("home", "data")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        try:
            return None if path is None else path.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(f"{error}; give the full path") from error

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        ports = {name: getattr(self, name) for name in type(self).model_fields if "_port" in name}
        for (one, port), (other, same) in combinations(ports.items(), 2):
            if port == same:
                raise ValueError(f"{one} and {other} are both {port}; give each its own")
        return self

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        text = token.get_secret_value() if token else "fits"
        if not (text.isascii() and text.isprintable() and text.strip() == text != ""):
            raise ValueError("use printable ASCII without spaces around it: it travels in a header")
        return token

    @property
    def cache(self) -> Path:
        """Folder of fetched data sets and weights."""
        return self.home / "cache"

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return self.url(self.gateway_port)

    @property
    def mlflow_url(self) -> str:
        """Address of the MLflow server: always this machine, as it asks nobody who they are."""
        return f"http://127.0.0.1:{self.mlflow_port}"

    def url(self, port: int) -> str:
        """Address at which this machine reaches the server of ours that listens on a port."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.gateway_host, self.gateway_host)
        # RFC 3986, section 3.2.2: the colons of an IPv6 address stand in brackets.
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @classmethod
    def load(cls, **values: Any) -> "Settings":  # noqa: ANN401 - any field, checked by pydantic
        """The settings of this process; `values` win over the environment.

        Raises:
            SettingsError: a variable is unknown or out of bounds.
        """
        known = {f"HLASKA_{name}".upper() for name in cls.model_fields}
        for name in os.environ:
            if name.upper().startswith("HLASKA_") and name.upper() not in known:
                raise SettingsError(unknown("setting", name, known))
        try:
            return cls(**values)
        except ValidationError as error:
            raise SettingsError("; ".join(map(_complaint, error.errors()))) from error


def _complaint(error: ErrorDetails) -> str:
    if not error["loc"]:  # about several settings at once: the input holds them all
        return error["msg"]
    return f"HLASKA_{error['loc'][0]}".upper() + f"={error['input']!r}: {error['msg']}"
