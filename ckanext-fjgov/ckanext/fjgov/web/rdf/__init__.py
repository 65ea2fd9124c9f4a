"""RDF at the edge: reads masked dictionaries through actions, serialises with core/export."""
