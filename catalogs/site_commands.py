"""`hlaska site …`: which sites there are, and whether their files are right."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from catalogs import sites
from hlaska.errors import SiteError

MINIMAL = """\
id: townsquare
name: Town square
centre: {lon: 13.3776, lat: 49.7475}
time_zone: Europe/Prague
sources: [Measured on site with a GPS receiver on 2026-05-04; off by up to 5 m.]
cameras:
  - id: gate
    name: Main gate
    uri: rtsp://camera.example/stream1
    position: {lon: 13.3778, lat: 49.7476}
    view: {bearing_deg: 90, angle_deg: 60, range_m: 40}
    size_px: [1920, 1080]
    lines:
      - {id: door, name: Door, points: [[400, 700], [900, 700]], forward: in, backward: out}
"""

MICROPHONE = """\
microphones:
  - id: square-mic
    name: Lamp post by the gate
    uri: rtsp://microphone.example/audio
    position: {lon: 13.3779, lat: 49.7476}
    height_m: 4
    sounds: [gunshot, scream] # also explosion, glass-break; left out: all four
"""

DETECTOR = """\
detectors:
  - id: square-ears
    name: Gunshot detectors of the square
    vendor: Acme
    position: {lon: 13.3776, lat: 49.7476}
    # Left out where the detector sends its alerts to the gateway by HTTP itself.
    mqtt:
      host: broker.example
      topic: acme/+/alerts
      username: hlaska
      password_variable: ACME_PASSWORD # an environment variable that holds it
    mapping:
      word: alert.type
      kinds: {GUN_SHOT: audio.gunshot, GLASS: audio.glass-break, GAS_NH3: gas.exceedance}
      time: alert.time
      time_format: unix-ms
      confidence: alert.percent
      confidence_scale: 100
      message_id: id
"""

NETWORK = """\
assets: # devices on the network; what each carries is shown as that sensor
  - {id: cam-gate, ip: 10.31.1.11, role: camera, carries: gate}
  - {id: recorder, ip: 10.31.1.2, role: recorder}
network:
  ranges: [10.31.1.0/24] # what is inside: an unknown device there is an event
  feeds:
    - id: taps
      name: Mirror port of the cameras' switch
      uri: zeek:/var/log/zeek/current # a folder with conn.log, followed as it grows
      # also eve:/var/log/suricata/eve.json, netflow://0.0.0.0:2055 (NetFlow v5, v9, IPFIX),
      # interface:eth1, and recordings: pcap:FILE, csv:FILE, binetflow:FILE, dataset:NAME/FILE
"""


_MINIMAL, _MICROPHONE, _DETECTOR, _NETWORK = (
    text.replace("\n", "\n    ") for text in (MINIMAL, MICROPHONE, DETECTOR, NETWORK)
)

site = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=f"""Sites: what is guarded, and by which cameras, microphones, detectors and flow feeds.

    A site is one YAML file. The smallest useful one:

    \b
    {_MINIMAL}

    Save it as townsquare.yaml and try:  hlaska site check townsquare.yaml

    Microphones that are listened to are appended in the same way; three or more in hearing give
    the place of a bang:

    \b
    {_MICROPHONE}

    Another maker's detectors, which only send alerts, are read by a mapping: where in the maker's
    JSON each thing stands, and what the maker's words are to us. (hlaska/detectors.py describes
    every key.) Append to the file:

    \b
    {_DETECTOR}

    The network that carries the sensors is watched by what its traffic is told by, a flow feed:

    \b
    {_NETWORK}
    """,
)


@site.command("list")
def list_sites() -> None:
    """The sites that come with Hlaska."""
    table = Table("id", "name", "cameras", "microphones", "zones")
    table.add_column("file", overflow="fold")
    wrong: list[SiteError] = []
    for name in sites.names():
        path = sites.path_of(name)
        try:
            one = sites.load(path)
        except SiteError as error:
            wrong.append(error)
            table.add_row(name, "wrong, see below", "", "", "", str(path))
            continue
        counts = (str(len(part)) for part in (one.cameras, one.microphones, one.zones))
        table.add_row(one.id, one.name, *counts, str(path))
    Console().print(table)
    for reason in wrong:
        typer.echo(str(reason), err=True)
    if wrong:
        raise typer.Exit(1)


@site.command()
def check(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE|NAME...", help="Site files, or names from `list`.")
    ],
) -> None:
    """Check site files: prints OK, or every mistake with its file, line and key (exit 1)."""
    failed = False
    for file in files:
        try:
            one = sites.load(Path(file)) if _is_path(file) else sites.named(file)
        except SiteError as error:
            failed = True
            typer.echo(str(error), err=True)
        else:
            typer.echo(
                f"OK {file}: {one.name}, {len(one.cameras)} cameras, "
                f"{len(one.microphones)} microphones, {len(one.detectors)} detectors, "
                f"{len(one.assets)} assets, {len(one.network.feeds)} flow feeds, "
                f"{len(one.zones)} zones"
            )
    if failed:
        raise typer.Exit(1)


def _is_path(file: str) -> bool:
    return Path(file).name != file or Path(file).suffix in {".yaml", ".yml"} or Path(file).is_file()
