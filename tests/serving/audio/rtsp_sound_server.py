"""GStreamer's RTSP server with microphones: `rtsp_sound_server.py PORT`.

At /sound a tone of 440 Hz (A-law), at /camera the same beside a picture, at /mute a picture alone.
Run by the system's Python, which has Debian's python3-gi; not part of the product.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - after the versions are chosen

SOUND = "audiotestsrc is-live=true freq=440 volume=0.25 ! audio/x-raw,rate=8000,channels=1"
PICTURE = (
    "videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 "
    "! jpegenc"
)
MOUNTS = {
    "/sound": f"( {SOUND} ! alawenc ! rtppcmapay name=pay0 pt=8 )",
    "/camera": f"( {PICTURE} ! rtpjpegpay name=pay0 pt=26 {SOUND} ! alawenc ! "
    "rtppcmapay name=pay1 pt=8 )",
    "/mute": f"( {PICTURE} ! rtpjpegpay name=pay0 pt=26 )",
}


def main() -> None:
    """Serve for ever."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    for path, launch in MOUNTS.items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(launch)
        factory.set_shared(False)
        server.get_mount_points().add_factory(path, factory)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
