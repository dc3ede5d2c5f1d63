"""Trains the network that hears, and makes what it learns from.

ARCHITECTURE. Each floor knows only those below it:

    train        the whole way, as one run of MLflow
    operating    from which score on a sound counts      pictures   what a run shows of itself
    fitting      epochs                                  export     calibrated, to ONNX
    network      from the waveform to scores             task       windows and their labels
    corpus       soundscapes, made once
    synthesis    sounds in the noise of a street         microphones   what those make of it
    material     sounds and streets of one split         labels     what is heard when
    recordings   real ones, by split

`efficientat` brings another maker's tagger into the same form, to be compared.
"""
