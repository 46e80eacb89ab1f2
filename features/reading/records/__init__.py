"""Packages in JSON."""
