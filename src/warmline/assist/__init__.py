"""What helps a person with a call: the handoff packet, summaries, mood, hints, checklists. Pure.

Reads the call's facts and the flow; talks to nobody. What becomes of the results is decided in
`desk` and in the call itself.
"""
