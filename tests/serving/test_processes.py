import http.server
import subprocess
import sys
import threading

import psutil
import pytest

from hlaska.errors import SettingsError
from serving.processes import answers, end, require_free


def test_ending_a_child_ends_its_children_too():
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print('up', flush=True); time.sleep(600)"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"up\n"
    (grandchild,) = psutil.Process(child.pid).children()
    end(child, patience_s=0.5)
    child.stdout.close()
    assert child.returncode is not None
    psutil.wait_procs([grandchild], timeout=10)
    assert not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE


def test_nobody_answers_where_nobody_listens():
    assert not answers("http://127.0.0.1:9/", timeout_s=1)


def test_a_port_that_is_taken_is_named_with_its_setting():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(SettingsError, match=f"{url}.*set HLASKA_MLFLOW_PORT"):
            require_free({"gateway": "http://127.0.0.1:9", "mlflow": url})
        server.shutdown()
        thread.join()
