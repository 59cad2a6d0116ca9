"""Typed answers: from what was said or typed to a value, and back to speech. Pure.

Knows one question at a time; nothing of flows, calls, audio or the clock (`now` is given).
"""
