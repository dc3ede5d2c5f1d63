import struct

import av
import numpy as np
import pytest
import soundfile

from hlaska.errors import SourceError
from hlaska.sound.scores import RATE_HZ
from serving.audio.recordings import BadSource, Recordings, blocks, recording
from serving.audio.source import read_recording

SECONDS = 2.0


def tone(rate_hz=RATE_HZ, seconds=SECONDS, level=0.3):
    return (level * np.sin(2 * np.pi * 440 * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(
        np.float32
    )


def write(path, samples=None, *, rate_hz=RATE_HZ, subtype="PCM_16", format_="WAV"):
    samples = tone(rate_hz) if samples is None else samples
    soundfile.write(path, samples, rate_hz, subtype=subtype, format=format_)
    return path


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 192_000])
@pytest.mark.parametrize(
    ("format_", "subtype"),
    [
        pytest.param("WAV", "PCM_U8", id="8 bit"),
        pytest.param("WAV", "PCM_16", id="16 bit"),
        pytest.param("WAV", "PCM_24", id="24 bit"),
        pytest.param("WAV", "FLOAT", id="float"),
        pytest.param("WAV", "ULAW", id="mu-law"),
        pytest.param("FLAC", "PCM_24", id="FLAC"),
    ],
)
def test_a_tone_of_any_rate_and_depth_is_the_same_tone(tmp_path, rate_hz, format_, subtype):
    path = write(tmp_path / "tone", rate_hz=rate_hz, subtype=subtype, format_=format_)
    heard = read_recording(path)
    assert heard.dtype == np.float32
    assert len(heard) == round(SECONDS * RATE_HZ)
    middle = slice(2_000, -2_000)
    # Eight bits and mu-law are coarse: a step is more than a percent of full scale.
    assert np.abs(heard - tone())[middle].max() < 0.02


def test_compressed_sound_is_read_too(tmp_path):
    path = write(tmp_path / "tone.ogg", format_="OGG", subtype="VORBIS")
    assert np.sqrt(np.mean(read_recording(path) ** 2)) == pytest.approx(0.3 / 2**0.5, rel=0.05)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_what_all_channels_hear_is_as_loud_as_in_one(tmp_path, channels):
    path = write(tmp_path / "many.wav", np.stack([tone()] * channels, axis=1))
    np.testing.assert_allclose(read_recording(path), tone(), atol=1e-4)


def test_what_one_of_two_channels_hears_is_half_as_loud(tmp_path):
    path = write(tmp_path / "left.wav", np.stack([tone(), 0 * tone()], axis=1))
    np.testing.assert_allclose(read_recording(path), tone() / 2, atol=1e-4)


def test_sixteen_bits_come_through_exactly(tmp_path):
    bits = np.random.default_rng(1).integers(-32768, 32768, 40_000, dtype=np.int16)
    soundfile.write(tmp_path / "noise.wav", bits, RATE_HZ)
    np.testing.assert_array_equal(read_recording(tmp_path / "noise.wav") * 32768, bits)


def test_a_file_that_a_pipe_wrote_has_no_length_in_its_header_and_is_read(tmp_path):
    path = write(tmp_path / "pipe.wav")
    head = bytearray(path.read_bytes())
    head[4:8] = head[40:44] = struct.pack("<I", 0xFFFF_FFFF)
    path.write_bytes(head)
    assert len(read_recording(path)) == SECONDS * RATE_HZ


def test_the_sound_of_a_film_is_read(tmp_path):
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=10)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        frame = av.AudioFrame.from_ndarray(
            np.full((1, RATE_HZ), 1000, np.int16), format="s16", layout="mono"
        )
        frame.sample_rate = RATE_HZ
        container.mux(sound.encode(frame))
        image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
        container.mux(picture.encode(image))
        container.mux(picture.encode(None))
    np.testing.assert_allclose(read_recording(path), np.full(RATE_HZ, 1000 / 32768), atol=1e-6)


