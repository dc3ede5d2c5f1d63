"""Cameras: decoding, detection, tracking, rules, and the stream that keeps them going.

`decode` is imported by the lean child too: this file and it import nothing heavy.
"""
