"""What people look at: Panel views of a running system.

ARCHITECTURE. A dashboard knows the system only through `serving.client.Gateway`. One `Feed` in a
process holds the only live subscription and keeps the newest `World`; each session has a `Pump`
that brings the newest world to its views, at its own pace and never a backlog. A view is one file:
a `Part` (drawn in the browser by the script of the same name under `browser/`, fed with plain
values) or a Bokeh figure. `LiveThreat`, `History`, `ShiftReport`, `SourceHealth` and
`PilotEvaluation` (of reports, which the gateway keeps) put views together into pages;
notebooks/apps builds and serves them. Orders go out in other threads
(`OrderDesk`), questions about the past too (`Questions`): no session waits for the gateway. What is
written in the code is English; `language` looks up the rest.

A new dashboard is one file here with a `pn.viewable.Viewer`, and one notebook that serves it.
"""
