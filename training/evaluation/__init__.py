"""Protocols: what is measured, on what, and how. They run serving's own code, nothing like it."""
