"""Bytes of a file as grids of cells."""
