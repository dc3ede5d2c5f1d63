"""Attacks on the network: one small file each. A window in, findings out.

A rule is shown every slice of some seconds, and the window of the last minutes with it. What it
measures is compared with a limit that is stated in its arguments and with what is usual for the
host (`Inventory.usual`). What is no alarm becomes usual. A new rule is one file here and one line
in `hlaska.network.watch.rules`.
"""
