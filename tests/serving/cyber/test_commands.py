"""`hlaska replay` as somebody types it."""

import json

import pytest
from typer.testing import CliRunner

from hlaska.cli import main
from serving.client import Gateway
from serving.cyber.commands import replay

HEAD = (
    "#separator \\x09\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\t"
    "orig_bytes\tresp_bytes\tconn_state\torig_pkts\tresp_pkts\n"
)


@pytest.fixture
def logs(tmp_path):
    folder = tmp_path / "zeek"
    folder.mkdir()
    scan = [
        f"{1000 + n / 10:.1f}\t10.31.1.66\t4000\t10.31.1.11\t{1000 + n}\ttcp\t0\t40\t0\tS0\t1\t0\n"
        for n in range(100)
    ]
    (folder / "conn.log").write_text(HEAD + "".join(scan) + "half a li")
    return folder


def typed(*words):
    return CliRunner().invoke(replay, [str(word) for word in words], env={"COLUMNS": "200"})


def test_a_scan_in_a_folder_of_zeek_is_one_line_and_a_count(logs):
    done = typed("zeek", logs, "--no-models")
    assert done.exit_code == 0, done.output
    assert "10.31.1.66 tried 100 ports of 1 host" in done.output
    assert "1970-01-01 00:16:4" in done.output and "[rule]" in done.output
    assert "100 flows in" in done.output and "cyber.scan" in done.output
    assert "1 records could not be read" in done.output


def test_models_are_asked_too_unless_told_otherwise(logs):
    done = typed("zeek", logs / "conn.log")
    assert done.exit_code == 0, done.output
    assert "cyber.scan" in done.output


def test_what_is_found_can_be_sent_to_a_gateway(logs, server, site, monkeypatch, tmp_path):
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", server.url.rpartition(":")[2])
    file = tmp_path / "town.yaml"
    file.write_text(site.model_dump_json())
    done = typed("zeek", logs, "--no-models", "--send", "--site", file)
    assert done.exit_code == 0, done.output
    with Gateway(server.url) as gateway:
        kinds = [stored.event.kind for stored in gateway.events(kind="cyber.")]
    assert sorted(kinds) == ["cyber.new-asset", "cyber.scan"]
    assert f"{len(kinds)} events sent" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["zeek", "no-such-folder"], "no-such-folder"),
        (["eve", "{logs}/conn.log"], "conn.log"),
        (["pcap", "{logs}/conn.log"], "conn.log"),
        (["zeek", "{logs}", "--site", "atlantis"], "atlantis"),
        (["zeek", "{logs}", "--learn", "-1"], "--learn"),
    ],
    ids=["a missing folder", "no EVE", "no capture", "an unknown site", "hours below zero"],
)
def test_what_cannot_be_is_said_in_one_line(logs, capsys, words, said):
    with pytest.raises(SystemExit) as ended:
        main(["replay", *(word.format(logs=logs) for word in words), "--no-models"])
    told = capsys.readouterr()
    assert ended.value.code not in (0, None)
    assert said in told.err and "Traceback" not in told.err


def test_help_names_every_kind_of_recording():
    said = typed("--help").output
    assert all(kind in said for kind in ("zeek", "eve", "pcap", "csv", "binetflow"))


def test_hostile_text_in_a_log_is_only_text(logs):
    record = {
        "ts": 1, "id.orig_h": "[bold red]10.0.0.1[/]", "id.orig_p": 1, "id.resp_h": "\x1b[2J",
        "id.resp_p": 1, "proto": "tcp", "service": "[link=http://evil]x[/link]", "conn_state": "SF",
    }  # fmt: skip
    (logs / "conn.log").write_text(
        (json.dumps(record) + "\n") * 3
        + json.dumps(record | {"id.orig_h": "10.0.0.1", "id.resp_h": "10.0.0.2"})
        + "\n"
    )
    done = typed("zeek", logs, "--no-models")
    assert "\x1b[2J" not in done.output and "evil" not in done.output
