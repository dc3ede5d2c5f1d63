import numpy as np
import pytest

from hlaska.errors import DataError, UnavailableError
from hlaska.settings import Settings
from training.cyber import nsl_kdd
from training.cyber.nsl_kdd import PUBLISHED, TESTS, TRAIN, judge, load


def records(many, seed):
    """Lines in the form of NSL-KDD: attacks send more."""
    rng = np.random.default_rng(seed)
    for _ in range(many):
        attack = rng.random() < 0.5
        fields = [str(int(value)) for value in rng.integers(0, 100, 41)]
        fields[1:4] = [rng.choice(["tcp", "udp"]), rng.choice(["http", "smtp"]), "SF"]
        fields[4] = str(int(rng.normal(900 if attack else 300, 100)))
        yield ",".join([*fields, "neptune" if attack else "normal", "21"])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for number, (name, many) in enumerate({TRAIN: 400, TESTS[0]: 200, TESTS[1]: 100}.items()):
        (tmp_path / name).write_text("\n".join(records(many, number)) + "\n")
    monkeypatch.setattr(nsl_kdd.datasets, "fetch", lambda name, settings: tmp_path)
    return tmp_path


def test_each_model_is_asked_on_each_test_set(folder):
    found = judge(Settings())
    assert set(found) == {"boosted trees", "one column", "majority"}
    for results in found.values():
        assert set(results) == set(TESTS)
    trees, stump, majority = (found[name][TESTS[0]] for name in found)
    assert trees.accuracy > 0.95 and stump.accuracy > 0.95
    assert majority.accuracy < 0.65
    assert majority.hits.found + majority.hits.missed + majority.hits.false <= 200


def test_a_name_that_was_never_seen_is_no_error(folder):
    line = next(records(1, 9)).replace(",tcp,", ",quic,").replace(",udp,", ",quic,")
    (folder / TESTS[0]).write_text(line + "\n")
    assert judge(Settings())["boosted trees"][TESTS[0]].accuracy in (0, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [("1,2,3\n", "has 3 columns"), ("", "cannot be read")],
)
def test_another_file_is_none_of_nsl_kdd(tmp_path, content, message):
    path = tmp_path / "x.txt"
    path.write_text(content)
    with pytest.raises(DataError, match=message):
        load(path)


def test_without_the_data_set_the_reason_is_told(tmp_path):
    with pytest.raises(UnavailableError, match="nsl-kdd: no source answers"):
        judge(Settings(home=tmp_path, data=None))


@pytest.mark.network
def test_the_kind_of_model_that_is_served_is_about_as_good_as_the_published_ones():
    found = judge(Settings.load())
    for name, published in PUBLISHED.items():
        assert abs(found["boosted trees"][name].accuracy - published) < 0.05
        assert found["majority"][name].accuracy < found["one column"][name].accuracy
