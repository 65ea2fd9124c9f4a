"""Actions, guards and the engine: translate between CKAN and the rules in core/."""
