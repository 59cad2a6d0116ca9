"""How a database of any earlier version becomes one of this version, step by step.

Each file of `versions` is one step and never changes once it was published: it repeats the
tables as they were then and knows nothing of `schema`. Knows alembic's operations only.
"""
