"""Render the chart by Helm itself, and hold what comes out against Kubernetes' schemas.

Run in the environment of requirements-rules.lock: python deploy/check_chart.py
"""

import sys
from pathlib import Path

import helm_python
import kubernetes_validate
import yaml

CHART = Path(__file__).parent / "chart"
WARNING = 2
KUBERNETES = "1.31"
CASES = {
    "default": {},
    "everything": {
        "image": {"digest": "sha256:" + "0" * 64},
        "ingress": {"enabled": True, "className": "nginx"},
        "monitoring": {"enabled": True},
        "network": {"monitoring": [{"kubernetes.io/metadata.name": "monitoring"}]},
        "imagePullSecrets": [{"name": "registry"}],
    },
    "little": {
        "replicas": 1,
        "batches": {"replicas": 0},
        "persistence": {"enabled": False},
    },
}
REFUSED = {
    "a password among settings": {"settings": {"RECOUP_DATABASE_URL": "x"}},
    "an unknown value": {"replica": 3},
    "an image that moves": {"image": {"tag": "latest"}},
    "no replica": {"replicas": 0},
}
# Of the operator of Prometheus, not of Kubernetes.
FOREIGN = {"ServiceMonitor"}


def main() -> int:
    """Tell of every fault; 1 where there is any."""
    faults = [f"lint: {found}" for found in linted()]
    checked = 0
    with helm_python.Chart.load(str(CHART)) as chart:
        for case, values in CASES.items():
            for resource in rendered(chart, values):
                checked += 1
                faults += [f"{case}: {f}" for f in found_in(resource)]
        for case, values in REFUSED.items():
            if accepted(chart, values):
                faults.append(f"values.schema.json lets {case} pass")
    print("\n".join([*faults, f"{checked} resources, {len(faults)} faults"]))
    return 1 if faults else 0


def linted() -> list[str]:
    """What helm lint objects to."""
    told = helm_python.lint(str(CHART))
    return [
        f"{m['path']}: {m['error']}"
        for m in told["messages"]
        if m["severity"] >= WARNING
    ]


def rendered(chart: helm_python.Chart, values: dict) -> list[dict]:
    """Resources of a release with some values."""
    texts = chart.render(values, name="recoup", namespace="recoup")
    parsed = (
        yaml.safe_load_all(text)
        for name, text in texts.items()
        if not name.endswith(("NOTES.txt", ".tpl"))
    )
    return [resource for documents in parsed for resource in documents if resource]


def accepted(chart: helm_python.Chart, values: dict) -> bool:
    """Whether the schema of the values lets them pass."""
    try:
        chart.validate_schema(values)
    except helm_python.HelmValuesError:
        return False
    return True


def found_in(resource: dict) -> list[str]:
    """What is wrong with a resource."""
    name = f"{resource['kind']} {resource['metadata']['name']}"
    if resource["kind"] in FOREIGN:
        return []
    try:
        kubernetes_validate.validate(resource, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{name}: {error.message}"]
    pod = resource.get("spec", {}).get("template", {}).get("spec")
    return [f"{name}: {fault}" for fault in unguarded(pod)] if pod else []


def unguarded(pod: dict) -> list[str]:
    """What the restricted standard for pods asks for and a pod lacks."""
    faults = []
    if not pod["securityContext"].get("runAsNonRoot"):
        faults.append("may run as root")
    for container in [*pod["containers"], *pod.get("initContainers", [])]:
        context = container["securityContext"]
        if not context.get("readOnlyRootFilesystem"):
            faults.append(f"{container['name']} may write to its image")
        if context.get("allowPrivilegeEscalation", True):
            faults.append(f"{container['name']} may gain privileges")
        if context.get("capabilities", {}).get("drop") != ["ALL"]:
            faults.append(f"{container['name']} keeps capabilities")
        if "limits" not in container.get("resources", {}):
            faults.append(f"{container['name']} has no limit of memory")
    return faults


if __name__ == "__main__":
    sys.exit(main())
