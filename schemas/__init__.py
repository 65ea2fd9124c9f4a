"""What a record is: scheming schemas as package data."""
