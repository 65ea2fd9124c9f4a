DROP TABLE fjgov_rdf_fragment, fjgov_rdf_state;
