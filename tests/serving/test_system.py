"""Ray as the system starts it."""

import subprocess
import sys

import pytest

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
