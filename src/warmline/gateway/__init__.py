"""The callers' doors: they turn a transport into a `Line`. Know nothing of what a call does.

wire (messages and their order, pure) · playout (pacing, pure) · intake (caller's audio, pure)
line (the caller's leg) · socket (the door `/audio`) · protocol (what uvicorn must do otherwise)
"""
