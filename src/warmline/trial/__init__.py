"""Flows tried out without a caller: conversations as tests, coverage, whole calls in virtual time.

Knows no line, no clock and no server.
"""
