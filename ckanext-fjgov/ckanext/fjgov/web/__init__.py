"""Pages, feeds and the gateway; must not hold a rule."""
