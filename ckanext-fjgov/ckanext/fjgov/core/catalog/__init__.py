"""What a catalogued record is and which values it may take; must not read a clock or a database."""
