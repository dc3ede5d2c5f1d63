import numpy as np

from training.registry.measured import QUICK_MARGIN, GateArgs, digest_of


def test_a_digest_is_of_values_and_their_order():
    one = digest_of([np.arange(3), "a", b"b"])
    assert one == digest_of([np.arange(3), "a", b"b"])
    assert one != digest_of([np.arange(3)[::-1], "a", b"b"])
    assert one != digest_of(["a", np.arange(3), b"b"])


def test_a_quick_look_has_less_data_and_a_margin_that_it_can_decide():
    quick = GateArgs().smaller()
    assert quick.quick
    assert quick.margin == QUICK_MARGIN
    assert quick.days * quick.day_hours < GateArgs().days * GateArgs().day_hours
    assert GateArgs(margin=0.4).smaller().margin == 0.4


def test_so_many_times_the_data_are_so_many_scenes_and_days():
    args = GateArgs().larger(3)
    assert (args.scenes_each, args.days) == (3 * GateArgs().scenes_each, 3 * GateArgs().days)
    assert GateArgs().larger(1) == GateArgs()
