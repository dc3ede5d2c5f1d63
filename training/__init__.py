"""Makes models and judges them, with serving's own scorers: what is measured is what runs.

ARCHITECTURE. `video/` fits and exports, `evaluation/` holds the protocols, `runs` opens MLflow runs
and `registry` registers models there; what they register, `serving.models` loads.
"""
