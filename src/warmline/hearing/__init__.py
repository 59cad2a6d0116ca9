"""From the caller's audio to words and turns. Only `listener` says that a turn is over."""
