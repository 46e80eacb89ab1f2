"""Guarantors whom claims name in cells of their own."""
