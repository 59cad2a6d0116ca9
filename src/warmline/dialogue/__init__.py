"""Decides what is said next: flows from files, understanding, the machine. Pure but for loader.

Knows nothing of audio, of the network or of the clock: facts come in, commands go out.
"""
