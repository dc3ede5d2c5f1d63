"""A file out of a Debian package that is fetched but not installed.

apt does the fetching, with the machine's own configuration (mirrors, proxies, keys) but with lists
and cache in a private folder: that needs no root, no earlier `apt-get update`, and leaves the
machine's own apt untouched. It checks the package against the archive's signature.
"""

import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from catalogs.web import Progress, silent
from hlaska.errors import UnavailableError

# Read after the machine's own configuration. The hooks tell the machine's package manager that its
# lists are new, which ours are not. apt's own user may not enter a folder of ours.
CONFIGURATION = """\
Dir::State "{work}/state";
Dir::Cache "{work}/cache";
Acquire::Languages "none";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Acquire::Retries "1";
APT::Sandbox::User "root";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
CHUNK_BYTES = 1 << 18


def extract(
    package: str, members: dict[str, Path], *, work: Path, progress: Progress = silent
) -> None:
    """Write members of a package to files.

    Args:
        package: Its name; apt chooses the version.
        members: From path inside the package, without leading slash, to the file to write.
        work: A folder of ours: apt's lists and the package lie there until this succeeds.
        progress: Called while the package comes.

    Raises:
        UnavailableError: this is no Debian-like system, apt cannot reach an archive, the archive
            has no such package, or the package no such member.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise UnavailableError(f"{package}: no {tool}: only on Debian and its relatives")
    for folder in ("state/lists/partial", "cache/archives/partial", "packages"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    configuration = work / "apt.conf"
    configuration.write_text(CONFIGURATION.format(work=work), encoding="utf-8")
    apt = ["apt-get", f"--config-file={configuration}", "--quiet"]

    progress(f"{package}: package lists", 0, None)
    lists = _run([*apt, "update"], work)
    described = _run([*apt, "--print-uris", "download", package], work)
    if described.returncode != 0 or not described.stdout.strip():
        raise UnavailableError(f"{package}: {_last_words(described, lists)}")
    # A line of apt-get --print-uris: 'address' file size kind:digest
    _, file_name, size, *_ = described.stdout.split()
    _download([*apt, "-o", "APT::Status-Fd=1", "download", package], work, int(size), progress)
    _unpack(package, work / "packages" / file_name, members)
    shutil.rmtree(work)


def _run(command: Sequence[str], work: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=work / "packages", capture_output=True, text=True, errors="replace"
    )


def _last_words(*attempts: "subprocess.CompletedProcess[str]") -> str:
    """What apt says went wrong, from its last complaint of each attempt."""
    complaints = [
        line
        for attempt in attempts
        for line in attempt.stderr.splitlines()
        if line.startswith(("E:", "W:"))
    ]
    return " / ".join(complaints[:2]) or "apt-get gives no reason"


def _download(command: Sequence[str], work: Path, size_bytes: int, progress: Progress) -> None:
    package = command[-1]
    with subprocess.Popen(
        command,
        cwd=work / "packages",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        said = []
        for line in process.stdout or ():
            # dlstatus:number of the item:percent:words
            if line.startswith("dlstatus:"):
                percent = float(line.split(":")[2])
                progress(f"{package}.deb", round(size_bytes * percent / 100), size_bytes)
            elif line.startswith(("E:", "W:")):
                said.append(line.strip())
    if process.returncode != 0:
        raise UnavailableError(f"{package}: {' / '.join(said[:2]) or 'apt-get gives no reason'}")


def _unpack(package: str, archive: Path, members: dict[str, Path]) -> None:
    wanted = dict(members)
    with subprocess.Popen(
        ["dpkg-deb", "--fsys-tarfile", str(archive)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                for member in tar:
                    target = wanted.pop(member.name.removeprefix("./"), None)
                    content = tar.extractfile(member) if target is not None else None
                    if target is not None and content is not None:
                        _write(content, target)
                    if not wanted:
                        break
        except tarfile.TarError as error:
            raise UnavailableError(f"{package}: {archive} cannot be opened: {error}") from error
        finally:
            process.kill()
    if wanted:
        raise UnavailableError(f"{package}: {archive.name} has no {', '.join(sorted(wanted))}")


def _write(content: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(content, file, CHUNK_BYTES)
