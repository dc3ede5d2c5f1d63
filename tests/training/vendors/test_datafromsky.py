import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hlaska.errors import DataError

PIXELS = (
    "Track ID; Type; Entry Gate; Entry Time [s]; Exit Gate; Exit Time [s]; Traveled Dist. [px]; "
    "Avg. Speed [kpx/h]; Trajectory(x [px]; y [px]; Speed [kpx/h]; Total Acc. [pxs-2]; "
    "Time [s]; )\n"
)
PIXEL_ROW = "1; Car; A; 0.5; B; 1.5; 20; 30; 10.5; 20; 3; 0; 0.5; 11; 21; 3; 0; 1.5;\n"
METRES = (
    "Track ID;Type;Entry Gate;Entry Time [s];Exit Gate;Exit Time [s];a;b;c;d;e;f;x_utm [m];"
    "y_utm [m];Speed [km/h];Tangential;Lateral;Time [s];Heading\n"
)
METRE_ROW = "7;Bus;-;-;-;-;1;1;1;1;1;1;600010;5500020;36;0;0;2;90;600020;5500020;72;0;0;3;90\n"
DEGREES = "track_id; type; traveled_d; avg_speed; lat; lon; speed; lon_acc; lat_acc; time\n"
DEGREE_ROW = "3; Motorcycle; 5; 6; 49.7477; 13.3775; 36; 0; 0; 4.0;\n"


def test_gates_are_counts_and_turning_movements(export, rows, noon):
    read = export(
        "datafromsky", PIXELS + PIXEL_ROW, starts_at=noon, lines={"A": "north"},
        directions={"entry": "in"},
    )  # fmt: skip
    assert rows(read.counts, "line", "direction", "kind", "starts_at", "count", "to_line") == [
        ("north", "in", "car", "12:00:00.500000", 1, ""),
        ("B", "exit", "car", "12:00:01.500000", 1, ""),
        ("north", "", "car", "12:00:01.500000", 1, "B"),
    ]


def test_points_in_pixels_are_tracks_without_boxes_and_that_is_told(export, rows, noon):
    read = export("datafromsky", PIXELS + PIXEL_ROW, starts_at=noon)
    assert rows(read.tracks, "track", "kind", "at") == [
        ("1", "car", "12:00:00.500000"),
        ("1", "car", "12:00:01.500000"),
    ]
    assert read.tracks[["x0", "x_m", "speed_ms"]].isna().all(axis=None)
    assert read.left_out == (
        "positions in pixels: points have no boxes; what its gates saw is counted",
        "speeds in kpx/h",
    )


def test_metres_are_taken_from_the_origin_and_speeds_are_in_metres_a_second(export, rows, noon):
    read = export("datafromsky", METRES + METRE_ROW, starts_at=noon, origin=[600000, 5500000])
    assert rows(read.tracks, "x_m", "y_m", "speed_ms", "at") == [
        (10, 20, 10, "12:00:02"),
        (20, 20, 20, "12:00:03"),
    ]
    assert read.counts.empty


def test_degrees_are_metres_from_the_origin(export, noon):
    read = export(
        "datafromsky", DEGREES + DEGREE_ROW, starts_at=noon, origin=[13.3775, 49.7477],
        speed_unit="km/h",
    )  # fmt: skip
    [row] = read.tracks[["x_m", "y_m", "speed_ms"]].to_numpy().tolist()
    assert row == pytest.approx([0, 0, 10])
    bare = export("datafromsky", DEGREES + DEGREE_ROW, starts_at=noon, origin=[13.3775, 49.7477])
    assert bare.tracks["speed_ms"].isna().all()
    assert bare.left_out == ("speeds without a unit; see `speed_unit:`",)
    with pytest.raises(DataError, match=r"line 1: positions are degrees; write `origin: \[lon"):
        export("datafromsky", DEGREES + DEGREE_ROW, starts_at=noon)


def test_commas_may_stand_between_the_cells_and_blocks_may_be_wider(export, noon):
    head = PIXELS.replace(";", ",").replace("Time [s], )", "Time [s], Heading, Length, Width, )")
    row = "0, Car, - , - , - , - , - , - , 1, 2, 3, 4, 0.5, 90, 4, 2, 1, 2, 3, 4, 0.6, 90, 4, 2, \n"
    assert len(export("datafromsky", head + row, starts_at=noon).tracks) == 2


