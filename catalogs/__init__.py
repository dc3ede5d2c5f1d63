"""What the city has: data sets, site files, seeds of models, and the journal of what happened.

ARCHITECTURE. Four things that know nothing of each other:

- `datasets` by name: `entries` (what `datasets.yaml` may say; `listings/` names the files of large
  ones), `fetching` (sources in order), `web`, `debian` (the sources), `checksums`; `readers` and
  `tsai` read what was fetched. Some are made on this machine by `recipes`: `sounds/`, `traffic/`.
- `sites`: the YAML files under `sites/`, and errors with file, key and line (`documents`).
  `exercise/` is a match day at one of them: its script by seed, its truth, its score.
- `seeds`: a folder for each model that a fresh install starts with, holding its card.
- `journal`: the append-only store, on SQLite or PostgreSQL (`databases`, `migrations`). In the same
  database `alerts` keeps what was made of the events (`alert_rows`, `alert_changes`, `level_rows`,
  `alert_events`: which event is whose), what people ordered (`silence_rows`), who did what
  (`audit_log`), and what it taught (`labels`); `results` keeps reports of what was measured.

A new data set is one entry in `datasets.yaml`; a new site is one file.
"""
