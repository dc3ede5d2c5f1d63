"""Makes models and judges them, with serving's own scorers: what is measured is what runs.

ARCHITECTURE. `video/` fits and exports, `evaluation/` holds the protocols, `runs` opens MLflow runs
and `registry/` is the life of a model there: registered, judged beside the champion, promoted and
rolled back. What is registered, `serving.models` loads.
"""
