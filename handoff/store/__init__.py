"""What is kept: tables, queries and migrations. Nothing here decides anything."""
