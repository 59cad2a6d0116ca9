"""The door for telephone networks that speak Twilio's Media Streams, and their dialects.

settings, signature, strict_json, fields, formats, messages, commands, order, limits, twiml,
instructions and calls decide (pure) · gate (who may come in) · pump, media (a stream as a line)
transfer, rest (to a person) · door (the routes)
"""
