"""From text to the caller's ear: clauses, synthesis, cache, what was really played."""