def test_decimal_commas_are_read_as_points_and_told(export, rows, noon):
    read = export("datafromsky", PIXELS + PIXEL_ROW.replace(".", ","), starts_at=noon)
    assert rows(read.tracks, "at")[0] == ("12:00:00.500000",)
    assert read.repairs == ("line 2 and 3 more: decimal comma read as point",)


def test_another_head_in_the_file_begins_anew_with_its_own_blocks(export, noon):
    read = export("datafromsky", PIXELS + PIXEL_ROW + METRES + METRE_ROW, starts_at=noon)
    assert read.tracks["track"].tolist() == ["1", "1", "7", "7"]
    assert read.repairs == ("line 3: another head: blocks of 7 from here on",)


def test_a_row_whose_blocks_are_not_as_wide_as_the_head_says_is_an_error(export, noon):
    with pytest.raises(
        DataError, match=r"export\.csv, line 3: 18 values after 8 fields.*multiple of the 5.*line 1"
    ):
        export("datafromsky", PIXELS + PIXEL_ROW + METRE_ROW, starts_at=noon)


def test_a_row_that_fits_by_chance_is_found_by_its_times(export, noon):
    strange = "1;Car;-;-;-;-;1;1;" + ";".join(["10", "20", "3", "0", "0.5", "90", "1.5"] * 5) + "\n"
    with pytest.raises(DataError, match=r"line 2: time goes back from .* blocks .* 5 wide"):
        export("datafromsky", PIXELS + strange, starts_at=noon)


@pytest.mark.parametrize(
    "head",
    ["1;Car;2;3\n", "Track ID;Type;x;y\n", "Time [s];x;y\n", "Track ID;Type;Trajectory(\n"],
)
def test_a_file_without_its_head_is_an_error(head, export, noon):
    with pytest.raises(DataError, match=r"line 1: no head of DataFromSky: .*export it with a head"):
        export("datafromsky", head, starts_at=noon)


def test_without_a_beginning_it_says_to_write_one(export):
    with pytest.raises(DataError, match=r"line 2: times are seconds .*`starts_at:`"):
        export("datafromsky", PIXELS + PIXEL_ROW)


def test_all_classes_that_nobody_knows_are_named_at_once(export, noon):
    table = PIXELS + PIXEL_ROW.replace("Car", "Heavy Vehicle") + PIXEL_ROW.replace("Car", "Pram")
    with pytest.raises(DataError, match=r"line 2: .*'Heavy Vehicle', 'Pram'; add"):
        export("datafromsky", table, starts_at=noon)


def test_an_id_that_is_used_again_is_another_object(export, noon):
    again = PIXEL_ROW.replace(" 0.5;", " 90.5;").replace(" 1.5;", " 91.5;")
    read = export("datafromsky", PIXELS + PIXEL_ROW + again, starts_at=noon)
    assert read.tracks["track"].tolist() == ["1", "1", "1#2", "1#2"]
    assert "track ids 1 come again after more than 30 s" in read.repairs[0]


def test_hostile_numbers_are_an_error(export, noon):
    with pytest.raises(DataError, match=r"line 2: time: '1e300' is not a number"):
        export("datafromsky", PIXELS + PIXEL_ROW.replace(" 1.5;\n", " 1e300;\n"), starts_at=noon)


@hypothesis_settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    width=st.integers(3, 9),
    fields=st.integers(2, 12),
    lengths=st.lists(st.integers(0, 6), min_size=1, max_size=4),
    between=st.sampled_from([";", ",", "\t"]),
)
def test_any_width_of_fields_and_blocks_is_read(width, fields, lengths, between, export, noon):
    block = ["x [m]", "y [m]", "Time [s]", *"abcdef"][:width]
    head = ["Track ID", "Type", *[f"field {n}" for n in range(fields - 2)]]
    lines = [between.join([*head, "Trajectory(" + block[0], *block[1:], ")"])]
    for track, length in enumerate(lengths):
        cells = [str(track), "Car", *["-"] * (fields - 2)]
        for moment in range(length):
            cells += [str(moment), str(track), str(moment), *["0"] * (width - 3)]
        lines.append(between.join(cells))
    read = export("datafromsky", "\n".join(lines), starts_at=noon)
    assert len(read.tracks) == sum(lengths)
    assert read.tracks["y_m"].astype(int).astype(str).tolist() == read.tracks["track"].tolist()
