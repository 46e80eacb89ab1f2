"""Colours: series that stand beside each other differ in a grey print as well."""

import pytest

from serving.charts import theme


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (theme.BLUE, theme.ORANGE),
        (theme.VERMILLION, theme.SKY),
        (theme.MUTED, theme.VERMILLION),
        (theme.PALE, theme.BLUE),
        (theme.PALE, theme.SKY),
        (theme.SKY, theme.BLUE),
    ],
)
def test_neighbours_differ_in_grey(one: str, other: str) -> None:
    assert _contrast(one, other) >= 1.5


@pytest.mark.parametrize("colour", [theme.INK, theme.MUTED])
def test_words_can_be_read(colour: str) -> None:
    assert _contrast(colour, theme.PAPER) >= 4.5
