"""Local stack, Solr node and deployment helpers; no part of the installed extension."""
