"""Runs models on live sources: from a sensor's address to an event in the journal.

ARCHITECTURE. Each hop is one noun and one file:

    video/source ─Frame→ video/pipeline ─Finding→ video/events ─Event→ outbox → gateway → journal
    audio/source ─Chunk→ audio/listener ─SoundFinding→ audio/clerk ─Event→ outbox …
    mqtt, foreign_routes ─alert→ alert_desk ─Event→ outbox …

- `video/` decodes in a killable child (`source`, `decode`), does with each frame what is to be
  done (`pipeline`: `motion`, `scorer`, `tracking`, the rules of `hlaska.rules`, `picture_health`),
  and is kept going by a thread per camera (`stream`). `scorer` is plain; `deployment` puts it on
  Ray Serve.
- `audio/` has the same few files for microphones; one child and one engine carry all of a host.
- `champion` keeps the model in service that an alias of the registry means (`aliases`), and
  puts a new version in its place without a request lost. Every replica and host follows by itself
  and switches within `champion.POLL_S` plus what loading takes: until all have, answers of both
  versions come, each with the version that made it. `video/shadow` lets a challenger look at what
  the champion saw (`handover`: nobody waits for it) and reports where the two differ; so do
  `audio/shadow` and `cyber/shadow` by way of `beside`, in the process that asks or answers.
  `shadow_report` is what all of them tell, `class_agreement` how they count classes.
- `foreign` reads the alerts of other makers' detectors by the mapping in the site file; `mqtt`
  fetches them, `foreign_routes` takes them over HTTP, `alert_desk` says once what is wrong.
- `outbox` sends through a local spool (`spool`), so that a lost hub loses no event. `health`,
  `connection`, `rate`, `backoff` and `asking` are what all streams have in common.
- `gateway` is the only door, a plain FastAPI application over `catalogs.journal`, `evidence`
  and what happens now (`live`); `client` is all that others know of it.
- `hosts` (Ray actors with many streams, and their supervisor), `deployments` and `apps` are the
  thin layer of Ray; `system` starts and ends everything on one machine for `hlaska up`.

A new model is a card under `catalogs/seeds`; a new output format of a detector is a decoder in
`video/yolo`.
"""
