"""Tapes on their way to a valuation: dropped, corrected, valued in the background."""
