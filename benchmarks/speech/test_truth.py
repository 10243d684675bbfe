"""The truth of a made call is true, a perfect program gets full marks, and known faults cost what they must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.speech.activity import CELLS, Cell, items
from benchmarks.speech.clips import RATE_HZ, STEP, Label, grid, levels_db, material, runs, spans, without_short
from benchmarks.speech.dialogue import PARTIES, Dialogue, Event, converse
from benchmarks.speech.line import OTHER, STANDARD, Condition, lost_packets, render, with_loss
from benchmarks.speech.programs import PROGRAMS, floor_rule, overlap_rule, program, webrtc
from benchmarks.speech.scoring import Claim, Confusion, Prediction, Score, f1, matched
from benchmarks.speech.synthesis import NOISES, digits, hum_of_assent, music, noise, ringback
from benchmarks.speech.training import HELD_OUT, HELD_OUT_BABBLE, frames, stock, training_call

SEEDS = range(20, 32)
SECONDS = 120.0


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return [converse(material(), SECONDS, seed, (("ringback", 5.0), ("music", 8.0))) for seed in SEEDS]


def said(truth: Dialogue, claims: list[Claim] | None = None) -> Prediction:
    """What somebody says who knows everything, but for the interruptions given."""
    right = [Claim(event.by, event.start / 100) for event in truth.interruptions]
    return Prediction((spans(truth.units[0]), spans(truth.units[1])), right if claims is None else claims)


# -------------------------------------------------------------------------------------------------------- the truth


def test_sound_is_where_the_label_says_and_nowhere_else(dialogues: list[Dialogue]) -> None:
    for truth in dialogues:
        for sound, label in zip(truth.sound, truth.label, strict=True):
            assert not sound[~np.repeat(label, STEP)].any()
            heard = levels_db(sound)[label] > -70
            assert heard.mean() > 0.97


def test_events_are_what_they_are_called(dialogues: list[Dialogue]) -> None:
    kinds = set()
    for truth in dialogues:
        for event in truth.events:
            mine, theirs = truth.units[event.by], truth.units[1 - event.by]
            kinds.add(event.kind)
            assert mine[event.start]
            assert not mine[event.start - 40 : event.start].any()
            if event.kind in ("taken", "attempt"):
                before = theirs[event.start - 80 : event.start]
                assert max([0, *(end - start for start, end in runs(before, False))]) < 30
            if event.kind == "taken":
                assert 45 <= event.end - event.start < 150
                assert theirs[event.end - 1]
                assert not theirs[event.end : event.end + 100].any()
                assert mine[event.start : event.end + 125].mean() > 0.75
            if event.kind == "attempt":
                assert 140 <= event.end - event.start <= 260
                assert theirs[event.end : event.end + 30].any()
            if event.kind == "encouragement":
                assert event.end - event.start <= 110
                assert theirs[event.end : event.end + 60].any()
            if event.kind == "early_reply":
                assert 0 < event.end - event.start < 35
    assert kinds == {"taken", "attempt", "encouragement", "early_reply", "simultaneous_start"}


def test_interludes_are_free_of_speech_and_come_as_asked(dialogues: list[Dialogue]) -> None:
    for truth in dialogues:
        assert truth.interludes[0].kind == "ringback"
        for one in truth.interludes:
            assert not truth.label[:, one.start : one.end].any()


def test_the_same_seed_is_the_same_call_and_another_is_not() -> None:
    one, same, other = (converse(material(), 30.0, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.sound, same.sound)
    assert one.events == same.events
    assert not np.array_equal(one.sound, other.sound)


def test_the_dialogue_is_the_same_in_every_condition() -> None:
    assert len({condition.name for condition in STANDARD + OTHER}) == 17
    truth = converse(material(), 30.0, 3)
    calls = {condition.name: render(truth, condition, material(), 3) for condition in STANDARD}
    assert len({call.customer.tobytes() for name, call in calls.items() if name != "hard"}) <= 5
    for call in calls.values():
        assert call.agent.shape == call.customer.shape == (30 * RATE_HZ,)
        assert call.agent.dtype == np.int16


def test_clips_have_edges_and_levels_of_their_own() -> None:
    stock = material()
    assert len(stock.voices) >= 20
    assert len(stock.babble) >= 8
    for voice in stock.voices:
        assert all(clip.label[:12].all() and clip.label[-12:].all() for clip in voice.phrases)
        for clip in (*voice.phrases, *voice.words):
            assert clip.label[0]
            assert clip.label[-1]
            assert len(clip.sound) == len(clip.label) * STEP
            active = clip.sound[np.repeat(clip.label, STEP)]
            assert np.sqrt((active**2).mean()) == pytest.approx(1.0)


# ------------------------------------------------------------------------------------------------------ the scoring


def test_an_oracle_gets_full_marks(dialogues: list[Dialogue]) -> None:
    score = Score()
    for truth in dialogues:
        score.add(truth, said(truth))
    assert score.true > 10
    assert (score.f1, score.found, score.claimed) == (1.0, score.true, score.true)
    figures = score.figures()
    assert {figures[name] for name in ("talk_error", "overlap_error_s", "silence_error_s", "in_interludes_s")} == {0.0}


def test_our_definition_applied_to_the_truth_is_nearly_right_and_the_usual_rule_is_not() -> None:
    definition, usual = Score(), Score()
    for seed in range(40, 60):
        truth = converse(material(), 150.0, seed)
        definition.add(truth, said(truth, floor_rule(truth.units)))
        usual.add(truth, said(truth, overlap_rule(truth.units)))
    assert (definition.f1 or 0) > 0.96
    assert (usual.f1 or 1) < 0.5
    assert usual.false_at["encouragement"] > 20


EVENTS = [Event("taken", 0, 1000, 1100), Event("attempt", 1, 2000, 2200)]


@pytest.mark.parametrize(
    ("claims", "found", "wrong"),
    [
        ([(0, 10.0), (1, 20.0)], 2, 0),
        ([(0, 10.5), (1, 19.5)], 2, 0),
        ([(0, 10.51), (1, 19.49)], 0, 2),
        ([(1, 10.0), (0, 20.0)], 0, 2),
        ([(0, 10.0), (0, 10.1)], 1, 1),
        ([], 0, 0),
        ([(0, 50.0)], 0, 1),
    ],
)
def test_claims_are_matched_one_to_one_by_party_and_time(
    claims: list[tuple[int, float]], found: int, wrong: int
) -> None:
    got, false = matched(EVENTS, [Claim(by, at) for by, at in claims])
    assert (got, len(false)) == (found, wrong)


def test_f1_is_that_of_precision_and_recall() -> None:
    assert f1(10, 8, 6) == pytest.approx(2 * (6 / 8) * (6 / 10) / (6 / 8 + 6 / 10))
    assert f1(0, 0, 0) is None
    assert f1(3, 0, 0) == f1(0, 3, 0) == 0.0


def flat(agent: Label, customer: Label, events: tuple[Event, ...] = ()) -> Dialogue:
    label = np.stack([agent, customer])
    return Dialogue(np.zeros((2, label.shape[1] * STEP)), label, events, ())


def test_errors_of_talk_overlap_and_silence_are_what_they_say() -> None:
    truth = flat(grid([(10.0, 30.0)], 10_000), grid([(28.0, 50.0)], 10_000))
    score = Score()
    score.add(truth, Prediction(([(10.0, 32.0)], [(30.0, 50.0)]), []))
    figures = score.figures()
    assert figures["talk_error"] == pytest.approx((2 / 20 + 2 / 22) / 2)
    assert figures["overlap_error_s"] == pytest.approx(0.0)  # two seconds both times, though not the same two
    assert figures["silence_error_s"] == pytest.approx(0.0)
    score.add(truth, Prediction(([], []), [Claim(0, 40.0)]))
    assert score.overlap_errors_s[1] == pytest.approx(2.0)
    assert score.silence_errors_s[1] == pytest.approx(40.0)
    assert score.false_at == {"no speech of the agent": 1}


def test_a_false_claim_is_told_by_what_was_there() -> None:
    truth = flat(np.ones(3000, bool), grid([(10.0, 10.5)], 3000), (Event("encouragement", 1, 1000, 1050),))
    score = Score()
    score.add(truth, said(truth, [Claim(1, 10.1), Claim(0, 10.1), Claim(0, 25.0)]))
    assert score.false_at == {"encouragement": 1, "the other's encouragement": 1, "speech": 1}


def test_time_in_interludes_is_counted_where_anybody_is_said_to_speak() -> None:
    truth = converse(material(), 60.0, 5, (("music", 10.0),))
    (one,) = truth.interludes
    score = Score()
    score.add(truth, Prediction(([(one.start / 100, one.start / 100 + 4)], [(one.end / 100 - 1, 60.0)]), []))
    assert score.figures()["in_interludes_s"] == pytest.approx(5.0)


def test_balanced_accuracy_does_not_reward_saying_yes() -> None:
    truth = np.arange(1000) < 800
    always = Confusion()
    always.add(truth, np.ones(1000, bool))
    assert always.balanced_accuracy == 0.5
    half = Confusion()
    half.add(truth, np.arange(1000) < 400)
    assert half.balanced_accuracy == pytest.approx(0.75)
    right = Confusion()
    right.add(truth, truth)
    assert right.balanced_accuracy == 1.0


def test_runs_and_gaps() -> None:
    label = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1, 0], bool)
    assert runs(label) == [(1, 3), (4, 5), (8, 9)]
    assert runs(without_short(label, False, 2)) == [(1, 5), (8, 9)]
    assert runs(without_short(label, True, 2)) == [(1, 3)]
    assert spans(grid([(0.5, 1.25)], 200)) == [(0.5, 1.25)]


# ------------------------------------------------------------------------------------------- what lines do to sound


def speech_level_db(sound: NDArray[np.int16], label: Label) -> float:
    return float(np.percentile(levels_db(sound / 32768)[label], 90))


def test_noise_and_leak_have_the_levels_they_are_named_for() -> None:
    truth = converse(material(), 60.0, 6)
    silent = replace(truth, sound=np.zeros_like(truth.sound))
    clean = render(truth, Condition("x"), material(), 6).agent / 32768
    active = np.repeat(truth.label[0], STEP)
    speech_db = 10 * np.log10((clean[active] ** 2).mean())
    noisy = render(silent, Condition("x", agent_noise=("pink", 10)), material(), 6).agent / 32768
    assert speech_db - 10 * np.log10((noisy**2).mean()) == pytest.approx(10, abs=1.5)
    only = replace(truth, sound=truth.sound * [[0.0], [1.0]])
    leaked = render(only, Condition("x", leak_db=-20), material(), 6).agent / 32768
    heard = np.repeat(truth.label[1], STEP)
    assert speech_db - 10 * np.log10((leaked[heard] ** 2).mean()) == pytest.approx(20, abs=3)


@pytest.mark.parametrize("concealed", [True, False])
def test_lost_packets_are_concealed_or_silent_and_the_others_untouched(concealed: bool) -> None:
    tone = np.round(8000 * np.sin(2 * np.pi * 200 * np.arange(RATE_HZ * 20) / RATE_HZ)).astype(np.int16)
    lost = lost_packets(1000, 0.05, np.random.default_rng(1))
    assert 0.02 < lost.mean() < 0.09
    heard = with_loss(tone, lost, concealed)
    gone = np.repeat(lost, 160)
    assert np.array_equal(heard[~gone], tone[~gone])
    if concealed:
        first = [packet for packet in np.flatnonzero(lost) if packet > 3 and not lost[packet - 1]]
        early = np.concatenate([np.arange(packet * 160, packet * 160 + 80) for packet in first])
        assert np.abs(heard[early].astype(int) - tone[early]).max() < 400  # a steady tone goes on in its phase
    else:
        assert not heard[gone].any()


@pytest.mark.parametrize("kind", NOISES)
def test_every_noise_lasts_and_has_its_level(kind: str) -> None:
    sound = noise(kind, material(), 30 * RATE_HZ, np.random.default_rng(2))
    assert sound.shape == (30 * RATE_HZ,)
    assert np.sqrt((sound**2).mean()) == pytest.approx(1.0, abs=0.01)


def test_tones_are_in_their_places() -> None:
    chance = np.random.default_rng(3)
    sound = digits(4 * RATE_HZ, chance)
    spectrum = np.abs(np.fft.rfft(sound))
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    assert spectrum[(hz > 650) & (hz < 1700)].sum() > 5 * spectrum[(hz < 600) | (hz > 1800)].sum()
    ring = ringback(12 * RATE_HZ, chance)
    assert 0.1 < (np.abs(ring) > 0.01).mean() < 0.5
    assert np.sqrt((music(8 * RATE_HZ, chance) ** 2).mean()) == pytest.approx(1.0)


def test_a_hum_of_assent_is_short_voiced_and_moves() -> None:
    for seed in range(20):
        hum = hum_of_assent(np.random.default_rng(seed))
        assert 0.2 <= len(hum) / 100 <= 0.6
        low = np.abs(np.fft.rfft(hum.sound))
        hz = np.fft.rfftfreq(len(hum.sound), 1 / RATE_HZ)
        assert (low[hz < 700] ** 2).sum() > 3 * (low[hz > 700] ** 2).sum()


# ------------------------------------------------------------------------------------------------------ the programs


def test_activity_is_the_same_speech_in_every_cell() -> None:
    assert len(CELLS) == 37
    (clean, label), (noisy, same) = (
        next(iter(items(material(), cell, 1, 30.0, 1))) for cell in (Cell(), Cell("fan", 5))
    )
    assert np.array_equal(label, same)
    assert 0.4 < label.mean() < 0.95
    quiet = np.repeat(~label, STEP)
    assert np.abs(clean[quiet]).max() < 20 < np.abs(noisy[quiet]).max()


def test_a_detector_hears_clean_speech() -> None:
    confusion = Confusion()
    for channel, label in items(material(), Cell(), 2, 30.0, 1):
        confusion.add(label, webrtc(3)(channel, RATE_HZ)[: len(label)])
    assert confusion.balanced_accuracy > 0.85


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name.split(",")[0] in ("phoneetiquette", "webrtcvad-3")])
def test_a_program_says_what_it_heard_in_seconds_of_the_call(name: str) -> None:
    truth = converse(material(), 60.0, 7)
    answer = program(name).measure(render(truth, Condition("clean"), material(), 7))
    score = Score()
    score.add(truth, answer)
    assert (score.figures()["talk_error"] or 1) < 0.15
    assert all(0 <= start < end <= 60 for segments in answer.segments for start, end in segments)
    assert all(claim.by in range(len(PARTIES)) for claim in answer.interruptions)


# ---------------------------------------------------------------------------------------------------- training calls


def test_what_is_held_out_is_never_trained_on() -> None:
    heard = stock(())
    names = {voice.name.partition("-")[2] for voice in heard.voices}
    assert names
    assert not names & set(HELD_OUT)
    assert names | set(HELD_OUT) >= {voice.name.partition("-")[2] for voice in material().voices}
    assert not any(known is one for known in material().babble[-HELD_OUT_BABBLE:] for one in heard.babble)


@pytest.mark.parametrize("seed", range(6))
def test_a_training_call_is_the_same_again_and_says_who_speaks(seed: int) -> None:
    recording, label = training_call((), seed)
    again, _ = training_call((), seed)
    assert np.array_equal(recording.agent, again.agent)
    assert np.array_equal(recording.customer, again.customer)
    assert len(recording.agent) == len(recording.customer) == label.shape[1] * STEP
    truth = frames(label, label.shape[1] // 2)
    assert truth.sum() * 2 == label.sum()
    assert 0.2 < label.any(axis=0).mean() < 1.0
