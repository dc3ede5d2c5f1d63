import subprocess
from pathlib import Path

import pytest
from pydantic import BaseModel

from hlaska.errors import ModelError
from hlaska.settings import Settings
from training.runs import UNKNOWN, git_commit, open_run, registry

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)


class Inner(BaseModel):
    rate: float = 0.5


class Params(BaseModel):
    epochs: int = 3
    inner: Inner = Inner()


def test_a_run_says_what_it_was_made_from(settings):
    with open_run(
        "fit",
        params=Params(),
        settings=settings,
        data="pets-view1",
        data_sha256="ab",
        split_seed=7,
        tags={"licence": "MIT"},
    ) as run:
        run.client.log_metric(run.id, "f1", 0.9)
    stored = registry(settings).get_run(run.id)
    assert stored.info.run_name == "fit"
    assert stored.info.status == "FINISHED"
    assert stored.data.params == {"epochs": "3", "inner.rate": "0.5"}
    assert stored.data.metrics == {"f1": 0.9}
    expected = {"data": "pets-view1", "data_sha256": "ab", "split_seed": "7", "licence": "MIT"}
    assert expected.items() <= stored.data.tags.items()
    assert stored.data.tags["git_commit"]
    assert stored.data.tags["package_version"]


def test_tags_of_the_caller_do_not_hide_where_a_run_is_from(settings):
    with open_run("fit", params=Params(), settings=settings, tags={"split_seed": "9"}) as run:
        pass
    assert registry(settings).get_run(run.id).data.tags["split_seed"] == "none"


def test_a_run_whose_block_raises_has_failed(settings):
    with (
        pytest.raises(ZeroDivisionError),
        open_run("fit", params=Params(), settings=settings) as run,
    ):
        raise ZeroDivisionError
    assert registry(settings).get_run(run.id).info.status == "FAILED"


def test_without_a_server_no_run_is_opened(tmp_path):
    nowhere = Settings(home=tmp_path, mlflow_port=9)
    with (
        pytest.raises(ModelError, match="hlaska up"),
        open_run("fit", params=Params(), settings=nowhere),
    ):
        pytest.fail("the block ran")


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    return subprocess.run(
        ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_commit_is_that_of_the_tree_and_says_when_files_differ(tmp_path):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "--quiet", "-m", "a")
    git(tmp_path, "tag", "v1")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(tmp_path) == commit
    (tmp_path / "a").write_text("2")
    assert git_commit(tmp_path) == f"{commit}-dirty"


def test_a_folder_inside_a_foreign_checkout_has_no_commit(tmp_path):
    git(tmp_path, "init", "--quiet")
    inside = tmp_path / "site-packages"
    inside.mkdir()
    assert git_commit(inside) == UNKNOWN


def test_a_checkout_without_commits_is_unknown(tmp_path):
    git(tmp_path, "init", "--quiet")
    assert git_commit(tmp_path) == UNKNOWN
