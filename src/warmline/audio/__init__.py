"""Samples and files: frames, rechunking, G.711, resampling. Knows nothing of calls."""
