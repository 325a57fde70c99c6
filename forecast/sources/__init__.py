"""Public sources: what to read from them, the client that fetches, and a reader for each."""
