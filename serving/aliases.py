"""What an alias of the registry means at this moment, asked without MLflow's own client.

That one takes seconds to import and waits for minutes; an alias is asked for every few seconds.
"""

import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request

from hlaska.errors import RegistryError
from hlaska.settings import Settings

REGISTERED = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[^/@]+)|/(?P<version>\d+))")
"""URIs of registered models."""
_UNKNOWN = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""How MLflow says that it has no such model, or that the model has no such alias."""
_TIMEOUT_S = 3.0


def alias_of(uri: str) -> tuple[str, str] | None:
    """Name and alias of `models:/name@alias`; None when the URI can mean one model only."""
    match = REGISTERED.fullmatch(uri)
    return (match["name"], match["alias"]) if match and match["alias"] else None


def version_of(name: str, alias: str, settings: Settings) -> str | None:
    """The version that an alias means now; None when there is no such model or alias.

    Raises:
        RegistryError: the registry does not answer.
    """
    query = urllib.parse.urlencode({"name": name, "alias": alias})
    address = f"{settings.mlflow_url}/api/2.0/mlflow/registered-models/alias?{query}"
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as reply:
            return str(json.load(reply)["model_version"]["version"])
    except urllib.error.HTTPError as error:
        if _says(error) in _UNKNOWN:
            return None
        raise away(settings, error) from error
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError) as error:
        raise away(settings, error) from error


def _says(error: urllib.error.HTTPError) -> str:
    """The code of an error by which MLflow says what it does not hold."""
    try:
        return str(json.load(error)["error_code"])
    except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
        return ""


def away(settings: Settings, error: Exception) -> RegistryError:
    """The error that says where no registry answers, and what to do."""
    return RegistryError(
        f"no MLflow server answers at {settings.mlflow_url} ({error}); start it with "
        "hlaska up, set HLASKA_MLFLOW_PORT, or name a seed or a folder"
    )