def nan_sound():
    samples = tone()
    samples[RATE_HZ] = np.nan
    return samples


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def with_a_hole(path):
    content = bytearray(write(path, format_="FLAC").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    path.write_bytes(content)


def slow(path):
    head = bytearray(write(path).read_bytes())
    head[24:28] = struct.pack("<I", 1)
    path.write_bytes(head)


def unknown(path):
    head = bytearray(write(path).read_bytes())
    head[20:22] = b"\x34\x12"
    path.write_bytes(head)


def film(path, write_clip):
    write_clip(path.with_suffix(".mp4"), 3).rename(path)


def playlist(path):
    path.write_text("#EXTM3U\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")


def cut_flac(path):
    half(write(path, format_="FLAC"))


BAD = [
    pytest.param(lambda p, _: None, "no file", id="missing"),
    pytest.param(lambda p, _: p.mkdir(), "is a folder", id="a folder"),
    pytest.param(lambda p, _: p.write_bytes(b""), "is empty", id="zero bytes"),
    pytest.param(lambda p, _: write(p, tone(seconds=0)), "holds no sound", id="no samples"),
    pytest.param(lambda p, _: p.write_text("boo " * 99), "cannot be decoded", id="text"),
    pytest.param(lambda p, _: playlist(p), "cannot be decoded", id="a playlist"),
    pytest.param(lambda p, _: p.write_bytes(b"RIFF" + b"\0" * 20), "cannot be", id="a header"),
    pytest.param(
        lambda p, _: write(p, nan_sound(), subtype="FLOAT"), "not numbers at 1.0 s", id="NaN"
    ),
    pytest.param(
        lambda p, _: write(p, tone() * 32768, subtype="FLOAT"), "the value", id="integers as floats"
    ),
    pytest.param(lambda p, _: half(write(p)), r"after 1\.0 s of 2\.0 s", id="cut off"),
    pytest.param(lambda p, _: cut_flac(p), r"breaks off after .* of 2\.0 s", id="cut FLAC"),
    pytest.param(lambda p, _: with_a_hole(p), "breaks off after", id="damaged FLAC"),
    pytest.param(lambda p, _: unknown(p), "has no decoder for", id="unknown format"),
    pytest.param(lambda p, _: slow(p), "has 1 samples a second", id="absurd rate"),
    pytest.param(film, "has no sound, only video", id="a film without sound"),
]


@pytest.mark.parametrize(("make", "complaint"), BAD)
def test_what_is_no_recording_is_refused_by_name_and_with_what_to_do(
    tmp_path, write_clip, make, complaint
):
    path = tmp_path / "street.wav"
    make(path, write_clip)
    with pytest.raises(SourceError, match=complaint) as error:
        read_recording(path)
    assert str(path) in str(error.value)
    # What came, and after it what to do.
    assert len(str(error.value).split("; ")) >= 2


def test_an_address_that_names_a_file_is_that_file(tmp_path):
    path = write(tmp_path / "tone.wav")
    np.testing.assert_array_equal(recording(f"file://{path}", RATE_HZ), read_recording(path))


def test_blocks_come_before_the_whole_is_read(tmp_path):
    path = write(tmp_path / "long.wav", tone(seconds=60))
    assert len(next(blocks(str(path), RATE_HZ))) < RATE_HZ


@pytest.mark.parametrize(
    ("samples", "kept"),
    [
        pytest.param(16_000, 16_000, id="whole"),
        pytest.param(16_003, 16_000, id="three more"),
        pytest.param(15_997, 16_000, id="three fewer"),
        pytest.param(10, 1_600, id="next to nothing"),
    ],
)
def test_a_loop_is_of_whole_chunks_so_that_neighbours_stay_in_step(tmp_path, samples, kept):
    path = write(tmp_path / "loop.wav", np.full(samples, 0.5, np.float32))
    loop = Recordings().loop(str(path), RATE_HZ, 1_600)
    assert len(loop) == kept
    assert np.count_nonzero(loop) == min(samples, kept)


def test_two_microphones_of_one_file_share_its_samples(tmp_path):
    path, recordings = write(tmp_path / "loop.wav"), Recordings()
    assert recordings.loop(str(path), RATE_HZ, 1_600) is recordings.loop(str(path), RATE_HZ, 1_600)


def test_a_loop_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("serving.audio.recordings.LONGEST_LOOP_S", 1.0)
    path = write(tmp_path / "loop.wav")
    with pytest.raises(BadSource, match="cut it, or play it once"):
        Recordings().loop(str(path), RATE_HZ, 1_600)
