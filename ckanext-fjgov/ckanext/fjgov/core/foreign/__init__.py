"""Catalogs that do not run this software: their records become canonical ones, strictly."""
