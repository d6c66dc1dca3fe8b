"""Runs of the deployment's own validator, by the command that the profile names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fixtures.clients.commands import Completed
from fixtures.clients.operations import Operations
from fixtures.clients.outcomes import ClientError
from fixtures.probes.deployment_validation import Report, read_report

COMMAND = "validate_deployment"


@dataclass(frozen=True)
class Run:
    """One run and what it reported."""

    completed: Completed
    report: Report
    began: datetime
    ended: datetime

    @property
    def ok(self) -> bool:
        """Whether the command says by its exit code that the deployment is sound."""
        return self.completed.ok

    @property
    def evidence(self) -> str:
        """Where the run is recorded."""
        return str(self.completed.evidence)

    def problems(self, name: str) -> list[str]:
        """Why the success of one of its checks cannot be believed."""
        return self.report.problems(name, self.began, self.ended)

    def explain(self, expected: str) -> str:
        """A message for an assertion."""
        return self.completed.explain(expected)


def run_validator(operations: Operations, api_url: str) -> Run:
    """Have the instance at a URL validated; raises ClientError where there is no report."""
    began = datetime.now(UTC)
    completed = operations.run(COMMAND, api_url=api_url)
    try:
        report = read_report(completed.stdout)
    except ValueError as error:
        raise ClientError(
            f"The validator gave no report: {error}\n{completed.explain('a report as JSON')}"
        ) from None
    return Run(completed, report, began, datetime.now(UTC))
