"""Warmline: a self-hosted voice IVR and agent-assist server.

Rooms along the call, in the order a voice passes them::

    caller > gateway > hearing > call > dialogue > call > speaking > gateway > caller
                                 | every fact, numbered
                                 +-> call.feed > records, metrics
"""

__version__ = "0.1.0"
