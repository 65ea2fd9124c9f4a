"""Tables of the extension and the statements over them; must not decide anything."""
