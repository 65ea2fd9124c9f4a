"""Synchronise registered nodes into this catalog (Art. 41)."""
