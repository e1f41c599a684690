"""Stories with a database, from the source to the invoice."""
