"""Processing to order (定制): orders over granted tables, as data, rules and SQL (Art. 22)."""
