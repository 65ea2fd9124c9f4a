"""Catalogs recorded in files and served as signed feeds: nodes without a site of their own."""
