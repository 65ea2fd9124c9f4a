"""Which values a record may take: code lists as package data."""
