import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from hlaska.cli import COMMANDS, EPILOG, HELP, main
from hlaska.environments import version
from hlaska.errors import DataError
from hlaska.settings import Settings

ADDON = '''
"""Commands of an add-on."""

import typer

from hlaska.errors import DataError

colours = typer.Typer(help=f"""Colours: which there are.

    More about {1 + 1} colours.
    """)


@colours.command("list")
def list_colours() -> None:
    """All colours."""
    typer.echo("red")


@colours.command()
def mix() -> None:
    """Mix them."""
    raise DataError("no entry 'grue'")


def shout(word: str) -> None:
    """Say a word loudly.

    It is heard far away.
    """
    typer.echo(word.upper())


def sing() -> None:
    """Sing, which takes a library."""
    import a_library_nobody_has
'''


@pytest.fixture
def addon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real distribution beside ours, with commands of its own."""
    (tmp_path / "addon.py").write_text(ADDON)
    (tmp_path / "broken_addon.py").write_text('"""Breaks."""\nimport a_library_nobody_has\n')
    (tmp_path / "own_addon.py").write_text('"""Breaks."""\nimport hlaska.nothing_of_ours\n')
    info = tmp_path / "addon-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: addon\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        "[hlaska.commands]\n"
        "colours = addon:colours\nshout = addon:shout\nsing = addon:sing\n"
        "broken = broken_addon:run\nown = own_addon:run\nabsent = no_such_addon:run\n"
    )
    monkeypatch.syspath_prepend(tmp_path)


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as exit_:
        main(words)
    return int(exit_.value.code or 0)


@pytest.mark.parametrize("words", [[], ["--help"]], ids=["nothing", "help"])
def test_help_teaches_the_first_steps_and_the_variables(words, capsys):
    assert run(*words) == 0
    shown = capsys.readouterr().out
    assert all(text in shown for text in ("hlaska doctor", "hlaska demo", "HLASKA_DATA"))


def test_help_names_only_variables_that_exist():
    named = {word.strip(",") for word in (HELP + EPILOG).split() if word.startswith("HLASKA_")}
    assert len(named) > 2
    assert named <= {f"HLASKA_{name.upper()}" for name in Settings.model_fields}


def test_help_lists_every_command_with_the_first_line_of_its_own_help(addon, capsys):
    run("--help")
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["colours"].endswith("Colours: which there are.")
    assert lines["shout"].endswith("Say a word loudly.")
    assert "Not installed" in lines["absent"]
    assert {entry.name for entry in metadata.entry_points(group=COMMANDS)} <= set(lines)


def test_help_imports_no_command_and_nothing_heavy(addon, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from hlaska.cli import main\n"
        "try:\n    main(['--help'])\n"
        "finally:\n"
        "    heavy = {'addon', 'catalogs', 'serving', 'pydantic', 'numpy', 'pandas', 'rich'}\n"
        "    assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert "colours" in done.stdout


def test_a_command_of_another_distribution_runs(addon, capsys):
    assert run("shout", "fire") == 0
    assert run("colours", "list") == 0
    assert capsys.readouterr().out == "FIRE\nred\n"


def test_an_error_of_ours_is_one_line_and_status_1(addon, capsys):
    assert run("colours", "mix") == 1
    assert capsys.readouterr().err == "Error: no entry 'grue'\n"


def test_debug_shows_where_an_error_comes_from(addon):
    with pytest.raises(DataError):
        main(["--debug", "colours", "mix"])


@pytest.mark.parametrize("command", ["broken", "sing"], ids=["on import", "while it runs"])
def test_a_missing_library_is_named_with_the_way_to_get_it(addon, capsys, command):
    assert run(command) == 1
    shown = capsys.readouterr().err
    assert f"`hlaska {command}` needs a_library_nobody_has" in shown
    assert "make lab" in shown


def test_a_missing_module_of_our_own_is_a_bug_and_shows_its_traceback(addon):
    with pytest.raises(ModuleNotFoundError, match=r"hlaska\.nothing_of_ours"):
        main(["own"])


def test_an_unknown_command_is_wrong_usage_and_gets_a_hint(addon, capsys):
    assert run("color") == 2
    assert "Did you mean 'colours'" in capsys.readouterr().err


def test_the_version_is_that_of_the_distribution(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"hlaska {version()}\n"
