"""Reading, mapping, planning and reporting of spreadsheet imports, and the matching export.

It knows nothing of CKAN: bytes and a mapping go in, planned changes and a report come out.
"""
