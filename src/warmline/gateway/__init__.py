"""The callers' doors: they turn a transport into a `Line`. Know nothing of what a call does.

leg (the caller's leg, the same for all doors) with playout (pacing, pure), intake (caller's
audio, pure) and silence (a far end that sends nothing, pure)
far_end (what a door brings) · link (one WebSocket) · tokens (who may come in)
socket and wire (the door `/audio`) · protocol (what uvicorn must do otherwise)
"""
