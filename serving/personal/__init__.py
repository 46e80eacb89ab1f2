"""What identifies the persons behind claims: under lock, shown to few, destroyed."""
