"""`hlaska dashboards`: how a person serves the dashboards."""

from typing import Annotated

import typer

from hlaska.settings import Settings


def dashboards(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: HLASKA_DASHBOARDS_PORT, or 5006.")
    ] = None,
    gateway: Annotated[
        str | None, typer.Option(metavar="URL", help="Default: the gateway of this machine.")
    ] = None,
    show: Annotated[bool, typer.Option("--show/--no-show", help="Open a browser.")] = False,
) -> None:
    """Serve the dashboards of a running system, until Ctrl-C.

    Every notebook of notebooks/apps is one. They show what the gateway says; while it cannot be
    reached they say so and keep trying, so it does not matter which is started first.

    \b
    Examples:
      hlaska dashboards --show
      hlaska dashboards --port 8080 --gateway http://127.0.0.1:8000
    """  # noqa: D301 - \b is the backspace that keeps lines apart
    # Imported here: Panel takes seconds, and `hlaska dashboards --help` should not.
    from dashboards.serve import app_notebooks, point_at, serve

    settings = Settings.load()
    if gateway is not None:
        point_at(gateway)
    port = settings.dashboards_port if port is None else port
    for name in app_notebooks():
        typer.echo(f"http://{settings.gateway_host}:{port}/{name}")
    serve(settings, port=port, show=show)


if __name__ == "__main__":
    typer.run(dashboards)
