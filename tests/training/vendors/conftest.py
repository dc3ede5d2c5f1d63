"""Small exports, written as text inside the tests."""

from datetime import UTC, datetime

import pytest

from training.vendors import read_export
from training.vendors.mapping import Mapping

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def noon():
    """When frame 0 was taken."""
    return NOON


@pytest.fixture
def export(tmp_path):
    """`export(format, content, name="export.csv", **mapping)`: what is read from such a file."""

    def read(form, content, *, name="export.csv", **mapping):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        said = {"system": "A box", "format": form, "path": name, **mapping}
        return read_export(path, Mapping.model_validate(said))

    return read


@pytest.fixture
def rows():
    """`rows(table, *columns)`: its rows as tuples, times as text in UTC."""

    def of(table, *columns):
        shown = table[list(columns)].copy()
        for name in shown:
            if str(shown[name].dtype).startswith("datetime64"):
                shown[name] = shown[name].dt.strftime("%H:%M:%S.%f").str.removesuffix(".000000")
        return [tuple(row) for row in shown.itertuples(index=False, name=None)]

    return of
