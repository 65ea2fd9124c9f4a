"""The programming interface described as OpenAPI 3.1, from the schemas and actions themselves."""
