"""Rules by which nodes exchange catalogs; must not read a clock, a network or a database."""
