"""Time zones as telephones are told them, from POSIX TZ strings of the system's database."""

from __future__ import annotations

import os
import time
import zoneinfo
from datetime import UTC, datetime
from pathlib import Path

import pytest

from phoneetiquette.config.files import UnusableFileError
from phoneetiquette.config.zone_files import posix_zone
from phoneetiquette.phones.facts import FACTS
from phoneetiquette.phones.zones import Change, UnfitZoneError, Zone, zone


@pytest.mark.parametrize(
    ("posix", "expected"),
    [
        ("UTC0", Zone("x", 0)),
        ("CET-1CEST,M3.5.0,M10.5.0/3", Zone("x", 3600, 3600, Change(3, 5, 0, 2), Change(10, 5, 0, 3))),
        ("EST5EDT,M3.2.0,M11.1.0", Zone("x", -18000, 3600, Change(3, 2, 0, 2), Change(11, 1, 0, 2))),
        ("GMT0BST,M3.5.0/1,M10.5.0", Zone("x", 0, 3600, Change(3, 5, 0, 1), Change(10, 5, 0, 2))),
        ("<+0530>-5:30", Zone("x", 19800)),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", Zone("x", 3600, -3600, Change(10, 5, 0, 2), Change(3, 5, 0, 1))),
        ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", Zone("x", 37800, 1800, Change(10, 1, 0, 2), Change(4, 1, 0, 2))),
    ],
)
def test_posix_zones(posix: str, expected: Zone) -> None:
    assert zone("x", posix) == expected


@pytest.mark.parametrize(
    "posix",
    [
        "",
        "CET",
        "CET-1CEST",
        "CET-1CEST,J60,J300",
        "EET-2EEST,M4.5.5/0,M10.5.4/24",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
        "x y",
    ],
)
def test_what_telephones_cannot_be_told(posix: str) -> None:
    with pytest.raises(UnfitZoneError):
        zone("x", posix)


def test_facts_west_of_greenwich_and_off_the_hour() -> None:
    newfoundland = zone("x", "NST3:30NDT,M3.2.0,M11.1.0").facts()
    assert {name: newfoundland[name] for name in newfoundland if name.startswith("utc_")} == {
        "utc_s": "-12600",
        "utc_hours": "-3:30",
        "utc_clock": "-03:30",
        "utc_short": "-3:30",
        "utc_quarters": "-14",
        "utc_west_min": "210",
    }
    assert newfoundland["summer_start_nearest"] == "8"
    assert newfoundland["summer_end_date"] == "1"
    assert newfoundland["summer_start_last"] == "0"
    assert newfoundland["posix_time_zone"] == "STD+3:30DST+2:30,M3.2.0/02:00:00,M11.1.0/02:00:00"


def test_every_fact_of_a_zone_is_one_that_templates_may_name() -> None:
    assert zone("x", "CET-1CEST,M3.5.0,M10.5.0/3").facts().keys() | zone("x", "UTC0").facts().keys() <= FACTS


@pytest.mark.parametrize(
    "name", ["Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/London"]
)
def test_the_written_out_form_tells_the_time_that_the_zone_tells(name: str) -> None:
    """The C library is asked for the local time by our form of the zone, Python's zoneinfo by its name."""
    told, local = zone(name, posix_zone(name)), zoneinfo.ZoneInfo(name)
    moments = [datetime(2027, month, day, 0, 30, tzinfo=UTC) for month in range(1, 13) for day in (1, 8, 15, 22, 28)]
    before = os.environ.get("TZ")
    os.environ["TZ"] = told.posix
    time.tzset()
    try:
        by_c = [time.localtime(moment.timestamp()).tm_gmtoff for moment in moments]
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()
    assert by_c == [local.utcoffset(moment.astimezone(local)).total_seconds() for moment in moments]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["Europe/Nowhere", "../../etc/passwd", "zone.tab", "", "Europe"])
def test_no_zone(name: str) -> None:
    with pytest.raises(UnusableFileError):
        posix_zone(name)


def test_without_a_database_no_zone_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    with pytest.raises(UnusableFileError, match="is no time zone that this machine knows"):
        posix_zone("Europe/Vienna")
