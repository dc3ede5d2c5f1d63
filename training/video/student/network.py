"""The student: a small fully convolutional network that finds people's middles and their boxes.

After Zhou et al., Objects as points, arXiv:1904.07850 (CenterNet): a map of how much each cell is
the middle of a person, and for each cell the distances to the four sides of the box. A person is a
peak of the map, so nothing has to be suppressed afterwards, and the export is `yolo-end2end`. A
pyramid of five levels is folded back to stride 8, and a pixel shuffle opens each cell to four: two
people who walk side by side are two peaks.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STRIDE = 4
"""Input pixels per cell of the map."""
MOST_PEOPLE = 100
"""Of one picture, the best first."""
WIDTHS = (16, 24, 48, 64, 80)
"""Channels at strides 2, 4, 8, 16, 32."""
_RARE = -4.6
"""Logit of 0.01: at first a network says that a cell is nobody's middle."""
_LARGEST = 6.0
"""Of the logarithm of a distance in cells: beyond every picture, and `exp` stays finite."""


class Convolution(nn.Sequential):
    """3 x 3 (or 1 x 1), normalised, rectified."""

    def __init__(self, into: int, out: int, *, stride: int = 1, size: int = 3) -> None:
        super().__init__(
            nn.Conv2d(into, out, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(out),
            nn.ReLU(inplace=True),
        )


class Block(nn.Module):
    """Two convolutions around which the input is handed on."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """The same shape."""
        return functional.relu(x + self.second(self.first(x)))


class StudentNet(nn.Module):
    """Pictures (n x 3 x height x width, 0..1) to raw maps (n x 5 x height / 4 x width / 4).

    The first channel is the logit of a middle, the others the logarithms of the distances from the
    cell's middle to the box's left, top, right and bottom, in cells.
    """

    def __init__(self) -> None:
        super().__init__()
        c2, c4, c8, c16, c32 = WIDTHS
        self.to_8 = nn.Sequential(
            Convolution(3, c2, stride=2),
            Convolution(c2, c4, stride=2),
            Convolution(c4, c8, stride=2),
            Block(c8),
        )
        self.to_16 = nn.Sequential(Convolution(c8, c16, stride=2), Block(c16))
        self.to_32 = nn.Sequential(Convolution(c16, c32, stride=2), Block(c32))
        self.from_32 = Convolution(c32, c16, size=1)
        self.from_16 = Convolution(c16, c8, size=1)
        opened = 8 // STRIDE
        last = nn.Conv2d(c8, 5 * opened**2, 1)
        self.tell = nn.Sequential(Convolution(c8, c8), last, nn.PixelShuffle(opened))
        nn.init.normal_(last.weight, std=0.01)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        nn.init.constant_(last.bias[: opened**2], _RARE)

    def forward(self, pictures: Tensor) -> Tensor:
        """The raw maps."""
        at_8 = self.to_8(pictures)
        at_16 = self.to_16(at_8)
        at_32 = self.to_32(at_16)
        at_16 = at_16 + _twice(self.from_32(at_32))
        at_8 = at_8 + _twice(self.from_16(at_16))
        return self.tell(at_8)


def boxes_of(maps: Tensor) -> Tensor:
    """Corners of each cell's box in input pixels: n x 4 x rows x columns, of raw maps."""
    rows, columns = maps.shape[2:]
    y = (torch.arange(rows, dtype=maps.dtype, device=maps.device) + 0.5).view(1, 1, -1, 1)
    x = (torch.arange(columns, dtype=maps.dtype, device=maps.device) + 0.5).view(1, 1, 1, -1)
    away = maps[:, 1:].clamp(max=_LARGEST).exp()
    return STRIDE * torch.cat(
        [x - away[:, 0:1], y - away[:, 1:2], x + away[:, 2:3], y + away[:, 3:4]], dim=1
    )


class Served(nn.Module):
    """The network as it is served: the peaks, best first, n x `MOST_PEOPLE` x 6.

    Left, top, right, bottom in input pixels, score, and class 0.
    """

    def __init__(self, network: StudentNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, pictures: Tensor) -> Tensor:
        """The peaks."""
        maps = self.network(pictures)
        middles = maps[:, :1].sigmoid()
        around = functional.max_pool2d(middles, 3, stride=1, padding=1)
        peaks = (middles * (middles >= around)).flatten(1)
        scores, cells = peaks.topk(MOST_PEOPLE, dim=1)
        boxes = boxes_of(maps).flatten(2)
        chosen = boxes.gather(2, cells.unsqueeze(1).expand(-1, 4, -1)).transpose(1, 2)
        scores = scores.unsqueeze(2)
        return torch.cat([chosen, scores, torch.zeros_like(scores)], dim=2)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")
