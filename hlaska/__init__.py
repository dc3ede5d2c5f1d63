"""The words and the laws of Hlaska: frozen records and pure functions that every part shares.

Nothing here knows a framework, and all but `settings` and the command line (`cli`, `checks`) reads
no file, clock or network. Import what you need from its module: `from hlaska.events import Event`.

    errors     what is raised on purpose, as a tree
    settings   what one machine decides, as HLASKA_* variables
    events     the one message everything exchanges
    kinds      which kinds of event there are
    sites      a guarded place and its sensors (cameras, microphones)
    ground     from pixels to metres to degrees
    tracks     frames, detections, tracks, states of a stream
    models     the model card
    sound      scores in, confirmed events and places out
    network    flows in, findings about hosts out
    rules      tracks in, findings out: one file a rule
    columns    names of all table columns
"""
