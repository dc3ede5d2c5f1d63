"""All cameras of a site: one large, the others small below it."""

from collections.abc import Callable, Mapping

import panel as pn

from dashboards.camera_tile import CameraTile
from dashboards.part import browser_source
from hlaska.sites import Site
from hlaska.tracks import StreamStatus
from serving.messages import NewPicture

_MOST_COLUMNS = 4


class CameraWall:
    """The tiles of one site.

    Args:
        site: Whose cameras.
        want: Called with a camera's id when somebody wants to see it large.
    """

    def __init__(self, site: Site, want: Callable[[str], object]) -> None:
        self._cameras = site.cameras
        self._language = ""
        self.tiles = {camera.id: CameraTile() for camera in site.cameras}
        for source, tile in self.tiles.items():
            tile.param.watch(lambda _, source=source: want(source), "wanted")
        columns = min(_MOST_COLUMNS, max(1, len(self.tiles) - 1))
        self.view = pn.Column(
            *self.tiles.values(),
            sizing_mode="stretch_both",
            margin=0,
            stylesheets=[browser_source("camera_wall.css")],
            styles={"--columns": str(columns)},
        )

    def enlarge(self, camera: str) -> str | None:
        """Show that camera large, or the first when there is no such; returns which, if any."""
        chosen = camera if camera in self.tiles else next(iter(self.tiles), None)
        for source, tile in self.tiles.items():
            large = source == chosen
            tile.param.update(large=large, css_classes=["large"] if large else ["small"])
        return chosen

    def show_pictures(self, pictures: Mapping[str, NewPicture]) -> None:
        """Show the newest pictures, by camera."""
        for source in self.tiles.keys() & pictures.keys():
            self.tiles[source].show_picture(pictures[source])

    def show_statuses(self, statuses: Mapping[str, StreamStatus], language: str = "en") -> None:
        """Show how the streams do, by camera."""
        for camera in self._cameras:
            tile = self.tiles[camera.id]
            if language != self._language:
                tile.speak(language)
            tile.show_camera(camera, statuses.get(camera.id), language)
        self._language = language
