"""Trains the models that guard the network, and makes what they learn from.

ARCHITECTURE. Each floor knows only those below it:

    train          the whole way, as one run of MLflow
    attacks        the supervised model: fit, calibrated, its operating points
    anomalies      the unsupervised model: fit on quiet days, its threshold
    export         to skops, with a card
    operating      alarms, and from which score on they are few enough
    windows        made days as rows of features with the truth       days   which days are for what

`nsl_kdd` is a benchmark apart: its features cannot be computed from flows.
"""
