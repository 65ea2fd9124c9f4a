"""Exchange of data: mounting tables, answering queries, processing to order (Art. 20, 22)."""
