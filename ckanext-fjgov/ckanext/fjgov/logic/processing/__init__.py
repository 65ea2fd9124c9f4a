"""Jobs of processing to order (定制): ordered, carried out by the worker, delivered, removed."""
