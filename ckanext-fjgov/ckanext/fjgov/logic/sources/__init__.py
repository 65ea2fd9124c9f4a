"""Foreign sources: from their file to a node that the sync engine reads."""
