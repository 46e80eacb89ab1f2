"""What cells say, as columns of the catalogue."""
