"""Collateral that stands in the rows of claims, and items that have no identifier."""
