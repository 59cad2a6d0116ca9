"""The WebRTC door: callers from a browser. Knows nothing of what a call does.

offer (what an SDP offer may hold) · ice (servers and their credentials) · messages (data channel)
arrivals, jitter, concealment, payloads (from packets to 20 ms frames)  - all of these are pure
engine (what a WebRTC stack must do) · aiortc_engine, codec, ear (the one that does it)
call (one caller, over all their connections) · calls (all of them) · door, whip (the routes)
"""
