"""What words mean: intents by example phrases, answers by articles. Synchronous, no calls.

Texts go in, guesses with calibrated confidence come out; what follows from them is decided
elsewhere. Every result is a function of its inputs: nothing is drawn by chance.
"""
