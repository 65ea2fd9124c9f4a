"""How an entry leaves the catalog: RDF and GB/T 21063.3 XML; reads no database and no clock."""
