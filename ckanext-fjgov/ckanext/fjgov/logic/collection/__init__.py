"""The collection catalog at work: reports, decisions, checks, and the feed to the cities."""
