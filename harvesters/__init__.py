"""Readers of other nodes and sources; must not write to the catalog."""
