"""Parts of the reader of tapes; features/tape.py is its door."""
