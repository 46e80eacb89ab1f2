"""What was done, by whom and to what: a log that shows when it was tampered with."""
