"""Where valuations and all that belongs to them are kept: tables and migrations."""
