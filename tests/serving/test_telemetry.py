import subprocess
import sys

PROGRAM = """
import socket
from serving import telemetry
telemetry.switch_off()
import mlflow, onnxruntime, openvino, ray
print(openvino.__version__, onnxruntime.__version__)
"""


def test_libraries_leave_no_identifier_in_the_home_when_told_not_to_report(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_reporter_that_is_imported_already_is_left_alone(monkeypatch):
    from serving import telemetry

    already = object()
    monkeypatch.setitem(sys.modules, "openvino_telemetry", already)
    telemetry.switch_off()
    assert sys.modules["openvino_telemetry"] is already
