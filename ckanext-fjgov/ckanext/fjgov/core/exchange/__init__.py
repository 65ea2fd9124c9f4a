"""Exchange of data: mounted tables (挂接), queries and processing to order (Art. 20, 22)."""
