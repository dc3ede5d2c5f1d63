"""Guards the network that carries the sensors: from what tells of flows to events.

ARCHITECTURE. Each hop is one noun and one file:

    feed ─Parsed→ backlog ─flows→ judge ─Case→ reporter ─Event→ outbox

- `source` is the door: whatever tells of flows, opened by its address. `zeek`, `eve` and `tables`
  parse text (`lines`, `tail` follows what is still written); `netflow` decodes datagrams (`udp`,
  `templates`, `halves`, `pairing`); `capture` meters packets in a lean child (`metering`, `meter`).
  `parsed` cleans what all of them found (`values`, `sides`) and makes the one flow table. Parsers
  have no thread, no clock and no file of their own, and raise nothing but `SourceError`: the tests
  in `tests/fuzz` hold them to it.
- `feeds` opens what a site file names: a log is followed, a recording is played (`replay`).
- `judge` runs the rules (`hlaska.network.watch`) and the models on flows. It has no thread and no
  clock: `hlaska replay` and evaluation run recordings through the same class.
- `scorer` runs a model on rows of features; plain, without Ray. `deployment` puts both on Ray
  Serve. `drift` tells when traffic is not what they were trained on: then nobody listens to them.
  `shadow` lets a challenger look at what the models were asked.
- `events` writes down what was found, with its conversations as evidence; `hosts` says how the
  network does.
- `stream` keeps one feed going; its `backlog` is bounded, and thinned out under a burst.
- `picture_guard` ties a camera's picture that is not well to trouble on the network.
- `commands` is `hlaska replay`.
"""
