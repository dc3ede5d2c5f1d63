"""Severities as marks of a plot: the shapes of `theme.SEVERITIES`, as far as Bokeh has them."""

MARKERS = ("circle_dot", "circle", "triangle", "diamond", "hex")
"""By severity, 0 to 4."""
SIZES = (9, 10, 12, 14, 15)
"""Pixels across, so that they look equally large or worse."""
