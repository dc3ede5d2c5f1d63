"""What can be chosen about a student. Nothing here takes torch to read."""

from pydantic import Field

from hlaska.records import Name, Record

COARSEST = 32
"""Sizes of the network's input are multiples of it."""


class StudentArgs(Record):
    """How a student is made."""

    site: str = Field(default="pilsen", description="Name of a committed site, or a site file.")
    camera: Name = Field(default="square-east", description="Of the site. It must not move.")
    minutes: float | None = Field(
        default=None,
        gt=0,
        le=24 * 60,
        description="Footage from which pictures are taken, evenly; none: one after the other.",
    )
    frames: int = Field(default=500, ge=1, le=2000, description="Pictures to take, at most.")
    teacher: str = Field(
        default="seed:yolox-nano",
        description="Whose boxes are learnt: seed:NAME, models:/name@alias or a folder.",
    )
    epochs: int = Field(default=20, ge=1, le=1000, description="Times that it is judged.")
    samples: int = Field(default=800, ge=16, le=100_000, description="Of one epoch.")
    width_px: int = Field(
        default=384,
        ge=64,
        le=1920,
        multiple_of=COARSEST,
        description="Of the network's input; its height follows from the camera's picture.",
    )
    name: Name | None = Field(default=None, description="Of the model; default: CAMERA-student.")
    threads: int = Field(default=2, ge=1, le=256, description="CPU threads.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Of the samples and the weights.")


QUICK: dict[str, int] = {"frames": 60, "epochs": 2, "samples": 160}
"""What differs when it is only to be proved that everything works; it sees next to nobody."""


def command(args: StudentArgs) -> str:
    """What makes the same student again."""
    words = f"hlaska train video --student {args.camera} --epochs {args.epochs} --seed {args.seed}"
    for key in ("site", "minutes", "name"):
        if getattr(args, key) != StudentArgs.model_fields[key].default:
            words += f" --{key} {getattr(args, key)}"
    quick = args.frames == QUICK["frames"] and args.samples == QUICK["samples"]
    # What no option of the command says.
    rest = args.model_dump(
        exclude_defaults=True,
        exclude={"camera", "epochs", "seed", "site", "minutes", "name", "threads"}
        | ({"frames", "samples"} if quick else set()),
    )
    return words + " --quick" * quick + "".join(f", {key} {rest[key]}" for key in rest)


def name_of(args: StudentArgs) -> str:
    """Of the model."""
    return args.name or f"{args.camera}-student"
