from datetime import date

import pytest

from models.recovery.level_move import LevelMove, LevelMoves


def moves(overall: float, **segments: float) -> LevelMoves:
    def move(factor: float) -> LevelMove:
        return LevelMove(
            claims=1_234, ratio=factor - 0.05, factor=factor, shift=factor - 1
        )

    named = {name: move(factor) for name, factor in segments.items()}
    return LevelMoves(until=date(2025, 12, 31), overall=move(overall), by_segment=named)


@pytest.mark.parametrize(
    ("told", "tells"),
    [
        (moves(0.7), True),
        (moves(1.2), True),
        (moves(0.98), False),
        (moves(0.98, mortgage=0.6), True),
        (moves(0.98, mortgage=1.08), False),
    ],
)
def test_only_a_move_that_matters_is_told(told: LevelMoves, *, tells: bool) -> None:
    assert told.tells is tells


def test_factors_stand_by_name_for_a_log() -> None:
    assert moves(0.9, mortgage=0.6).factors() == {"overall": 0.9, "mortgage": 0.6}


def test_moves_are_told_with_ratio_claims_and_segments_in_two_languages() -> None:
    told = moves(0.9, mortgage=0.6)
    for words, name in ((told.words(), "mortgage 0.60"), (told.words_zh(), "按揭")):
        for figure in ("0.85", "0.90", "1,234", "0.60", "0.55", "2025-12-31", name):
            assert figure in words
    assert "apart" not in moves(0.9).words()
    assert "单独调整" not in moves(0.9).words_zh()
