"""What is deployed says one thing everywhere, keeps no secret, and is what compose, GitHub and Docker take."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from database import ROOT
from grafana import BOARDS
from test_boards import provisioned

DEPLOY = ROOT / "telemetry-collector" / "deploy"
WORKFLOWS = ROOT / ".github" / "workflows"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.compose-spec", [DEPLOY / "compose.yaml"]),
        ("vendor.github-workflows", sorted(WORKFLOWS.glob("*.yml"))),
    ],
    ids=["compose", "workflows"],
)
def test_it_is_valid_by_the_published_schema(schema: str, paths: list) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_the_dockerfile_is_one() -> None:
    checked = subprocess.run(
        [Path(sys.prefix) / "bin" / "hadolint", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    # The image of the collector says so itself.
    user = (
        service.get("user") or re.search(r"^USER (.+)$", text("telemetry-collector/deploy/Dockerfile"), re.MULTILINE)[1]
    )
    assert user.split(":")[0] not in ("", "0", "root")
    assert "healthcheck" in service or service["restart"] == "no"
    # Reached from outside only where its owner says so.
    assert all(re.match(r"\$\{\w+:-127\.0\.0\.1:\d+\}:\d+$", port) for port in service.get("ports", []))


def test_passwords_come_from_the_environment_and_must_be_there() -> None:
    said = text("telemetry-collector/deploy/compose.yaml")
    passwords = {
        name: value
        for service in COMPOSE["services"].values()
        for name, value in service["environment"].items()
        if "PASSWORD" in name
    }
    assert passwords and all(re.match(r"\$\{\w+PASSWORD(:\?.+)?\}$", value) for value in passwords.values())
    example = re.findall(r"^([A-Z_]+)=$", text("telemetry-collector/deploy/.env.example"), re.MULTILINE)
    assert set(re.findall(r"\$\{(\w+):\?", said)) == set(example) and len(example) == 3
    assert not re.search(r"^[A-Z_]+=.", text("telemetry-collector/deploy/.env.example"), re.MULTILINE)


def test_every_variable_is_documented() -> None:
    said = set(re.findall(r"\$\{(\w+)[:}]", text("telemetry-collector/deploy/compose.yaml")))
    documented = set(
        re.findall(r"`([A-Z_]{6,})`", text("docs/deployment.md").split("## The environment")[1].split("##")[0])
    )
    assert said <= documented, said - documented
    example = set(re.findall(r"^#?([A-Z_]+)=", text("telemetry-collector/deploy/.env.example"), re.MULTILINE))
    assert example == said


def test_what_is_provisioned_is_mounted() -> None:
    (provider,) = provisioned("dashboards")["providers"]
    grafana = COMPOSE["services"]["grafana"]
    mounts = dict(volume.split(":")[:2] for volume in grafana["volumes"] if volume.startswith("./"))
    assert {DEPLOY / here for here in mounts} == {BOARDS.parent / "provisioning", BOARDS}
    assert mounts["./grafana/boards"] == provider["options"]["path"]
    asked = set(
        re.findall(r"\$(\w+)", text("telemetry-collector/deploy/grafana/provisioning/datasources/telemetry.yaml"))
    )
    assert asked <= set(grafana["environment"])


def test_versions_are_the_same_everywhere() -> None:
    rust = re.search(r'channel = "(\d+\.\d+)', text("rust-toolchain.toml"))[1]
    dockerfile, ci, release = (
        text(path)
        for path in (
            "telemetry-collector/deploy/Dockerfile",
            ".github/workflows/ci.yml",
            ".github/workflows/release.yml",
        )
    )
    assert f"rust:{rust}-slim-bookworm" in dockerfile
    assert f"rust:{rust}-bookworm" in ci
    pinned = r"(?:cargo-zigbuild|ziglang)==[\d.]+"
    assert sorted(re.findall(pinned, dockerfile)) == sorted(re.findall(pinned, release)) != []
    assert set(re.findall(r"\w+-unknown-linux-musl", dockerfile)) == set(re.findall(r"\w+-unknown-linux-musl", release))


def test_workflows_use_what_they_name_and_may_do_no_more_than_they_say() -> None:
    for path in WORKFLOWS.glob("*.yml"):
        said = path.read_text(encoding="utf-8")
        workflow = yaml.safe_load(said)
        assert workflow["permissions"] == {"contents": "read"}
        for used in re.findall(r"uses: (\S+)", said):
            assert used.startswith("./") or re.search(r"@[0-9a-f]{40}$", used), used
        # What somebody else can choose is not put into a script.
        for job in workflow["jobs"].values():
            for step in job.get("steps", []):
                assert "${{" not in step.get("run", ""), step
