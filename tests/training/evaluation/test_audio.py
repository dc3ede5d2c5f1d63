import numpy as np
import pytest
import soundfile

from hlaska.errors import DataError, ModelError, UnknownEntryError
from hlaska.results import written
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from training.evaluation.audio import (
    MODELS,
    AudioArgs,
    SoundData,
    ear_of,
    evaluate,
    gathered,
    named,
    tables,
)
from training.evaluation.sound_data import LABELS

FEW = AudioArgs(each=1, hours=0.01, streets=2, thresholds=(0.5,))


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def silent(what, total):
    return lambda done: None


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    # Without real recordings, wherever they may lie.
    return gathered(Settings(home=tmp_path_factory.mktemp("home"), data=None), FEW, silent)


@pytest.fixture(scope="module")
def judged(made, tmp_path_factory):
    """Tables of the baselines, and of a model that nobody has."""
    settings = Settings(home=tmp_path_factory.mktemp("home"), data=None)
    models = ["constant", "oracle", "seed:nobody"]
    return tables(evaluate(models, made, settings, FEW, silent))


def test_the_oracle_is_above_and_the_constant_below_all_others(judged):
    events, *_, alarms = judged
    constant, oracle, _ = events.rows
    assert oracle["f1"] > 0.9 > 0.3 > constant["f1"]
    assert alarms.rows[1]["made, alarms"] == 0
    assert alarms.rows[0]["made, alarms"] > 0


def test_a_model_that_cannot_be_had_is_a_row_with_its_reason(judged):
    for table in judged:
        *_, missing = table.rows
        assert missing["what"] == "seed:nobody"
        assert "no seed 'nobody'" in missing["reason"]
        assert not any("reason" in row for row in table.rows[:2])


def test_where_no_model_can_be_had_there_is_still_a_table(settings):
    (table, *_) = tables(evaluate(["seed:nobody"], SoundData(), settings, FEW, silent))
    assert [row["what"] for row in table.rows] == ["seed:nobody"]


def test_every_figure_of_a_row_has_its_column(judged):
    assert len(judged) == 4
    for table in judged:
        known = {column.key for column in table.columns}
        assert set(table.rows[1]) - {"what"} == known
        for column in table.columns:
            assert written(table.rows[1][column.key], column.digits)


def test_every_table_of_screams_and_glass_says_that_they_are_made(judged):
    told = [table.note for table in judged if "scream" in str(table.columns)]
    assert told
    assert all("Real screams and real breaking glass were not to be had" in one for one in told)


def test_without_the_real_recordings_there_are_only_made_ones(made):
    assert made.clips == []
    assert len(made.made) == len(SOUND_CLASSES) * 4


def test_progress_is_told_for_every_system(made, settings):
    some = SoundData(made=made.made[:3], quiet=made.quiet)
    begun, done = [], []

    def announce(what, total):
        begun.append((what, total))
        return done.append

    evaluate(["oracle"], some, settings, FEW, announce)
    assert begun == [("oracle: scenes", 3), ("oracle: confusers", 1)]
    assert done == [1, 2, 3, 1]


def write(folder, name="a.wav"):
    rng = np.random.default_rng(3)
    samples = 0.01 * rng.standard_normal(RATE_HZ * 3)
    samples[RATE_HZ : RATE_HZ + 8000] *= 30
    folder.mkdir(exist_ok=True)
    soundfile.write(folder / name, samples, RATE_HZ)
    return folder


def test_recordings_of_one_s_own_are_judged_by_their_labels(tmp_path, settings):
    folder = write(tmp_path / "mine")
    (folder / LABELS).write_text("file,onset_s,offset_s,sound\na.wav,1.0,1.5,scream\n")
    data = named(str(folder), settings, FEW)
    events, classes = tables(evaluate(["oracle"], data, settings, FEW, silent), name="mine")
    assert (events.title, classes.title) == ("Events of mine", "Classes of mine")
    assert events.rows[0]["f1"] == 1
    assert classes.rows[0]["scream, AP"] == 1
    # Of what is in none of them there is nothing to say.
    assert {column.key.partition(",")[0] for column in classes.columns} == {"scream"}


def test_recordings_without_labels_are_of_one_sound(tmp_path, settings):
    folder = write(tmp_path / "mine")
    args = FEW.model_copy(update={"sound": "glass-break"})
    data = named(str(folder), settings, args)
    (table,) = tables(evaluate(["oracle"], data, settings, args, silent))
    assert table.rows[0]["mine, glass-break, recordings"] == 1
    assert table.rows[0]["mine, glass-break, recall"].startswith("1.000")
    # Nothing is there that it could be told from.
    assert table.rows[0]["mine, glass-break, AP"] is None


def test_recordings_of_other_sounds_are_hours_of_false_alarms(tmp_path, settings):
    data = named(str(write(tmp_path / "mine")), settings, FEW)
    found = {one.name: one for one in tables(evaluate(["constant"], data, settings, FEW, silent))}
    row = found["sound-false-alarms"].rows[0]
    assert row["mine, real, alarms"] >= 4
    assert row["mine, real, hours"] == pytest.approx(3 / 3600)


def test_a_sound_that_nobody_knows_is_answered_with_the_nearest(tmp_path, settings):
    args = FEW.model_copy(update={"sound": "glass_break"})
    with pytest.raises(DataError, match="did you mean 'glass-break'"):
        named(str(write(tmp_path / "mine")), settings, args)


def test_data_that_nobody_has_is_named(settings):
    with pytest.raises(UnknownEntryError, match="no data set 'screems'"):
        named("screems", settings, FEW)


def test_a_model_that_sees_is_refused(settings):
    with pytest.raises(ModelError, match="made for detect"):
        ear_of("seed:hog", settings)


@pytest.mark.network
@pytest.mark.timeout(500)
# 2026-11: the exporter that needs no further package is called old by torch 2.12.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Constant folding:UserWarning")
def test_taggers_of_others_and_real_recordings_are_judged_by_the_same_protocol(tmp_path):
    settings = Settings.load(home=tmp_path / "home")
    args = FEW.model_copy(update={"every": 25, "hours": 0.001})
    heard = gathered(settings, args, silent)
    assert {clip.data for clip in heard.clips} >= {"sesa", "gunshot-detection"}
    models = [name for name in MODELS if name in ("seed:yamnet", "efficientat-mn04")]
    outcomes = evaluate(models, SoundData(clips=heard.clips), settings, args, silent)
    found = {one.name: one for one in tables(outcomes)}
    assert len(found["sound-recordings"].rows) == 2
    for row in found["sound-recordings"].rows:
        assert "reason" not in row
        assert row["sesa, explosion, recordings"] >= 1
