"""Keeping a catalog up: freshness of data (Art. 13) and the yearly maintenance (Art. 17).

Must not look anything up: the caller states the facts and the day.
"""
