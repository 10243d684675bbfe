"""Display names that mean harm, from the network through the edge to page, spreadsheet, terminal and log."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from phoneetiquette import cli
from tests.peers.edge import EdgedSeat
from tests.peers.edge_watch import NOW
from tests.peers.raw_sip import RawSip

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMES = {
    "markup": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "formula": '=HYPERLINK("http://evil.invalid","pay")',
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "terminal": "\x1b[2J\x1b]0;owned\x07 cleared",
    "backwards": "\u202egnp.exe",
    "long": "n" * 240,
    "latin1": "M\udcfcller",
    "template": "{{7*7}}${7*7}%s%n\\u0000",
}


@pytest.fixture(scope="module")
def seat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgedSeat]:
    settings: dict[str, dict[str, Any]] = {"pickup": {"emergency_lines": [NOW]}}
    with EdgedSeat(tmp_path_factory.mktemp("names"), settings) as seat:
        yield seat


async def test_names_are_text_everywhere(seat: EdgedSeat, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    complaints: list[str] = []
    page = await browser.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    page.on("request", lambda request: complaints.append(request.url) if "evil" in request.url else None)
    await page.goto(seat.page)
    with RawSip(seat.edge.address) as peer:
        for user, name in NAMES.items():
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            invite = peer.request(uri=seat.edge.uri(NOW), headers={"From": f'"{quoted}" <sip:{user}@127.0.0.1>;tag=1'})
            peer.send(invite)
            seat.wait_call(user)
            if user == "markup":
                await expect(page.locator("body")).to_contain_text("<img src=x onerror=alert(1)>")
            await expect(page.locator("img[src='x']")).to_have_count(0)
            peer.send(peer.cancel(invite))
            seat.wait_gone(user)
            peer.answers(0.1)
    await page.close()
    assert complaints == []
    records = {record["caller"].partition(":")[2].partition("@")[0]: record for record in seat.records()}
    assert set(NAMES) <= set(records), "nobody is lost for his name"
    assert records["formula"]["caller_name"] == NAMES["formula"]
    capsys.readouterr()
    configuration = ["--config", str(seat.folder / "seat.yaml")]
    assert cli.main(["calls", *configuration, "--csv", "-"]) == 0
    cells = [cell for row in csv.reader(io.StringIO(capsys.readouterr().out)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "@"))]
    assert cli.main(["calls", *configuration]) == 0
    shown = capsys.readouterr().out + seat.log() + (seat.folder / "log").read_text(errors="replace")
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
