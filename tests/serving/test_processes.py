import subprocess
import sys

import psutil

from serving.processes import answers, end


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
