"""Worker processes for the models, kept alive, behind a queue with priorities."""
