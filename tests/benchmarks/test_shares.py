import subprocess
import sys

import psutil
import pytest

from tests.benchmarks.shares import OF_US, Shares

BUSY = "import sys\nsys.stdout.write('on'); sys.stdout.flush()\nwhile True: pass"


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        pytest.param("tests.benchmarks.picture_load", "sender", id="one of ours"),
        pytest.param("ray::ServeReplica:hlaska:Picture-pilsen", "picture", id="another"),
        pytest.param("something-else", "rest", id="what has no name of its own"),
    ],
)
def test_what_a_program_takes_is_put_down_to_it(words, whose):
    child = subprocess.Popen([sys.executable, "-c", BUSY, words], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None and child.stdout.read(2) == b"on"
        shares, process = Shares(), psutil.Process(child.pid)
        begun_s = process.cpu_times().user
        while process.cpu_times().user < begun_s + 0.3:
            pass
        cores = shares.cores()
    finally:
        child.kill()
        child.communicate()
    assert set(cores) == {*OF_US, "others"}
    assert {who for who in OF_US if cores[who] > 0} == {whose}
