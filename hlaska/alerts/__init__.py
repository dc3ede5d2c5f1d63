"""Alerts: what a dispatcher has to deal with, one per activity, from new to resolved.

    alert       the records: an alert, what was done about it
    changes     the next version of an alert, with a line in its history
    actions     what a dispatcher can do, and what each does to an alert (the state machine)
    belonging   which events are one activity
    joining     what an event makes of an alert
    telling     when an alert is told again; when it escalates
    grouping    all that together: the alerts of a site in memory
    silences    what is not to be told of, for how long; life-safety needs a second person
    audit       one line of the log that shows when it was tampered with
    queue       what to look at first

Pure: an alert never changes, each step makes the next one with a greater `version`.
`catalogs.alerts` stores them, `serving.picture` applies grouping to the journal, the gateway
applies actions.
"""
