"""A camera: H.264 over RTSP, and a page: `namespace_camera.py ADDRESS KBIT_PER_S`.

Run by the system's Python, which has Debian's python3-gi; not part of the product.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - after the versions are chosen

# Noise cannot be compressed: so the encoder sends what it is allowed.
VIDEO = (
    "( videotestsrc is-live=true pattern=snow "
    "! video/x-raw,format=I420,width=320,height=240,framerate=10/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 bitrate={} "
    "! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


class Page(BaseHTTPRequestHandler):
    """What a client that asks for the camera's state gets."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Some kilobyte, as an ONVIF answer has."""
        body = b"<Status>ok</Status>".ljust(1400)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def main() -> None:
    """Serve for ever."""
    address, kbit_per_s = sys.argv[1:]
    page = ThreadingHTTPServer((address, 80), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address(address)
    server.set_service("554")
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(VIDEO.format(kbit_per_s))
    factory.set_shared(True)
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
