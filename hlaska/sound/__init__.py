"""What sounds mean: from scores to a confirmed event, from arrival times to a place. Pure.

    scores        the sounds that are listened for; chunks of sound, and a model's scores of them
    confirmation  several windows that overlap must agree
    status        how a microphone does, for those who look at it
    position      arrival times at microphones that know their place, to a place with its ellipse
    arrivals      which shot at one microphone is which at another
"""
