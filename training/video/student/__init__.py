"""A student that ships: a tiny detector for one fixed camera, taught by a large one.

A general detector is large because it must know every street. A camera that never moves sees one:
what the teacher makes of an hour of it is enough to train a network fifty times cheaper, from
nothing, without a label by hand. It knows that scene and no other.

ARCHITECTURE. Each floor knows only those below it:

    train       the whole way, as one run of MLflow
    choosing    how well student and teacher agree        export    to ONNX, equal to torch
    fitting     epochs                                    targets   what the network is to say
    augment     pictures that might have been             network   the student
    labels      what the teacher sees                     footage   the camera's pictures
    args        what can be chosen
"""
