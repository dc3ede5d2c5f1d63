"""A model that follows its alias in a real registry, which is stopped and started again."""

import json
import shutil
import threading
import time

import numpy as np
import pytest

from catalogs import seeds
from hlaska.errors import ModelError, RegistryError
from hlaska.events import ModelRef
from hlaska.settings import Settings
from serving.aliases import version_of
from serving.champion import Reply, Served
from serving.client import Gateway
from serving.connection import Patience
from serving.models import registry
from serving.outbox import Outbox
from serving.spool import Spool
from serving.video.deployment import inside, tried
from serving.video.scorer import DetectorScorer
from serving.video.stream import Stream, StreamDetector
from training.registry import register

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)

BLANK = np.zeros((64, 64, 3), np.uint8)


@pytest.fixture
def settings(registry_server, tmp_path):
    """Settings of another machine that asks this registry."""
    return Settings(home=tmp_path / "home", mlflow_port=registry_server.settings.mlflow_port)


@pytest.fixture
def name(registry_server):
    """Of a registered model that no other test knows."""
    return f"walkers-{next(registry_server.models)}"


@pytest.fixture
def put(name, settings, tmp_path):
    """`put(person=0.5, alias=None)`: the built-in detector as one more version."""

    def make(person=0.5, *, alias=None, **changes) -> str:
        folder = tmp_path / "model"
        shutil.copytree(seeds.folder("hog"), folder, dirs_exist_ok=True)
        card = json.loads((folder / "card.json").read_text())
        card |= {"operating_point": {"person": person, "car": 0.5}} | changes
        (folder / "card.json").write_text(json.dumps(card))
        return register(folder, name, settings, alias=alias or "made")

    return make


@pytest.fixture
def point(name, settings):
    """`point(alias, version)`: as `hlaska promote` does it; None takes the alias away."""

    def move(alias, version) -> None:
        client = registry(settings)
        if version is None:
            client.delete_registered_model_alias(name, alias)
        else:
            client.set_registered_model_alias(name, alias, version)

    return move


@pytest.fixture
def serve(name, settings):
    """`serve(alias="champion", **options)`: the model in service, asked for often."""
    opened = []

    def start(alias="champion", **options):
        def load(model):
            return tried(DetectorScorer.load(model, threads=1))

        fields = {"poll_s": 0.1, "patience_s": 0.0} | options
        opened.append(Served(f"models:/{name}@{alias}", settings, load, **fields))
        return opened[-1]

    yield start
    for service in opened:
        service.close()


def version(service):
    return service.now.model.ref.version


def test_the_model_in_service_follows_its_alias_and_comes_back(put, point, serve, until):
    first, second = put(0.5, alias="champion"), put(0.7)
    service = serve()
    assert version(service) == first
    point("champion", second)
    until(lambda: version(service) == second)
    assert service.now.scorer.card.operating_point["person"] == 0.7
    point("champion", first)
    until(lambda: version(service) == first)
    assert service.note == ""


def test_while_it_switches_to_and_fro_every_request_is_answered_by_a_whole_model(
    put, point, serve, until
):
    first, second = put(0.5, alias="champion"), put(0.7)
    points = {first: 0.5, second: 0.7}
    service = serve()
    replies, errors, over = [], [], threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                by = service.now
                by.scorer.score([BLANK])
                replies.append((by.model.ref.version, by.scorer.card.operating_point["person"]))
            except Exception as error:
                errors.append(error)
                return

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in (second, first, second, first):
        point("champion", turn)
        until(lambda turn=turn: version(service) == turn)
    over.set()
    for thread in threads:
        thread.join()
    assert not errors
    assert {number for number, _ in replies} == {first, second}
    assert all(points[number] == point for number, point in replies)


