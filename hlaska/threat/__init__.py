"""How threatened each place is: evidence -> a level 0..4, explained.

    whereabouts  how far an event is from each zone, and which sensors watch over a zone
    weighing     what evidence is worth, in nats of log odds: the open formula
    exposure     how many people are at risk, and what that adds
    told         what one sensor told: as much of it as can matter, however much it repeats itself
    outlook      one place over time: what its level was, what is shown, and when that falls
    levels       the records that come out: levels with all that they rest on
    assessor     puts these together; the same events give the same levels, in any order

Pure: no clock, no I/O. `serving.picture` feeds it from the journal.
"""
