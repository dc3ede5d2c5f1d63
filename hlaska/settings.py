"""What one machine decides for all of Hlaska: where its files lie and where its servers listen.

Each field is one `HLASKA_*` variable. What a model, stream or dashboard decides for itself stands in
its own `Args` record next to the code that uses it.
"""

import os
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from hlaska.errors import SettingsError, unknown


class Settings(BaseSettings):
    """Addresses and folders, read from `HLASKA_*` once, at start.

    Raises:
        SettingsError: a `HLASKA_*` variable is unknown or out of bounds (through `load`).
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HLASKA_", frozen=True, extra="forbid"
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
    dashboards_port: int = Field(default=5006, ge=1, le=65535, description="Port of the dashboards.")
    mlflow_port: int = Field(default=5000, ge=1, le=65535, description="Port of the MLflow server.")
    token: SecretStr | None = Field(
        default=None,
        description="Shared secret that every request to the gateway must bear; default: none asked.",
    )

    @field_validator("home", "data")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return None if path is None else path.expanduser().absolute()

    @property
    def cache(self) -> Path:
        """Folder of fetched data sets and weights."""
        return self.home / "cache"

    @property
    def gateway_url(self) -> str:
        """Address of the gateway."""
        return f"http://{self.gateway_host}:{self.gateway_port}"

    @property
    def mlflow_url(self) -> str:
        """Address of the MLflow server."""
        return f"http://{self.gateway_host}:{self.mlflow_port}"

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
            lines = "; ".join(
                f"HLASKA_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}"
                for e in error.errors()
            )
            raise SettingsError(lines) from error
