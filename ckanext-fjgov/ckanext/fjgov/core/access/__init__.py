"""Who may see and use what; must not read settings or the database."""
