import pytest

from hlaska.errors import ModelError
from hlaska.settings import Settings
from training import server
from training.runs import registry
from training.server import tracking_server

pytestmark = pytest.mark.timeout(500)


def test_a_server_that_answers_is_used(settings, monkeypatch):
    monkeypatch.setattr(server, "mlflow_server", lambda _: pytest.fail("started another"))
    with tracking_server(settings, pytest.fail):
        assert registry(settings)


def test_a_server_that_does_not_come_up_is_named(tmp_path, monkeypatch):
    from contextlib import nullcontext

    nowhere = Settings(home=tmp_path, mlflow_port=9)
    monkeypatch.setattr(server, "mlflow_server", lambda _: nullcontext())
    monkeypatch.setattr(server, "PATIENCE_S", -1)
    said = []
    with pytest.raises(ModelError, match="MLflow is not up"), tracking_server(nowhere, said.append):
        pytest.fail("it is not up")
    assert "starting MLflow" in said[0]
