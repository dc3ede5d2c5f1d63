"""What the city's cameras do is nobody's business: libraries that report home are told not to."""

import os
import sys

_OFF = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "YOLO_OFFLINE": "true",
}


def switch_off() -> None:
    """Switches off the usage reports of this process and of those it starts.

    Call it before MLflow, ONNX Runtime, OpenVINO, Ray or Ultralytics are imported: they ask once.
    (ONNX Runtime reports since 1.29, to Microsoft; OpenVINO at each import, to Google.)
    """
    os.environ.update(_OFF)
    # OpenVINO asks for no variable, but does without its reporter where that is not installed.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
