"""Files of foreign sources: examples of each kind; see `docs/sources.md` for the grammar."""
