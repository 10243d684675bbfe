"""The profiles against the vendors' key tables: what must be set is set, and no key is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from phoneetiquette.phones.profiles import profile_of
from phoneetiquette.phones.rendering import render
from tests.unit.phone_files import PROVISIONED, full

FILE = Path(__file__).parents[1] / "data" / "phones" / "key_tables.yaml"
TABLES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))


def words(profile: str, table: str) -> set[str]:
    return {word.replace("|", " ") for word in TABLES[profile].get(table, "").split()}


def test_there_is_a_table_for_every_phone_that_is_provisioned() -> None:
    assert set(TABLES) == set(PROVISIONED)


@pytest.mark.parametrize("profile", PROVISIONED)
def test_file_and_event(profile: str) -> None:
    check_sync = profile_of(profile).check_sync
    assert check_sync
    assert (render(full(profile)).files[0].name, check_sync.event) == (
        TABLES[profile]["file"],
        TABLES[profile]["event"],
    )


@pytest.mark.parametrize("profile", [profile for profile in PROVISIONED if "set" in TABLES[profile]])
def test_what_must_be_set_is_set(profile: str) -> None:
    written = {setting.key: setting.value for setting in render(full(profile)).files[0].settings}
    assert TABLES[profile]["set"].items() <= written.items()


@pytest.mark.parametrize("profile", [profile for profile in PROVISIONED if "action_urls" in TABLES[profile]])
def test_action_urls_and_their_variables_are_the_vendors(profile: str) -> None:
    provisioning = profile_of(profile).provisioning
    assert provisioning
    assert provisioning.action_urls
    keys = {key.removeprefix("action uri ") for key in provisioning.action_urls.events.values()}
    assert len(keys) == len(provisioning.action_urls.events)
    assert keys <= words(profile, "action_urls")
    assert set(provisioning.action_urls.variables.values()) <= words(profile, "variables")
