"""People: who waits, who helps whom, and the agents' and supervisors' pages.

Knows calls only through `ports.people`; nothing that a call needs depends on this room.
"""
