"""Pages for agents about their own calls. Nobody is set beside anybody else: the list of names has no figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, Response

from phoneetiquette.figures.coaching import MOST_WEEKS, TREND, WEEKS, Week, best_example, titles, trend, weeks_up_to
from phoneetiquette.figures.counting import TALK
from phoneetiquette.figures.table import BY_NAME
from phoneetiquette.records.store import Store
from phoneetiquette.records.store.reporting import report

EXAMPLES_OF = 500
"""So many of the newest talks are looked through for an example."""
CHART_HEIGHT = 40


def add_coaching(
    app: FastAPI, store: Callable[[], Store], zone: tzinfo | None, render: Callable[..., HTMLResponse]
) -> None:
    """Serve them; ``render`` fills a template."""

    @app.get("/coaching", response_class=HTMLResponse, summary="An agent's own calls, week by week")
    def coaching(
        agent: Annotated[str, Query(max_length=128)] = "",
        weeks: Annotated[int, Query(ge=1, le=MOST_WEEKS)] = WEEKS,
    ) -> Response:
        """Without an agent: whose calls are known, by name."""
        first, last = weeks_up_to(datetime.now(zone).date(), weeks)
        if not agent:
            names = sorted({name for _, name, _ in store().tallies(last - timedelta(days=365), last, "agent")})
            return render("coaching.html", here="coaching", names=names, agent="")
        told = report(store(), first, last, by="week", part="agent", value=agent, zone=zone)
        example = best_example(store().facts(TALK, first, last, "agent", agent, EXAMPLES_OF))
        return render(
            "coaching.html",
            here="coaching",
            agent=agent,
            weeks=weeks,
            spans=(4, WEEKS, 26, 52),
            lines=_lines(trend(told.rows, first, weeks), agent),
            example=example,
        )


def _lines(weeks: list[Week], agent: str) -> list[dict[str, Any]]:
    """A line for each figure: its weeks, with the calls they were made of, and a small chart of them."""
    lines = []
    for number, (name, title) in enumerate(zip(TREND, titles(), strict=True)):
        values = [week.values[number] for week in weeks]
        most = max((value for value in values if value is not None), default=0.0) or 1.0
        cells = []
        for week, value in zip(weeks, values, strict=True):
            days = {"from": week.first.isoformat(), "to": week.last.isoformat()}
            height = 0.0 if value is None else round(CHART_HEIGHT * value / most, 1)
            query = urlencode({"figure": name, "part": "agent", "value": agent, **days})
            cells.append(
                {
                    "week": week,
                    "text": "\u2013" if value is None else f"{value:.1f}",
                    "known": value is not None,
                    "height": height,
                    "query": query,
                }
            )
        lines.append({"title": title, "meaning": BY_NAME[name].meaning, "cells": cells})
    return lines
