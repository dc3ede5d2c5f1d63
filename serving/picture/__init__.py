"""The picture: one explained threat level for each zone, one queue of alerts, for a dispatcher.

ARCHITECTURE. Each hop is one noun and one file:

    journal ─Event→ picture ─Alert, LevelChange→ alert store ─→ routes ─→ dashboards
                       └────────Threats────────→ gateway ─────────────────────↗
    dispatcher ─Orders, SilenceOrder→ routes ─→ alert store

- `picture` holds one site: it takes the journal's events in order, gives them to
  `hlaska.threat.assessor` and `hlaska.alerts.grouping`, and stores what changed together with how
  far it has read, in one transaction: after a restart nothing is lost or doubled. It has no thread
  and no clock: tests and the exercise run it on recorded days. `past` is what it rebuilds from;
  `verdicts` takes back evidence that was found to be nothing.
- `keeper` is the thread that steps a picture as time passes, and goes on after a fault.
- `deployment` puts one keeper a site on Ray Serve.
- `routes` are what the gateway offers of it: levels, alerts, orders, silences, playbooks, the audit
  log and `labels`; `calls` is the client's half; `figures` are for Prometheus.
- `playbooks` reads the recommended actions, `playbooks.yaml`, and checks them before anything
  starts.
"""
