"""Voice flows as authors write them: read, checked, explained, drawn, and made ready to run.

Knows no call: what becomes of a flow is decided in `dialogue`. Only `loader`, `includes` and
`files` touch files.
"""
