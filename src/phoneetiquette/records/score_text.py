"""A score card as lines for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Callable

from phoneetiquette.etiquette.score_card import Evidence, Result, ScoreCard
from phoneetiquette.records.export import clock, visible

_SHOWN: tuple[Result, ...] = ("missed", "met")


def total_words(card: ScoreCard) -> str:
    """``7 of 9 measured rules met, 81% by weight; 11 not measured``."""
    total = card.total
    measured = total.met + total.missed
    if total.share is None:
        return f"no rule that counts was measured, {total.not_measured} not measured"
    return (
        f"{total.met} of {measured} measured rules met, {total.share:.0%} by weight; {total.not_measured} not measured"
    )


def card_lines(card: ScoreCard, at: Callable[[float], float] = float) -> list[str]:
    """The card for a terminal. ``at`` brings a moment of measured talk to the clock that is shown."""
    lines = [f"Score card: {total_words(card)}"]
    for result in _SHOWN:
        for one in card.of(result):
            weight = "" if one.weight == 1 else f" (weight {one.weight:g})"
            lines.append(f"  {result:6}  {one.rule}{weight}")
            lines += [f"            {_words(fact, at)}" for fact in one.evidence if fact.value is not None]
    reasons: dict[str, list[str]] = {}
    for one in card.of("not_measured"):
        reasons.setdefault(one.because, []).append(one.rule)
    if reasons:
        lines.append("  not measured")
        lines += [f"            {', '.join(rules)}: {visible(why)}" for why, rules in reasons.items()]
    return lines


def _words(fact: Evidence, at: Callable[[float], float]) -> str:
    value = f"{fact.value:g}" if isinstance(fact.value, int | float) else visible(str(fact.value))
    words = f"{visible(fact.what)} {value} {fact.unit}".rstrip()
    if fact.wanted:
        words += f" ({'wanted' if fact.held else 'WANTED'}: {fact.wanted})"
    if fact.times_s:
        words += " at " + ", ".join(clock(at(start)) for start, _ in fact.times_s)
    return words
