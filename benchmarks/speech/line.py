"""What becomes of clean speech on its way into a recording: rooms, microphones, leak, codecs, lost packets.

A :class:`Condition` is a list of what is wrong with a call; :func:`render` makes the two channels of the recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.speech import synthesis
from benchmarks.speech.clips import RATE_HZ, STEP, Label, Material, Sound, without_short
from benchmarks.speech.dialogue import Dialogue
from benchmarks.speech.synthesis import Chance, filtered
from tests.peers.g711 import PCMA, PCMU, decode, encode

Samples = NDArray[np.int16]

PACKET = 160
SELF_NOISE_DBFS = -66.0
AGENT_DBFS, CUSTOMER_DBFS = (-27.0, -20.0), (-30.0, -20.0)
"""Active speech levels are drawn from these."""
BREATH = 0.08
"""Level of a breath into the microphone, relative to the speech after it: -22 dB."""
DRIFT_DB = 3.0
"""And wander by this much, over some six seconds."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Everything is absent unless named."""

    name: str
    leak_db: float | None = None
    """The customer's voice from the ear-piece in the agent's microphone, relative to the agent's speech level."""
    agent_noise: tuple[str, float] | None = None
    """Kind, and signal-to-noise ratio in dB."""
    customer_noise: tuple[str, float] | None = None
    typing: bool = False
    breaths: bool = False
    hum_dbfs: float | None = None
    microphones: bool = False
    """Both parties' microphones have a frequency response of their own."""
    customer_dbfs: float | None = None
    clipping_db: float | None = None
    """The agent's microphone is turned up so far beyond full scale."""
    loss: float = 0.0
    concealed: bool = True
    """Lost packets are concealed as receivers do, or silent."""
    comfort_noise: bool = False
    """The far end sends nothing while it hears no speech, and the near end fills the gap (RFC 3389)."""
    interludes: tuple[tuple[str, float], ...] = ()
    """Kind and length of stretches in which a sound of the line is heard: ``music``, ``digits``, ``ringback``."""


STANDARD: tuple[Condition, ...] = (
    Condition("clean"),
    Condition("leak -30", leak_db=-30),
    Condition("leak -20", leak_db=-20),
    Condition("babble 15", agent_noise=("babble", 15)),
    Condition("lobby", leak_db=-30, agent_noise=("babble", 10), typing=True),
    Condition(
        "hard",
        leak_db=-20,
        agent_noise=("babble", 10),
        customer_noise=("office", 10),
        typing=True,
        customer_dbfs=-36,
    ),
)
OTHER: tuple[Condition, ...] = (
    Condition("leak -14", leak_db=-14),
    Condition("hold music", interludes=(("music", 20.0), ("music", 12.0))),
    Condition("tones", interludes=(("ringback", 10.0), ("digits", 4.0), ("digits", 6.0))),
    Condition("loss 5 %, concealed", loss=0.05),
    Condition("loss 5 %, silent", loss=0.05, concealed=False),
    Condition("comfort noise", comfort_noise=True, customer_noise=("pink", 25)),
    Condition("mains hum", hum_dbfs=-40),
    Condition("clipping", clipping_db=9),
    Condition("microphones", microphones=True, agent_noise=("fan", 20)),
    Condition("quiet customer", customer_dbfs=-42, customer_noise=("pink", 20)),
    Condition("breath and keys", breaths=True, typing=True),
)


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A call as it would have been recorded: 8 kHz, the agent's microphone and what came from the line."""

    agent: Samples
    customer: Samples


def gain(dbfs: float) -> float:
    return float(10 ** (dbfs / 20))


