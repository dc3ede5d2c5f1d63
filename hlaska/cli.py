"""The command line: finds what the packages offer, and turns every error of ours into one line.

A command is an entry point of the group `hlaska.commands`: its name, and the function or Typer app
behind it. Only the command that is asked for is imported; the help line of the others is read from
their source. So `hlaska --help` answers at once, and where a command's libraries are missing too.
"""

import ast
import sys
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from hlaska import environments
from hlaska.errors import HlaskaError

COMMANDS = "hlaska.commands"
PACKAGES = ("hlaska", "catalogs", "serving", "training", "dashboards")

HELP = """Hlaska, the watchtower of a city: its cameras and microphones in one picture.

\b
First steps:
  hlaska doctor       what this machine can run, and what it lacks
  hlaska demo         recordings as a live camera and two streets' microphones
  hlaska data list    data sets and weights, and where each would come from
"""

EPILOG = """\b
Variables (hlaska doctor shows them all):
  HLASKA_HOME         where Hlaska keeps everything; default ~/.hlaska
  HLASKA_DATA         folder with data sets and weights that is looked in first
  HLASKA_GATEWAY_PORT, HLASKA_DASHBOARDS_PORT, HLASKA_MLFLOW_PORT

hlaska COMMAND --help tells more, with examples.
"""


def main(words: Sequence[str] | None = None) -> None:
    """Run one command; exit status 1 on an error of ours, 2 on wrong usage."""
    words = list(sys.argv[1:] if words is None else words) or ["--help"]
    asked = next((word for word in words if not word.startswith("-")), None)
    try:
        _run(words, asked)
    except HlaskaError as error:
        if asked and "--debug" in words[: words.index(asked)]:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from None


def doctor() -> None:
    """What this machine can run, what it lacks and what to do; status 1 if anything fails."""
    # Imported here, as pydantic alone takes longer than the whole help.
    from hlaska import checks

    if not checks.report():
        raise typer.Exit(1)


def _run(words: list[str], asked: str | None) -> None:
    try:
        _app(asked)(args=words, prog_name="hlaska")
    except ModuleNotFoundError as error:
        entry = metadata.entry_points(group=COMMANDS)[asked or ""]
        if error.name is None or error.name.partition(".")[0] in PACKAGES:
            raise
        raise HlaskaError(
            f"`hlaska {asked}` needs {error.name}, which this environment lacks; get one that has "
            f"it with {environments.remedy(_extra(entry))}"
        ) from error


def _app(asked: str | None) -> typer.Typer:
    """The command line in which `asked` works and every other command is only listed."""
    app = typer.Typer(
        add_completion=False,
        context_settings={"max_content_width": 100},
        help=HELP,
        epilog=EPILOG,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_options)
    app.command()(doctor)
    for entry in metadata.entry_points(group=COMMANDS):
        if entry.name == asked:
            _add(app, entry)
        else:
            app.command(entry.name, help=_help_line(entry))(_only_listed)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hlaska {environments.version()}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")] = False,
) -> None:
    pass


def _only_listed() -> None:
    pass


def _add(app: typer.Typer, entry: metadata.EntryPoint) -> None:
    command = entry.load()
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=entry.name)
    else:
        app.command(entry.name)(command)


def _extra(entry: metadata.EntryPoint) -> str:
    """The extra that a command needs has the name of its top-level package."""
    return entry.module.partition(".")[0]


def _help_line(entry: metadata.EntryPoint) -> str:
    """First line of a command's help, read from its source without importing it."""
    source = _source(entry.module)
    if source is None:
        return "Not installed: this environment holds only a part of Hlaska."
    line = _documentation(ast.parse(source.read_text()), entry.attr).partition("\n")[0]
    if environments.missing(_extra(entry)):
        return f"(needs `make lab`) {line}"
    return line


def _source(module: str) -> Path | None:
    # The spec of a top-level package is found without importing it; that of a submodule is not.
    package, *inner = module.split(".")
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin)
    if inner:
        path = path.parent.joinpath(*inner).with_suffix(".py")
    return path if path.is_file() else None


def _documentation(tree: ast.Module, name: str) -> str:
    """The docstring of a function, the `help` of a Typer app, or else the module's docstring."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_docstring(node) or ""
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            named = [target.id for target in node.targets if isinstance(target, ast.Name)]
            texts = [word.value for word in node.value.keywords if word.arg == "help"]
            if name in named and texts:
                # Of an f-string the first part is enough: it holds the first line.
                text = texts[0].values[0] if isinstance(texts[0], ast.JoinedStr) else texts[0]
                if isinstance(text, ast.Constant):
                    return str(text.value).strip()
    return ast.get_docstring(tree) or ""
