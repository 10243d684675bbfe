"""What the machine says to a guest whom it wakes, in each language it knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from phoneetiquette.ivr.phrases import OTHERWISE

_NOON = 12


@dataclass(frozen=True, slots=True)
class _Words:
    morning: str
    """To be said before noon; ``{name}`` is the guest's, with what stands before it, or nothing."""
    later: str
    time: str
    full_hour: str
    press: str
    thanks: str


WORDS: Mapping[str, _Words] = {
    "en": _Words(
        "Good morning{name}. This is your wake-up call.",
        "Hello{name}. This is your wake-up call.",
        "The time is {hour} {minute}.",
        "It is {hour} o'clock.",
        "Please press 1.",
        "Thank you. Have a good day.",
    ),
    "de": _Words(
        "Guten Morgen{name}. Dies ist Ihr Weckruf.",
        "Guten Tag{name}. Dies ist Ihr Weckruf.",
        "Es ist {hour} Uhr {minute}.",
        "Es ist {hour} Uhr.",
        "Bitte drücken Sie die 1.",
        "Vielen Dank. Einen schönen Tag.",
    ),
    "uk": _Words(
        "Доброго ранку{name}. Це ваш дзвінок-будильник.",
        "Добрий день{name}. Це ваш дзвінок-будильник.",
        "Зараз {hour} {minute}.",
        "Зараз {hour} нуль нуль.",
        "Будь ласка, натисніть 1.",
        "Дякуємо. Гарного дня.",
    ),
    "nl": _Words(
        "Goedemorgen{name}. Dit is uw wektelefoontje.",
        "Goedendag{name}. Dit is uw wektelefoontje.",
        "Het is {hour} uur {minute}.",
        "Het is {hour} uur.",
        "Toets alstublieft een 1.",
        "Dank u wel. Een prettige dag.",
    ),
    "ar": _Words(
        "صباح الخير{name}. هذه مكالمة الإيقاظ.",
        "مرحبا{name}. هذه مكالمة الإيقاظ.",
        "الساعة الآن {hour} و {minute} دقيقة.",
        "الساعة الآن {hour}.",
        "من فضلك اضغط 1.",
        "شكرا لك. يوما سعيدا.",
    ),
    "kk": _Words(
        "Қайырлы таң{name}. Бұл сізді ояту қоңырауы.",
        "Сәлеметсіз бе{name}. Бұл сізді ояту қоңырауы.",
        "Қазір сағат {hour} {minute}.",
        "Қазір сағат {hour}.",
        "1 пернесін басыңыз.",
        "Рахмет. Күніңіз сәтті өтсін.",
    ),
    "ru": _Words(
        "Доброе утро{name}. Это звонок-будильник.",
        "Добрый день{name}. Это звонок-будильник.",
        "Сейчас {hour} {minute}.",
        "Сейчас {hour} ноль ноль.",
        "Пожалуйста, нажмите 1.",
        "Спасибо. Хорошего дня.",
    ),
}


def spoken_language(language: str) -> str:
    """The language a guest is spoken to in."""
    base = language.partition("-")[0].casefold()
    return base if base in WORDS else OTHERWISE


def greeting(due: datetime, say: str, language: str) -> tuple[str, str]:
    """What is said first, and asked, of a guest who is to be woken at ``due``, and the language it is in. The time is
    the one that was asked for: a guest who is called three minutes later gets up no earlier for it."""
    spoken = spoken_language(language)
    words = WORDS[spoken]
    opening = words.morning if due.hour < _NOON else words.later
    clock = words.time if due.minute else words.full_hour
    minute = f"{due.minute}" if due.minute >= 10 or spoken != "en" else f"oh {due.minute}"
    name = " ".join(say.split())
    parts = (
        opening.replace("{name}", f", {name}" if name else ""),
        clock.format(hour=due.hour, minute=minute),
        words.press,
    )
    return " ".join(parts), spoken


def thanks(language: str) -> tuple[str, str]:
    """What is said when the guest has pressed a key, and the language it is in."""
    spoken = spoken_language(language)
    return WORDS[spoken].thanks, spoken
