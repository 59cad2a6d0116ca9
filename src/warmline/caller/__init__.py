"""A virtual caller: calls a running server from outside, in real time, and measures from audio.

Shares no code with the rooms that answer, only file reading and G.711. For `warmline call`
and the benchmarks.
"""
