"""The Asterisk doors: calls from a telephone system that people already have.

audiosocket (its messages, pure) · audiosocket_server (TCP) · channel (chan_websocket's messages,
pure) · alaw (G.711 A-law, pure) · websocket (`/asterisk/media`) · calls (what dialplan and doors
tell each other, pure) · http (`/asterisk/register`, `/asterisk/next`) · settings
"""
