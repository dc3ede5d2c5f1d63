"""Plays a scripted day (`catalogs.exercise`): `hlaska exercise run` and `hlaska exercise score`.

    performed   what comes out: events, when each arrives, and what it belongs to
    telling     scripted events, those of foreign detectors through the mapping of the site file
    listening   sounds, through the sound model of every ear that is near enough
    intrusion   an attack on the network, through rules and flow models
    filming     a piece of film, through the detector, the tracker and the rules of its camera
    tying       trouble of a camera's picture and of its network, by the picture guard
    perform     a whole script; what is missing on this machine is scripted, and said so
    simulate    into a picture, with a clock that is made: for scores
    play        into a running gateway, at a pace that somebody can follow
    systems     whose picture is scored, and by which figures
    tables      what is shown

Every event says in its attribute `exercise` whether a real scorer made it (`scored`) or nobody did
(`scripted`).
"""
