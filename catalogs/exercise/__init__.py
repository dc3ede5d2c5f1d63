"""A match day that never happened: what each sensor would tell, and what a dispatcher should see.

ARCHITECTURE. Each floor knows only those above it in this list:

- `cues`: what happens, as a script holds it: a sound, an attack on the network, a piece of film, or
  the very event of a sensor of which no recording exists.
- `truth`: what a dispatcher should see of it: which levels, and whether an alert.
- `places`: where it happens: the cameras, detectors and zones of the site.
- `incidents` and `background`: one function for each thing that can happen.
- `script`: the whole day, drawn from a seed.
- `score`: how well levels and alerts followed the truth; `baselines`: two that need no sensor.

Pure and seeded. `serving.exercise` plays a script through the real scorers.

NO TUNING. The ranges in `truth` were written down before any day was scored, from what a dispatcher
would want. No weight, half-life or reach of `hlaska.kinds`, and no threshold of `hlaska.threat` or
`hlaska.alerts`, may be chosen by what is scored here: then the figures would mean nothing.
"""
