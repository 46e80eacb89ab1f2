"""Trouble that is met at every look, and told when it begins or changes."""

from logging import Logger


class Trouble:
    """One thing that may go wrong twice a second for days.

    Attributes:
        told: What is wrong; None while nothing is.
    """

    def __init__(self, log: Logger, effect: str, told: str | None = None) -> None:
        """Nothing is wrong yet, or what is said to be without a line.

        Args:
            log: Where it is told.
            effect: What comes of it, for the line.
            told: What need not be told.
        """
        self._log, self._effect = log, effect
        self.told = told

    def met(self, error: Exception) -> None:
        """Tell what is wrong, unless that was told last."""
        if str(error) != self.told:
            self._log.warning("%s: %s", self._effect, error)
        self.told = str(error)

    def over(self) -> None:
        """Nothing is wrong any more: the next time it is told again."""
        self.told = None
