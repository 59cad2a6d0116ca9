"""One call: who has the floor, what is logged, and the session that ties the rooms together."""
