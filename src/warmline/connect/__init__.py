"""HTTP calls that voice flows make, to the endpoints that the configuration names.

`request` and `outcome` are what flows ask and get; `endpoint` is one allowed peer, `address`
the rule for where it may live, `jsonpath` and `reply` read what it says. `exchange` is one try,
`client` all of them within one time limit. Knows no flow, no call and no audio.
"""
