"""Stories that need sales orders beside billing requests."""
