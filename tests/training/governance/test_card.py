import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import mlflow
import numpy as np
import pytest
from mlflow import MlflowClient

from features.console import run as run_program
from features.errors import NotFoundError, StoreError
from features.outcomes import History
from models.recovery.contradicted import Contradicted
from models.recovery.out_of_time import LatestYear
from training.__main__ import program
from training.config import Config
from training.evaluation import Evaluation
from training.fingerprint import fingerprint
from training.governance.decisions_log import Decision, DecisionLog, Kind, read_log
from training.governance.facts import Card, DataFacts, SegmentFacts
from training.governance.gate import Rule
from training.governance.limits import limits
from training.governance.pages import CARD_FACTS, read_card, render, standing
from training.growing import Elsewhere
from training.mlflow_store import open_store
from training.pipeline import Trained
from training.registry import Registered

SUFFIXES = ("html", "md")
HOSTILE = '<script>alert("x")</script>|*bold*'


class Page(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture
def client_of_registered(store: str, registered: list[Registered]) -> MlflowClient:
    assert store
    assert registered
    client: MlflowClient = open_store()
    return client


@pytest.fixture
def card(client_of_registered: MlflowClient) -> Card:
    """The card of the version that was registered second."""
    return read_card(client_of_registered, 2)


def decision(kind: Kind, version: int, number: int, **words: Any) -> Decision:
    return Decision(
        kind=kind,
        by="Wang Li",
        from_version=1,
        from_sha256="1" * 64,
        version=version,
        sha256="2" * 64,
        number=number,
        at=datetime(2026, 11, 22, 10, number, tzinfo=UTC),
        previous="0" * 64,
        **words,
    )


def test_the_facts_are_those_of_the_history(
    card: Card, history: History, trained: Trained, registered: list[Registered]
) -> None:
    assert (card.version, card.run_id) == (2, registered[1].run_id)
    assert card.sha256 == trained.model.sha256
    data = card.data
    assert data.fingerprint == fingerprint(history)
    assert data.claims == len(history) == sum(s.claims for s in card.segments)
    days = history.package.claims["cutoff_date"].to_pylist()
    assert (data.first_cutoff, data.last_cutoff) == (min(days), max(days))
    status = history.workouts["status"].to_pylist()
    assert data.open_share == pytest.approx(status.count("open") / len(status))
    yuan = sum(s.claim_yuan for s in card.segments)
    assert data.claim_yuan == pytest.approx(yuan)


def test_the_figures_are_those_of_the_evaluation(
    card: Card, evaluation: Evaluation, config: Config
) -> None:
    figures = evaluation.figures()
    assert {str(y.year) for y in card.years} == set(figures["years"])
    for year in card.years:
        told = figures["years"][str(year.year)]
        assert year.figures["model"] == told["model"]
        assert year.figures["segment_table"] == told["segment_table"]
        assert year.trained == told["trained_claims"]
    assert card.summary["mean_crps"] == figures["mean_crps"]
    assert sum(t.claims for t in card.calibration) == len(evaluation.claims())
    assert card.configuration == config.model_dump(mode="json")


def test_the_recalibration_can_be_audited(
    card: Card, trained: Trained, history: History
) -> None:
    audit, reference = card.reference, trained.reference
    assert audit.claims == len(reference.rows)
    assert audit.expected_rate == pytest.approx(float(np.mean(reference.score)))
    assert audit.realised_rate == pytest.approx(float(np.mean(reference.rate)))
    assert audit.level == reference.level
    days = history.take(reference.rows).package.claims["cutoff_date"].to_pylist()
    assert audit.last_cutoff == max(days)


def test_pages_and_facts_are_artefacts_of_the_run(
    client_of_registered: MlflowClient, registered: list[Registered]
) -> None:
    for version in registered:
        files = client_of_registered.list_artifacts(version.run_id, "card")
        assert {f.path for f in files} == {
            CARD_FACTS,
            "card/model-card.html",
            "card/model-card.md",
        }
    first, second = (
        mlflow.artifacts.load_text(f"runs:/{r.run_id}/card/model-card.md")
        for r in registered
    )
    assert "crowned as the first version, compared with none, by" in first
    assert "Approval: not approved yet." in second


def test_a_page_stands_alone_and_runs_nothing(card: Card) -> None:
    text = render(card, DecisionLog(), "html")
    page = Page(text)
    assert page.tags.count("svg") >= 3
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not {"src", "href", "xlink:href", "data"} & names
    assert not [name for name in names if name.startswith("on")]
    assert "url(" not in text
    assert "@import" not in text
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in (
        page.attributes
    )


def test_pictures_do_not_share_names(card: Card) -> None:
    names = [
        v for n, v in Page(render(card, DecisionLog(), "html")).attributes if n == "id"
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_text_from_outside_is_shown_and_never_obeyed(card: Card, suffix: str) -> None:
    data = card.data.model_copy(update={"source": HOSTILE})
    hostile = card.model_copy(update={"data": data})
    log = DecisionLog((decision("forced", 2, 1, reason=HOSTILE),))
    page = render(hostile, log, suffix)
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") == 2
    if suffix == "md":
        assert r"\|\*bold\*" in page


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_simulated_data_are_called_so(card: Card, suffix: str) -> None:
    banner = "SIMULATED DATA: every figure below"
    assert banner in render(card, DecisionLog(), suffix)
    data = card.data.model_copy(update={"simulated": False, "source": "bank"})
    real = render(card.model_copy(update={"data": data}), DecisionLog(), suffix)
    assert banner not in real
    assert "these claims never existed" not in real


def test_rows_of_markdown_have_as_many_cells_as_their_heads(card: Card) -> None:
    rule = Rule("CRPS", 0.1, 0.2, "below 0", False, "difference +.1")
    judged = decision("refused", 2, 1, figures=({**vars(rule)},))
    page = render(card, DecisionLog((judged,)), "md")
    tables = re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE)
    assert len(tables) == 9
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(widths) == 1, table


def test_the_gate_of_the_last_decision_is_shown(card: Card) -> None:
    rule = Rule("CRPS", 0.1, 0.2, "95% interval below 0", False)
    refused = decision("refused", 2, 1, figures=(vars(rule),))
    page = render(card, DecisionLog((refused,)), "html")
    assert "The gate, as this version was last judged" in page
    assert "95% interval below 0" in page
    assert "NOT MET" in page
    assert "The gate, as" not in render(card, DecisionLog(), "html")


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        ((), "not approved yet"),
        ((("crowned", 1),), "not approved yet"),
        ((("refused", 2),), "not approved: refused by the gate"),
        (
            (("promoted", 2),),
            "approved through the gate by Wang Li on 2026-11-22 10:01 UTC; champion",
        ),
        (
            (("forced", 2), ("promoted", 3)),
            "approved PAST THE GATE by Wang Li on 2026-11-22 10:01 UTC; no longer "
            "champion",
        ),
        (
            (("promoted", 2), ("promoted", 3), ("rolled_back", 2)),
            "champion again by a roll-back by Wang Li on 2026-11-22 10:03 UTC; "
            "champion",
        ),
    ],
)
def test_the_card_says_who_approved_and_when(
    kinds: tuple[tuple[Kind, int], ...], told: str
) -> None:
    log = [decision(kind, version, n) for n, (kind, version) in enumerate(kinds, 1)]
    assert standing(2, DecisionLog(tuple(log))) == told


