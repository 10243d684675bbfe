"""The measurement on recorded speech: real voices laid out so that it is known who spoke when."""

from __future__ import annotations

import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from phoneetiquette.speech import CallMeasurement, Fact, Interruption, SpeechSegment

Sound = NDArray[np.int16]
DATA = Path(__file__).parents[1] / "data" / "speech"
RATE_HZ = 16000


def clip(name: str) -> Sound:
    sound, rate_hz = soundfile.read(DATA / f"{name}.flac", dtype="int16")
    assert rate_hz == RATE_HZ
    return np.asarray(sound, np.int16)


LONG = clip("1688-142285-0001")  # speaks throughout its 12.6 s
ASIDE = clip("long_dir-usingkeypad")[1280:]  # speaks for 5.8 s from its beginning
WORD = clip("short_letters_at")[1280:]  # one word of 0.45 s


def at_level(sound: Sound, dbfs: float) -> Sound:
    wide = sound.astype(np.float64)
    gain = 10 ** (dbfs / 20) * 2**15 / np.sqrt(np.mean(wide**2))
    scaled: Sound = np.clip(np.round(wide * gain), -32768, 32767).astype(np.int16)
    return scaled


def track(*placed: tuple[float, Sound], length_s: float = 20.0) -> Sound:
    whole = np.zeros(round(length_s * RATE_HZ), np.int16)
    for at_s, sound in placed:
        start = round(at_s * RATE_HZ)
        whole[start : start + len(sound)] += at_level(sound, -23)
    return whole


def measured(agent: Sound, customer: Sound, rate_hz: int = RATE_HZ) -> tuple[list[Fact], dict[str, Any]]:
    measurement = CallMeasurement(rate_hz)
    facts = measurement.feed(agent, customer) + measurement.finish()
    return facts, measurement.measures(final=True)


def head(sound: Sound, length_s: float) -> Sound:
    return sound[: round(length_s * RATE_HZ)]


def test_taking_the_floor_is_an_interruption() -> None:
    _, measures = measured(track((6, ASIDE)), track((1, head(LONG, 6))))
    (one,) = measures["interruptions"]
    assert (one["by"], one["outcome"]) == ("agent", "taken")
    assert one["start_s"] == pytest.approx(6, abs=0.15)
    assert one["end_s"] == pytest.approx(7, abs=0.2)
    assert measures["parties"]["agent"]["interruptions"] == 1
    assert measures["parties"]["customer"]["interruptions"] == 0
    assert measures["overlap_s"] == pytest.approx(0.8, abs=0.3)


def test_talking_over_somebody_in_vain_is_an_attempt() -> None:
    _, measures = measured(track((1, LONG)), track((6, head(ASIDE, 2.2))))
    (one,) = measures["interruptions"]
    assert (one["by"], one["outcome"]) == ("customer", "attempt")
    assert one["end_s"] - one["start_s"] == pytest.approx(2.2, abs=0.3)


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        pytest.param(track((6, WORD)), track((1, LONG)), id="encouragement"),
        pytest.param(track((1, ASIDE)), track((6.5, LONG)), id="on the last word"),
        pytest.param(track((5, head(LONG, 6))), track((5.1, head(ASIDE, 0.6))), id="both start"),
    ],
)
def test_listening_and_answering_are_no_interruption(agent: Sound, customer: Sound) -> None:
    facts, measures = measured(agent, customer)
    assert {one.party for one in facts if isinstance(one, SpeechSegment)} == {"agent", "customer"}
    assert measures["interruptions"] == []


UNKNOWN: dict[str, Any] = {"pitch": None, "loudness_dbfs": None, "pace_syll_per_s": None}


def sounds(*, pitch_hz: float, sd_st: float, loudness_dbfs: float, pace: float) -> dict[str, Any]:
    """How a voice sounds, roughly."""
    return {
        "pitch": {
            "median_hz": pytest.approx(pitch_hz, rel=0.05),
            "range_st": pytest.approx(3.3 * sd_st, rel=0.25),
            "sd_st": pytest.approx(sd_st, rel=0.2),
        },
        "loudness_dbfs": pytest.approx(loudness_dbfs, abs=1.5),
        "pace_syll_per_s": pytest.approx(pace, abs=0.5),
    }