def render(dialogue: Dialogue, condition: Condition, stock: Material, seed: int) -> Recording:
    """The dialogue as it is heard in a condition; deterministic."""
    chance = np.random.default_rng([seed, *condition.name.encode()])
    count = dialogue.sound.shape[1]
    agent_level = gain(chance.uniform(*AGENT_DBFS))
    drawn = chance.uniform(*CUSTOMER_DBFS)
    customer_level = gain(drawn if condition.customer_dbfs is None else condition.customer_dbfs)
    agent = dialogue.sound[0] * agent_level * drift(dialogue.steps, chance)
    customer = dialogue.sound[1] * customer_level * drift(dialogue.steps, chance)
    if condition.breaths:
        agent = agent + synthesis.breaths(dialogue.label[0], chance) * agent_level * BREATH
    if condition.microphones:
        agent, customer = filtered(agent, microphone(chance)), filtered(customer, microphone(chance))
    for one in dialogue.interludes:
        piece = slice(one.start * STEP, one.end * STEP)
        customer[piece] += _interlude(one.kind, (one.end - one.start) * STEP, chance) * max(customer_level, gain(-30))
    if condition.leak_db is not None:
        agent = agent + _leak(customer, chance) * gain(condition.leak_db) * agent_level / customer_level
    if condition.agent_noise:
        kind, snr = condition.agent_noise
        agent = agent + synthesis.noise(kind, stock, count, chance) * agent_level * gain(-snr)
    if condition.customer_noise:
        kind, snr = condition.customer_noise
        customer = customer + synthesis.noise(kind, stock, count, chance) * customer_level * gain(-snr)
    if condition.typing:
        agent = agent + synthesis.typing(count, chance) * agent_level
    if condition.hum_dbfs is not None:
        agent = agent + synthesis.mains_hum(count, chance) * gain(condition.hum_dbfs)
    if condition.comfort_noise:
        customer = with_comfort_noise(customer, dialogue.label[1], chance)
    if condition.clipping_db is not None:
        agent = agent / (np.abs(agent).max() + 1e-9) * gain(condition.clipping_db)
    law = PCMU if chance.random() < 0.5 else PCMA
    agent, customer = (sound + chance.standard_normal(count) * gain(SELF_NOISE_DBFS) for sound in (agent, customer))
    lost = [lost_packets(count // PACKET + 1, condition.loss, chance) for _ in range(2)]
    coded = [through_g711(sound, law) for sound in (agent, customer)]
    return Recording(*(with_loss(sound, gone, condition.concealed) for sound, gone in zip(coded, lost, strict=True)))


def through_g711(sound: Sound, law: int) -> Samples:
    return decode(encode(np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16), law), law)


def drift(steps: int, chance: Chance) -> Sound:
    knots = np.arange(0, steps + 600, 600)
    wander_db = np.interp(np.arange(steps), knots, chance.uniform(-DRIFT_DB, DRIFT_DB, len(knots)))
    return np.repeat(10 ** (wander_db / 20), STEP)


def _leak(customer: Sound, chance: Chance) -> Sound:
    """From the ear-piece into the microphone: delayed, dull, with reflections; level kept."""
    delay = int(chance.uniform(0.02, 0.25) * RATE_HZ)
    response = np.zeros(delay + 800)
    response[delay] = 1.0
    for _ in range(int(chance.integers(2, 6))):
        response[delay + int(chance.integers(10, 790))] += chance.uniform(-0.4, 0.4)
    response = np.convolve(response, [0.25, 0.5, 0.25])
    leaked = filtered(customer, response)
    return np.asarray(leaked * np.sqrt((customer**2).mean() / ((leaked**2).mean() + 1e-20)))


def microphone(chance: Chance) -> Sound:
    """A microphone: a band, a tilt of up to 6 dB, two resonances or dips."""
    hz = np.fft.rfftfreq(256, 1 / RATE_HZ)
    db = chance.uniform(-6, 6) * np.log2(np.maximum(hz, 100) / 1000) / 2
    for _ in range(2):
        db += chance.uniform(-8, 8) * np.exp(-(((hz - chance.uniform(300, 3200)) / chance.uniform(100, 500)) ** 2))
    db -= 18 * np.clip(chance.uniform(150, 350) / np.maximum(hz, 1) - 1, 0, 2)
    db -= 24 * np.clip(hz / chance.uniform(2800, 3600) - 1, 0, 1)
    response = np.roll(np.fft.irfft(10 ** (db / 20)), 128) * np.hanning(256)
    return np.asarray(response / np.sqrt((response**2).sum()))


def _interlude(kind: str, count: int, chance: Chance) -> Sound:
    if kind == "music":
        return synthesis.music(count, chance)
    if kind == "digits":
        return synthesis.digits(count, chance)
    if kind == "ringback":
        return synthesis.ringback(count, chance) * 0.5
    raise ValueError(f"there is no interlude {kind!r}")


def with_comfort_noise(sound: Sound, label: Label, chance: Chance) -> Sound:
    """Where no speech has been for 0.2 s nothing is sent, and noise of a level told now and then is heard instead."""
    sent = without_short(label, False, 20)
    quiet = np.repeat(~sent, STEP)
    steps = len(label)
    updates_db = chance.uniform(-60, -50) + chance.uniform(-3, 3, steps // 200 + 1)  # one every two seconds
    told_db = np.repeat(updates_db, 200)[:steps]
    invented = synthesis.shaped(len(sound), chance, 20, 3800, float(chance.uniform(-6, 0)))
    return np.where(quiet, invented * np.repeat(10 ** (told_db / 20), STEP), sound)


def lost_packets(count: int, rate: float, chance: Chance) -> Label:
    """Losses in bursts of two packets on average (Gilbert's model)."""
    if not rate:
        return np.zeros(count, bool)
    leave, enter = 0.5, 0.5 * rate / (1 - rate)
    lost = np.zeros(count, bool)
    for packet in range(1, count):
        lost[packet] = chance.random() < (1 - leave if lost[packet - 1] else enter)
    return lost


def with_loss(sound: Samples, lost: Label, concealed: bool) -> Samples:
    """Lost packets are silent, or the last pitch cycle again, faded out over 60 ms (as ITU-T G.711 Appendix I does)."""
    heard = sound.copy()
    since = 0
    for packet in np.flatnonzero(lost).tolist():
        start, end = packet * PACKET, min(len(sound), (packet + 1) * PACKET)
        if start >= len(sound):
            break
        since = since + 1 if packet and lost[packet - 1] else 0
        if not concealed:
            heard[start:end] = 0
        elif (good := start - since * PACKET) >= 480:
            # Of what was really received: repeating a repetition would make it a buzz of another pitch.
            cycle = _last_cycle(heard[good - 480 : good].astype(np.float64))
            place = np.arange(since * PACKET, since * PACKET + end - start)
            fade = np.clip(1 - (place - 80) / 480, 0, 1)
            heard[start:end] = np.round(cycle[place % len(cycle)] * fade).astype(np.int16)
    return heard


def _last_cycle(before: Sound) -> Sound:
    """The last pitch cycle, 5 to 15 ms."""
    end = before[-120:]
    lags = range(40, 121)
    alike = [
        float(end @ before[-120 - lag : -lag]) / (np.sqrt((before[-120 - lag : -lag] ** 2).sum()) + 1.0) for lag in lags
    ]
    return before[-lags[int(np.argmax(alike))] :]
