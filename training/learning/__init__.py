"""Learning from the shift: what dispatchers found out, and how sensors change.

ARCHITECTURE. `verdicts` makes judged alarms of labels and refuses those that contradict each other;
`thresholds` says what a higher operating point would have done to them; `proposal` puts that into a
new version of the model and a report, and the registry's gate judges it like any other candidate.
`looks` samples what a sensor gives, `drift` compares two such samples. `commands` are
`hlaska retrain` and `hlaska drift`.
"""
