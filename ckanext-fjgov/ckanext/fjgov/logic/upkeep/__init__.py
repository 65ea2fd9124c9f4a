"""Keeping catalogs up: overdue data and the yearly maintenance of directories."""
