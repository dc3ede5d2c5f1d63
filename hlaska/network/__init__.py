"""What traffic means: from flows to what a host did, and whether that is an attack. Pure.

    flows ─Conversations→ rules ─NetworkFinding→ (serving.cyber makes the Event)

- `flows`: the one typed table that every input becomes, a row a flow.
- `conversations`: flows of some seconds summed by who talked to whom about what; what rules, models
  and evidence look at.
- `network`: which addresses are inside, which asset an address is, which sensor it carries.
- `inventory`: what has been seen: hosts, their usual peers, ports and volumes by hour.
- `rules`: one small file an attack: a window of conversations in, findings out.
- `watch`: all rules on the slices of one feed; each activity is told once.
- `judging`: from the scores of models to findings.
- `window`: a table of conversations laid out for rules; `finding`, `evidence`: what comes of it.
- `features`: the numbers that models get, a row a conversation or a row a host and minute.
- `status`: how a feed does, for those who look at it.
"""