def test_the_whole_object() -> None:
    """One turn each with silence around them: every sum can be counted by hand."""
    agent, customer = track((2, ASIDE), length_s=26.01), track((12, LONG), length_s=26.01)
    _, measures = measured(agent, customer)
    near = partial(pytest.approx, abs=0.25)
    segments = {name: party.pop("segments") for name, party in measures["parties"].items()}
    assert (segments["agent"][0][0], segments["agent"][-1][1]) == (near(2), near(7.8))
    assert (segments["customer"][0][0], segments["customer"][-1][1]) == (near(12), pytest.approx(24.4, abs=0.35))
    assert json.loads(json.dumps(measures)) == measures
    assert measures == {
        "definitions": "4",
        "duration_s": 26.01,
        "rate_hz": RATE_HZ,
        "reliable": True,
        "unreliable_because": [],
        "parties": {
            "agent": {
                "talk_s": near(5.8),
                "talk_share": pytest.approx(5.8 / 18.4, abs=0.02),
                "turns": 1,
                "longest_monologue_s": near(5.8),
                "interruptions": 0,
                **sounds(pitch_hz=200, sd_st=2.9, loudness_dbfs=-29, pace=3.6),
                "encouragements": 0,
                "response_gap_s": {"median": None, "p90": None},
            },
            "customer": {
                "talk_s": pytest.approx(12.3, abs=0.4),
                "talk_share": pytest.approx(12.6 / 18.4, abs=0.02),
                "turns": 1,
                "longest_monologue_s": pytest.approx(12.4, abs=0.35),
                "interruptions": 0,
                **sounds(pitch_hz=185, sd_st=4.2, loudness_dbfs=-26, pace=3.4),
                "encouragements": 0,
                "response_gap_s": {"median": near(4.2), "p90": near(4.2)},
            },
        },
        "interruptions": [],
        "overlaps": [],
        "floor_changes": [{"by": "customer", "at_s": near(12), "offset_s": near(4.2)}],
        "overlap_s": 0.0,
        "silence_s": pytest.approx(2 + 4.2 + 1.6, abs=0.7),
        "longest_silence_s": near(4.2),
        "silences": [[near(7.8), near(12)]],
        "opening": {
            "complete": True,
            "greeting_delay_s": near(2),
            "first_turn_s": near(5.8),
            "agent_talk_share": pytest.approx(5.8 / 18.4, abs=0.03),
            "interruptions": 0,
            "silence_s": pytest.approx(2 + 4.2 + 0.6, abs=0.7),
            **sounds(pitch_hz=200, sd_st=2.9, loudness_dbfs=-29, pace=3.6),
        },
        "calm": {
            "customer_loud_s": 0,
            "loudness_dbfs": None,
            "pace_syll_per_s": None,
            "usual_loudness_dbfs": near(-29),
            "usual_pace_syll_per_s": near(3.6),
        },
        "time_to_think": {"questions": 0, "unanswered": 0, "pause_s": None, "answer_s": None},
        "speaking": {"agent": False, "customer": False},
        "talking_over": None,
        "length_band": "under_10",
    }


def test_what_is_counted_adds_up() -> None:
    facts, measures = measured(track((6, ASIDE), (14, WORD)), track((1, head(LONG, 6))))
    parties = measures["parties"]
    spoken = parties["agent"]["talk_s"] + parties["customer"]["talk_s"]
    assert spoken - measures["overlap_s"] + measures["silence_s"] == pytest.approx(measures["duration_s"], abs=1e-6)
    for party in ("agent", "customer"):
        told = [
            [s.start / RATE_HZ, s.end / RATE_HZ] for s in facts if isinstance(s, SpeechSegment) and s.party == party
        ]
        assert measures["parties"][party]["segments"] == told
        assert sum(end - start for start, end in told) == pytest.approx(parties[party]["talk_s"])


def test_nobody_has_spoken() -> None:
    facts, measures = measured(track(), track())
    assert facts == []
    assert measures["parties"]["agent"] == {
        "talk_s": 0.0,
        "talk_share": None,
        "turns": 0,
        "longest_monologue_s": None,
        "interruptions": 0,
        **UNKNOWN,
        "encouragements": 0,
        "response_gap_s": {"median": None, "p90": None},
        "segments": [],
    }
    assert measures["opening"] == {
        "complete": False,
        "greeting_delay_s": None,
        "first_turn_s": None,
        "agent_talk_share": None,
        "interruptions": 0,
        "silence_s": 20.0,
        **UNKNOWN,
    }
    assert measures["silences"] == [[0.0, 20.0]]


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 3 * 320 + 7])
def test_a_call_of_no_length_to_speak_of(samples: int) -> None:
    _, measures = measured(LONG[:samples], LONG[:samples])
    assert measures["duration_s"] == round(samples / RATE_HZ, 3)
    assert measures["silence_s"] == measures["duration_s"]