def segment(name: str, claims: int = 500, **tested: float) -> SegmentFacts:
    return SegmentFacts(
        name=name, zh="", claims=claims, claim_yuan=1e6, open_share=0.2, tested=tested
    )


def told_limits(history: History, card: Card, *parts: SegmentFacts, **data: Any) -> str:
    facts: DataFacts = card.data.model_copy(update=data)
    told = limits(history, facts, parts, date(2022, 6, 30), Elsewhere())
    return "\n".join(limit.en for limit in told)


def test_claims_on_a_cluster_are_told(history: History, card: Card) -> None:
    told = limits(history, card.data, (), date(2022, 6, 30), Elsewhere(claims=1_200))
    assert any(
        t.en.startswith("Its trees grew from 1,200 further claims") for t in told
    )
    assert "further claims" not in told_limits(history, card)


def test_limits_stand_in_two_languages(card: Card) -> None:
    assert len(card.limits_zh) == len(card.limits)
    assert "以模拟债权训练" in card.limits_zh[0]
    assert "回收水平由基准日至" in "".join(card.limits_zh)


def test_limits_of_segments_are_computed(history: History, card: Card) -> None:
    told = told_limits(
        history,
        card,
        segment("card", 49, actual_to_expected=1.051),
        segment("mortgage", actual_to_expected=0.96),
        segment("auto"),
    )
    assert "Saw 49 claims of card, fewer than 50" in told
    assert "Claims of card paid 1.051 of what was expected" in told
    assert "Claims of mortgage paid" not in told
    assert "No claim of auto was tested out of time." in told
    assert "Never saw a claim of: corporate_secured, corporate_unsecured" in told