def test_a_version_that_is_not_what_was_registered_is_refused_and_said_so(
    put, point, serve, until, registry_server, name, settings, caplog
):
    first = put(0.5, alias="champion")
    service = serve()
    broken = put(0.7)
    run = registry(settings).get_model_version(name, broken).run_id
    (card,) = (registry_server.settings.home / "mlflow" / "artifacts").rglob(f"{run}/**/card.json")
    card.write_text(card.read_text().replace("0.7", "0.1"))
    point("champion", broken)
    until(lambda: service.note)
    assert f"version {broken} is refused" in service.note
    assert "not what was registered" in service.note
    assert version(service) == first
    time.sleep(0.5)  # it is asked for on and on, and refused once
    assert sum("is refused" in record.message for record in caplog.records) == 1
    point("champion", first)
    until(lambda: service.note == "")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"operating_point": {"person": 0.5}}, id="no cars any more"),
        pytest.param(
            {"classes": ["person", "bus"], "operating_point": {"person": 0.5, "bus": 0.5}},
            id="others",
        ),
    ],
)
def test_a_version_for_other_classes_is_refused(name, put, point, serve, until, settings, changes):
    first = put(alias="champion")
    service = serve()
    point("champion", put(**changes))
    until(lambda: "under a name of its own" in service.note)
    assert version(service) == first
    # Nor is it what a start without the registry would begin with.
    cut_off = settings.model_copy(update={"mlflow_port": 9})
    again = Served(f"models:/{name}@champion", cut_off, lambda model: model, patience_s=0)
    assert version(again) == first
    again.close()


def test_a_version_that_takes_input_of_another_shape_is_refused(put, point, serve, until):
    put(alias="champion")
    service = serve(fits=lambda old, new: False)
    point("champion", put())
    until(lambda: "another shape" in service.note)


def test_whatever_a_file_makes_a_runtime_raise_the_old_version_goes_on(
    name, settings, put, point, until
):
    first = put(alias="champion")
    broken = []

    def load(model):
        if model.ref.version in broken:
            raise RuntimeError("the parser fell over")
        return model.ref.version

    uri = f"models:/{name}@champion"
    service = Served(uri, settings, load, poll_s=0.1)
    broken.append(put())
    point("champion", broken[0])
    until(lambda: "the parser fell over" in service.note)
    assert service.now.scorer == first
    service.close()


def test_while_the_registry_is_away_all_goes_on_and_a_first_start_waits_for_it(
    name, put, point, serve, until, registry_server, settings, tmp_path, caplog
):
    first, second = put(alias="champion"), put(0.7)
    service = serve()
    registry_server.stop()
    begin = threading.Thread(target=registry_server.start)
    try:
        until(lambda: "does not answer" in service.note)
        time.sleep(0.5)
        assert version(service) == first
        service.now.scorer.score([BLANK])
        assert sum("stays as it is" in record.message for record in caplog.records) == 1
    finally:
        begin.start()
    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    new = Served(f"models:/{name}@champion", elsewhere, lambda model: model, patience_s=400)
    assert version(new) == first
    begin.join()
    new.close()
    until(lambda: service.note == "")
    point("champion", second)
    until(lambda: version(service) == second)


def test_what_was_in_service_last_is_there_after_a_start_without_the_registry(
    name, put, point, serve, until, settings
):
    put(alias="champion")
    second = put(0.7)
    service = serve()
    point("champion", second)
    until(lambda: version(service) == second)
    service.close()
    cut_off = settings.model_copy(update={"mlflow_port": 9})
    again = Served(f"models:/{name}@champion", cut_off, lambda model: model.card, patience_s=0)
    assert again.now.model.ref == ModelRef(name=name, version=second)
    assert again.now.scorer.operating_point["person"] == 0.7
    until(lambda: "does not answer" in again.note)
    again.close()


def test_what_was_changed_in_the_cache_meanwhile_is_not_taken(name, put, serve, settings):
    put(alias="champion")
    serve()
    (card,) = (settings.cache / "models" / name).rglob("card.json")
    card.write_text(card.read_text().replace('"car": 0.5', '"car": 0.1'))
    cut_off = settings.model_copy(update={"mlflow_port": 9})
    with pytest.raises(RegistryError):
        Served(f"models:/{name}@champion", cut_off, lambda model: model, patience_s=0)


