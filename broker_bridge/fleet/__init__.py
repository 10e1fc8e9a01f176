"""The pure fleet index: query language, search and aggregations over things and their shadows."""
