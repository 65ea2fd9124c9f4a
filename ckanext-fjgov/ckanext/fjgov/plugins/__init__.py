"""Plugins: registration only."""
