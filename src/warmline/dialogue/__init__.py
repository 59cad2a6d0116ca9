"""Decides what is said next: the machine that walks callers through flows. Pure.

Knows nothing of files, audio, the network or the clock: facts come in, commands go out.
"""
