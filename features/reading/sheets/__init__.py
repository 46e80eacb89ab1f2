"""Grids of a workbook as raw tables."""
