"""Ray as the system starts it."""

import subprocess
import sys

import pytest

from hlaska.settings import Settings
from serving.system import prepare

# In a process of its own, as Ray leaves traces in the one that starts it.
SENDS_SOUND = """
import numpy as np
import ray
from ray._private.internal_api import memory_summary
from ray import serve
from hlaska.settings import Settings
from serving.audio.ears import BATCH
from serving.system import _ray

@serve.deployment(ray_actor_options={"num_cpus": 0.1})
class Counts:
    async def __call__(self, windows):
        return len(windows)

with _ray(Settings.load(gateway_port=%d)):
    handle = serve.run(Counts.bind())
    windows = np.ones((BATCH, 32_000), np.int16)
    assert handle.remote(windows).result() == BATCH
    held = [handle.remote(windows) for _ in range(3)]
    # By its address: other tests have clusters of their own.
    print(memory_summary(ray.get_runtime_context().gcs_address, stats_only=True))
"""


@pytest.mark.ray
@pytest.mark.timeout(300)
def test_windows_of_sound_never_lie_in_rays_object_store(unused_tcp_port):
    done = subprocess.run(
        [sys.executable, "-c", SENDS_SOUND % unused_tcp_port], capture_output=True, text=True
    )
    assert "Plasma memory usage 0 MiB, 0 objects" in done.stdout, done.stdout + done.stderr


@pytest.mark.network
def test_where_no_weights_can_be_had_the_camera_of_the_demo_gets_its_student(tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "video").symlink_to(Settings.load().data / "video")
    settings = Settings(home=tmp_path / "home", data=tmp_path / "data")
    said = []
    wanted = {"cameras": ["square-east"], "detector": {"threads": 1}}
    args = prepare(wanted, settings, said.append)
    assert args["detector"] == {"threads": 1, "model": "seed:square-east-student"}
    assert "model" not in wanted["detector"]
    assert any("taught on this very camera" in line for line in said)
    assert any("not used: yolox-nano" in line for line in said)