def test_a_real_call_in_which_nobody_interrupts() -> None:
    sound, rate_hz = soundfile.read(DATA / "auto_repairs_40_part.flac", dtype="int16")
    facts, measures = measured(sound[:, 0], sound[:, 1], rate_hz)
    assert measures["interruptions"] == []
    assert measures["opening"]["greeting_delay_s"] == pytest.approx(0.4, abs=0.25)
    assert measures["opening"]["first_turn_s"] == pytest.approx(6, abs=0.6)
    assert measures["parties"]["agent"]["talk_s"] == pytest.approx(22, abs=2.5)
    assert measures["parties"]["customer"]["talk_s"] == pytest.approx(37, abs=3)
    assert measures["overlap_s"] < 2
    assert min(s.end - s.start for s in facts if isinstance(s, SpeechSegment)) >= 0.1 * rate_hz


def test_the_customers_voice_in_the_microphone_is_not_the_agent() -> None:
    """The ear-piece leaks 20 dB below the customer's level, 60 ms late."""
    customer = track((6, LONG), (20, clip("1998-15444-0003")), length_s=28)
    agent = track((0.5, clip("long_conf-now-unmuted")), length_s=28)
    leak = np.roll(customer, round(0.06 * RATE_HZ)) // 10
    leaked, clean = measured(agent + leak, customer)[1], measured(agent, customer)[1]
    assert leaked["interruptions"] == []
    assert leaked["parties"]["agent"]["talk_s"] == pytest.approx(clean["parties"]["agent"]["talk_s"], abs=1)


def test_the_room_is_not_the_agent() -> None:
    room = at_level(np.tile(clip("noise1_part"), 2), -55)
    _, measures = measured(room, track((1, LONG)))
    assert measures["parties"]["agent"]["talk_s"] == 0


def test_a_loud_room_is_not_the_agent_either_however_long_it_lasts() -> None:
    room = at_level(np.tile(clip("noise1_part"), 4), -42)
    _, measures = measured(room, np.zeros_like(room))
    assert measures["parties"]["agent"]["talk_s"] < 1


def test_both_rates_hear_the_same() -> None:
    agent, customer = track((6, ASIDE)), track((1, head(LONG, 6)))
    _, wide = measured(agent, customer)
    _, narrow = measured(soxr.resample(agent, RATE_HZ, 8000), soxr.resample(customer, RATE_HZ, 8000), 8000)
    assert narrow["interruptions"][0]["start_s"] == pytest.approx(wide["interruptions"][0]["start_s"], abs=0.1)
    for party in ("agent", "customer"):
        assert narrow["parties"][party]["talk_s"] == pytest.approx(wide["parties"][party]["talk_s"], abs=0.3)


def test_live_measures_grow_and_agree_with_the_final_ones() -> None:
    agent, customer = track((6, ASIDE), length_s=27), track((1, head(LONG, 6)), length_s=27)
    measurement = CallMeasurement(RATE_HZ)
    speaking, delays, known_at = [], [], None
    for second in range(27):
        block = slice(second * RATE_HZ, (second + 1) * RATE_HZ)
        facts = measurement.feed(agent[block], customer[block])
        if known_at is None and any(isinstance(fact, Interruption) for fact in facts):
            known_at = second + 1
        live = measurement.measures()
        assert "segments" not in live["parties"]["agent"]
        assert live["duration_s"] == second + 1
        assert live["opening"]["complete"] == (second + 1 >= 25)
        speaking.append((live["speaking"]["agent"], live["speaking"]["customer"]))
        delays.append(live["opening"]["greeting_delay_s"])
    assert speaking[4] == (False, True)
    assert speaking[9] == (True, False)
    assert speaking[20] == (False, False)
    assert known_at == 8
    assert delays[4] is None
    assert delays[7] == pytest.approx(6, abs=0.15)
    before = measurement.measures()
    measurement.finish()
    after = measurement.measures()
    assert before["opening"] == after["opening"]
    assert before["parties"] == after["parties"]


def test_the_opening_is_frozen_after_25_seconds() -> None:
    agent, customer = track((2, ASIDE), (28, LONG), length_s=45), track((10, LONG), length_s=45)
    opening = measured(agent, customer)[1]["opening"]
    until_25 = measured(agent[: 25 * RATE_HZ], customer[: 25 * RATE_HZ])[1]["opening"]
    assert opening == until_25


@pytest.mark.parametrize(
    ("minutes", "band"),
    [(9.99, "under_10"), (10, "10_to_15"), (15, "10_to_15"), (15.01, "over_15")],
)
def test_length_bands(minutes: float, band: str) -> None:
    samples = round(minutes * 60 * 8000)
    measurement = CallMeasurement(8000)
    silence = np.zeros(samples, np.int16)
    measurement.feed(silence, silence)
    assert measurement.measures()["length_band"] == band


