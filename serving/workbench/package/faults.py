"""What of a form about a package cannot be used, in the words of that form."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from features.errors import Finding
from features.findings import shortened
from serving.workbench.findings import reason_of
from serving.workbench.package.typed import Typed
from serving.workbench.view import View


@dataclass(frozen=True)
class Fault:
    """What cannot be used.

    Attributes:
        label: Of its field, as the form has it.
        value: What was typed there; None where nothing was.
        reason: What is wrong and what to do about it.
    """

    label: str
    value: str | None
    reason: str

    @property
    def sentence(self) -> str:
        """The same in one line."""
        shown = f" “{self.value}”" if self.value else ""
        return f"{self.label}{shown}: {self.reason}"


def faults_of(
    view: View,
    section: str,
    findings: Iterable[Finding],
    typed: Typed,
    field_of: Callable[[str], str],
) -> list[Fault]:
    """What is wrong with a question, at the fields of the form that asked it.

    Args:
        view: Whose language it is told in.
        section: Of the texts, which call a field ``field_NAME``; where its name ends in
            a year, what comes before.
        findings: What is wrong with the question.
        typed: The form.
        field_of: Name of a field of the form by that of the question.
    """
    return [
        _fault(view, section, finding, typed, field_of(finding.field or ""))
        for finding in findings
    ]


def _fault(
    view: View, section: str, finding: Finding, typed: Typed, name: str
) -> Fault:
    stem, _, year = name.rpartition("_")
    if not year.isdigit():
        stem = name
    value = typed.word(name)
    return Fault(
        view.text(f"{section}.field_{stem}", year=year),
        None if value is None else shortened(value),
        reason_of(finding, view, typed.unit),
    )
