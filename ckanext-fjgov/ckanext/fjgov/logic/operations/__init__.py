"""Operation of nodes: what is due, what is wrong, what waits for a person."""