def test_finishing_twice_adds_nothing_and_feeding_after_it_is_refused() -> None:
    measurement = CallMeasurement(RATE_HZ)
    measurement.feed(LONG, LONG)
    measurement.finish()
    measures = measurement.measures(final=True)
    assert measurement.finish() == []
    assert measurement.measures(final=True) == measures
    with pytest.raises(ValueError, match="finished"):
        measurement.feed(LONG, LONG)


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        (np.zeros(10, np.int16), np.zeros(11, np.int16)),
        (np.zeros((2, 10), np.int16), np.zeros((2, 10), np.int16)),
        (np.zeros(10, np.float32), np.zeros(10, np.float32)),
    ],
)
def test_blocks_that_are_not_two_equal_channels_are_refused(agent: Any, customer: Any) -> None:
    with pytest.raises(ValueError, match="equal length"):
        CallMeasurement(RATE_HZ).feed(agent, customer)


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="resample"):
        CallMeasurement(44100)


def test_a_long_call_costs_no_more_to_report_than_a_short_one() -> None:
    """Reporting every second must not get dearer with the minutes: after a quarter of an hour, well under 5 ms."""
    measurement = CallMeasurement(RATE_HZ)
    minute = (track((6, ASIDE), length_s=20), track((1, head(LONG, 6)), length_s=20))
    for _ in range(45):
        measurement.feed(*minute)
    best = min(_cost(measurement) for _ in range(20))
    assert len(measurement.measures()["interruptions"]) == 45
    assert best < 0.005


def _cost(measurement: CallMeasurement) -> float:
    start = time.process_time()
    measurement.measures()
    return time.process_time() - start


def test_one_sound_on_both_channels_is_not_two_parties() -> None:
    both = track((1, LONG), (14, ASIDE), length_s=30)
    _, measures = measured(both, both)
    assert measures["reliable"] is False
    assert measures["unreliable_because"] == ["both channels carry the same sound"]
    for unknown in ("overlap_s", "interruptions", "overlaps", "silence_s", "silences", "longest_silence_s"):
        assert measures[unknown] is None
    assert measures["opening"]["interruptions"] is None
    assert measures["opening"]["silence_s"] is None
    for party in measures["parties"].values():
        assert party["interruptions"] is None
        assert party["encouragements"] is None


def test_a_channel_without_any_sound_is_told_after_half_a_minute() -> None:
    _, measures = measured(track((1, LONG), length_s=32), track(length_s=32))
    assert measures["unreliable_because"] == ["nothing at all is heard on the customer's channel"]


def test_hint_and_verdict_come_in_time() -> None:
    """Half a second, and a second and a half, after the newcomer begins, whatever is fed at a time."""
    agent, customer = track((6, ASIDE)), track((1, head(LONG, 7.5)))
    measurement = CallMeasurement(RATE_HZ)
    known: dict[str, float] = {}
    step = RATE_HZ // 50
    for start in range(0, len(agent) - step + 1, step):
        for fact in measurement.feed(agent[start : start + step], customer[start : start + step]):
            known.setdefault(type(fact).__name__, (start + step) / RATE_HZ)
    assert known["TalkingOver"] - 6 < 0.75
    assert known["OverlapJudged"] - 6 <= 1.7


class _Heard:
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.samples: list[Sound] = []
        self.speech: list[NDArray[np.bool_]] = []

    def take(self, samples: Sound, speech: NDArray[np.bool_]) -> None:
        assert len(samples) == len(speech) * RATE_HZ // 50
        self.samples.append(samples.copy())
        self.speech.append(speech.copy())


@pytest.mark.parametrize("block", [160, 12_345, 400_000])
def test_listeners_hear_every_settled_frame_with_its_speech(block: int) -> None:
    agent, customer = track((6, ASIDE), length_s=20.005), track((1, head(LONG, 4)), length_s=20.005)
    measurement = CallMeasurement(RATE_HZ)
    heard = (_Heard(), _Heard())
    measurement._listeners = ((heard[0],), (heard[1],))
    for start in range(0, len(agent), block):
        measurement.feed(agent[start : start + block], customer[start : start + block])
    measurement.finish()
    parties = measurement.measures(final=True)["parties"]
    for one, sound, party in zip(heard, (agent, customer), ("agent", "customer"), strict=True):
        whole = np.concatenate(one.samples)
        assert np.array_equal(whole, sound[: len(whole)])
        assert len(whole) == 1000 * RATE_HZ // 50
        assert np.concatenate(one.speech).sum() / 50 == pytest.approx(parties[party]["talk_s"])