def test_limits_of_data_are_computed(history: History, card: Card) -> None:
    told = told_limits(history, card)
    assert "Learnt from SIMULATED claims" in told
    assert "does not say when cash came" not in told
    assert "cut off until 2022-06-30" in told
    assert "This history never states: city, employees" in told
    untimed = told_limits(history, card, simulated=False, timing_observed=False)
    assert "SIMULATED" not in untimed
    assert "does not say when cash came" in untimed


def test_a_moved_market_and_narrow_ranges_are_limits(
    history: History, card: Card, evaluation: Evaluation
) -> None:
    moved = LatestYear(
        until=date(2025, 12, 31),
        claims=900,
        ratio=0.5,
        low=0.8,
        high=1.2,
        earlier_years=10,
        departs=True,
    )
    narrow = tuple(
        replace(w, foretold=replace(w.foretold, rate=w.realised_rate * 0 + 2.0))
        for w in evaluation.windows
    )

    def limits_of(tested: Evaluation) -> str:
        known = (date(2022, 6, 30), Elsewhere(), tested)
        return "\n".join(limit.en for limit in limits(history, card.data, (), *known))

    found = limits_of(replace(evaluation, latest=moved, windows=narrow))
    assert "paid 0.50 of what claims of the same segment and age" in found
    assert "held 0% of what came" in found
    assert "narrower than they say" in found
    calm = moved.model_copy(update={"departs": False})
    sound = limits_of(replace(evaluation, latest=calm))
    assert "paid 0.50" not in sound
    worse = tuple(replace(w, crps=w.crps + 1.0) for w in evaluation.windows)
    beaten = limits_of(replace(evaluation, windows=worse))
    assert "Beaten out of time by segment_table" in beaten
    assert ("narrower than they say" in sound) == evaluation.ranges.narrow


def test_a_direction_that_was_let_go_is_a_limit(history: History, card: Card) -> None:
    against = Contradicted(features=("coverage",), saved_share=0.031)
    known = (date(2022, 6, 30), Elsewhere(), None, None)
    first = [limits(history, card.data, (), *known, c) for c in (against, None)]
    told, silent = ([x for x in found if "contradicts" in x.en] for found in first)
    assert not silent
    assert "more the higher their coverage" in told[0].en
    assert "3.1%" in told[0].zh


def test_a_field_that_is_stated_is_no_limit(history: History, card: Card) -> None:
    claims = history.package.claims
    place = claims.column_names.index("city")
    field = claims.schema.field("city")
    named = claims.set_column(place, field, [["Wuhan"] * len(claims)])
    package = replace(history.package, claims=named)
    told = told_limits(replace(history, package=package), card)
    assert "This history never states: employees" in told


def test_an_unknown_version_has_no_card(client_of_registered: MlflowClient) -> None:
    with pytest.raises(NotFoundError, match="no version 99"):
        read_card(client_of_registered, 99)


def test_a_damaged_card_is_told(two: MlflowClient) -> None:
    run_id = two.get_model_version("recovery", "2").run_id
    two.log_text(run_id, "{}", CARD_FACTS)
    with pytest.raises(StoreError, match="the card of version 2 is damaged"):
        read_card(two, 2)


@pytest.mark.usefixtures("client_of_registered")
def test_the_verb_writes_html_and_markdown(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def verb(*words: str) -> str:
        with pytest.raises(SystemExit) as left:
            run_program(program, ["card", "2", *words])
        assert left.value.code == 0
        return capsys.readouterr().out

    page = tmp_path / "out" / "card.html"
    verb("--out", str(page))
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    log = read_log(open_store())
    assert verb() == render(read_card(open_store(), 2), log, "md") + "\n"


def test_a_promoted_version_keeps_the_card_it_was_approved_with(
    card: Card, two: MlflowClient, capsys: pytest.CaptureFixture[str]
) -> None:
    """The store of two versions comes last, so that the verb works on it."""
    run_id = two.get_model_version("recovery", "2").run_id
    two.log_text(run_id, card.model_dump_json(), CARD_FACTS)
    words = ["promote", "2", "--by", "Wang Li", "--reason", "quarterly retraining"]
    with pytest.raises(SystemExit):
        run_program(program, words)
    assert "warning: no approved card" not in capsys.readouterr().err
    for suffix in SUFFIXES:
        path = f"runs:/{run_id}/card/approved-000001.{suffix}"
        page = mlflow.artifacts.load_text(path)
        assert "approved through the gate by Wang Li" in page
        assert "quarterly retraining" in page