def test_a_first_start_without_registry_or_alias_says_so(name, put, serve, settings):
    with pytest.raises(ModelError, match=name):
        serve()
    cut_off = settings.model_copy(update={"mlflow_port": 9})
    with pytest.raises(RegistryError, match="hlaska up"):
        Served(f"models:/{name}@champion", cut_off, lambda model: model, patience_s=0)


def test_an_alias_that_is_taken_away_leaves_the_champion_and_ends_the_shadow(
    put, point, serve, until
):
    first, second = put(alias="champion"), put()
    champion, shadow = serve(), serve("shadow", required=False)
    assert shadow.held is None
    with pytest.raises(ModelError, match="no model is in service"):
        _ = shadow.now
    point("shadow", second)
    until(lambda: shadow.held and version(shadow) == second)
    point("shadow", None)
    point("champion", None)
    until(lambda: shadow.held is None)
    until(lambda: "nowhere in the registry" in champion.note)
    assert version(champion) == first


def test_a_shadow_that_cannot_be_loaded_is_none(put, point, until, name, settings):
    def load(model):
        raise ModelError("it is of no use")

    shadow = Served(f"models:/{name}@shadow", settings, load, required=False, poll_s=0.1)
    put(alias="shadow")
    until(lambda: "of no use" in shadow.note)
    assert shadow.held is None
    shadow.close()


def test_a_model_that_can_be_one_only_is_followed_by_nobody(settings):
    service = Served("seed:hog", settings, lambda model: model.card.name)
    assert service.now.scorer == "hog" and service.note == ""
    assert not [each for each in threading.enumerate() if each.name == "follows seed:hog"]


def test_an_alias_is_asked_for_by_one_request(name, put, point, settings):
    first = put(alias="champion")
    assert version_of(name, "champion", settings) == first
    assert version_of(name, "nobody", settings) is None
    assert version_of("nobody", "champion", settings) is None
    with pytest.raises(RegistryError, match="no MLflow server"):
        version_of(name, "champion", settings.model_copy(update={"mlflow_port": 9}))


def test_whoever_is_told_of_a_new_version_knows_it_from_then_on():
    card = seeds.card("hog")
    known = ModelRef(name="x", version="1")
    user = StreamDetector(lambda *_: None, card, known)
    assert Reply("a", None, "careful").told(user) == "a"
    assert (user.ref, user.note) == (known, "careful")
    new = card.model_copy(update={"version": "2"}), ModelRef(name="x", version="2")
    assert Reply("b", new).told(user) == "b"
    assert (user.card, user.ref, user.note) == (*new, "")


def test_a_stream_goes_on_while_its_detector_is_exchanged(put, point, serve, until, site, tmp_path):
    first, second = put(alias="champion"), put(0.7)
    service = serve()
    outbox = Outbox(lambda: Gateway("http://127.0.0.1:9"), Spool(tmp_path / "spool.sqlite"))
    stream = Stream(
        site,
        site.cameras[0],
        open_uri=str,
        model=inside(service),
        outbox=outbox,
        # On a busy machine the decoder may stand still for seconds.
        patience=Patience(stalled_s=60, reconnecting_s=60, lost_s=90),
    )
    stream.start()
    try:
        until(lambda: stream.status().answer_ms)
        before = stream.status()
        assert [ref.version for ref in before.models] == [first]
        for turn in (second, first):
            point("champion", turn)
            until(lambda turn=turn: stream.status().models[0].version == turn)
            seen = stream.status().last_frame_at
            until(lambda seen=seen: stream.status().last_frame_at > seen)
        after = stream.status()
        assert (after.epoch, after.state, after.reason) == (before.epoch, "healthy", "")
        assert outbox.waiting == 0  # no event: nothing was wrong with its health
    finally:
        stream.close()
        outbox.close(drain_s=0)
