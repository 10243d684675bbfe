"""Score cards beside records: how one is drawn up for a record, as a JSON object, as columns of a table. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from phoneetiquette.etiquette.score_card import Circumstances, Policy, Result, ScoreCard, Usual
from phoneetiquette.etiquette.score_rules import card_of
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.record_json import record_object

USUAL_LEAST = 5
"""With fewer earlier calls, nobody's usual way of speaking is known."""
USUAL_MOST = 50
"""So many earlier calls make it."""

Scoring = Callable[[CallRecord], ScoreCard]
"""How a record's card is drawn up: under which policy, beside which earlier calls."""


def scoring(
    policy: Policy,
    earlier: Callable[[CallRecord], Iterable[CallRecord]],
    unhurried: Callable[[CallRecord], bool] = lambda _record: False,
) -> Scoring:
    """Cards under ``policy``. ``earlier`` gives calls of the same seat before one, newest first; it is asked only where
    they matter: where the customer got loud. ``unhurried``: whether the customer is to be given all the time."""

    def card(record: CallRecord) -> ScoreCard:
        usual = usual_way(earlier(record)) if _got_loud(record.measures) else None
        return card_of(record, policy, Circumstances(usual=usual, unhurried=unhurried(record)))

    return card


def usual_way(earlier: Iterable[CallRecord]) -> Usual | None:
    """How the desk usually speaks, from the newest :data:`USUAL_MOST` calls in which it is known."""
    ways: list[tuple[float, float]] = []
    for record in earlier:
        agent = ((record.measures or {}).get("parties") or {}).get("agent") or {}
        level, pace = agent.get("loudness_dbfs"), agent.get("pace_syll_per_s")
        if isinstance(level, int | float) and isinstance(pace, int | float):
            ways.append((level, pace))
        if len(ways) == USUAL_MOST:
            break
    if len(ways) < USUAL_LEAST:
        return None
    from statistics import median  # not with the module: a megabyte, for the few calls in which a customer gets loud

    levels, paces = zip(*ways, strict=True)
    return Usual(calls=len(ways), loudness_dbfs=median(levels), pace_syll_per_s=median(paces))


def card_object(card: ScoreCard) -> dict[str, Any]:
    """``total`` (``share``, ``met``, ``missed``, ``not_measured``) and ``rules``, each with its ``evidence``."""
    return {"total": asdict(card.total), "rules": [asdict(one) for one in card.results]}


def scored_object(record: CallRecord, card: ScoreCard) -> dict[str, Any]:
    """The record as a JSON object, with its card under ``score_card``."""
    return record_object(record) | {"score_card": card_object(card)}


@dataclass(frozen=True, slots=True)
class CardColumn:
    """A column of the CSV export that tells of the card: its name, what it says, how a card gives it."""

    name: str
    what: str
    of: Callable[[ScoreCard], str | float | int | None]


def _rules(result: Result) -> Callable[[ScoreCard], str]:
    return lambda card: " ".join(one.rule for one in card.of(result))


CARD_COLUMNS = (
    CardColumn("score", "weight of the rules met, of that of the rules measured", lambda card: card.total.share),
    CardColumn("rules_met", "rules that were met", _rules("met")),
    CardColumn("rules_missed", "rules that were missed", _rules("missed")),
    CardColumn("rules_not_measured", "rules that could not be judged", _rules("not_measured")),
)
"""The total and its parts, side by side."""


def _got_loud(measures: Mapping[str, Any] | None) -> bool:
    calm = (measures or {}).get("calm")
    return bool(isinstance(calm, Mapping) and calm.get("customer_loud_s"))
