"""What the machine says of its own when it takes a message, in each language it knows."""

from __future__ import annotations

from collections.abc import Mapping

BEEP = "beep"
"""The tone after which the caller speaks: a sound, not a text."""
OTHERWISE = "en"
"""Spoken to callers whose language the machine does not know."""

PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "leave_message": "Please say your name and what it is about after the tone. When you have finished, press the "
        "hash key.",
        "your_number": "We will call you back at this number:",
        "confirm_number": "If that is right, press 1. To give another number, press 2.",
        "enter_number": "Please key in the telephone number at which we can reach you, and then the hash key.",
        "thanks": "Thank you. You will hear from us within three days. Goodbye.",
        "+": "plus",
    },
    "de": {
        "leave_message": "Bitte sagen Sie nach dem Ton Ihren Namen und worum es geht. Wenn Sie fertig sind, drücken "
        "Sie die Rautetaste.",
        "your_number": "Wir rufen Sie unter dieser Nummer zurück:",
        "confirm_number": "Wenn das stimmt, drücken Sie die 1. Für eine andere Nummer drücken Sie die 2.",
        "enter_number": "Bitte geben Sie die Telefonnummer ein, unter der wir Sie erreichen, und dann die Rautetaste.",
        "thanks": "Vielen Dank. Sie hören innerhalb von drei Tagen von uns. Auf Wiederhören.",
        "+": "plus",
    },
    "uk": {
        "leave_message": "Будь ласка, після сигналу назвіть своє ім'я та суть питання. Коли закінчите, натисніть "
        "решітку.",
        "your_number": "Ми зателефонуємо вам за цим номером:",
        "confirm_number": "Якщо це правильно, натисніть 1. Щоб указати інший номер, натисніть 2.",
        "enter_number": "Будь ласка, введіть номер телефону, за яким ми зможемо вам зателефонувати, а потім решітку.",
        "thanks": "Дякуємо. Ми відповімо вам протягом трьох днів. До побачення.",
        "+": "плюс",
    },
    "nl": {
        "leave_message": "Zeg na de toon uw naam en waar het over gaat. Als u klaar bent, druk dan op het hekje.",
        "your_number": "Wij bellen u terug op dit nummer:",
        "confirm_number": "Klopt dat, toets dan 1. Wilt u een ander nummer opgeven, toets dan 2.",
        "enter_number": "Toets het telefoonnummer in waarop wij u kunnen bereiken, en daarna een hekje.",
        "thanks": "Dank u wel. U hoort binnen drie dagen van ons. Tot ziens.",
        "+": "plus",
    },
    "ar": {
        "leave_message": "من فضلك اذكر اسمك وموضوع اتصالك بعد سماع الصافرة. عند الانتهاء اضغط مفتاح المربع.",
        "your_number": "سنتصل بك على هذا الرقم:",
        "confirm_number": "إذا كان الرقم صحيحا فاضغط 1. لإعطاء رقم آخر اضغط 2.",
        "enter_number": "من فضلك أدخل رقم الهاتف الذي يمكننا الاتصال بك عليه، ثم اضغط مفتاح المربع.",
        "thanks": "شكرا لك. سنرد عليك خلال ثلاثة أيام. مع السلامة.",
        "+": "زائد",
    },
    "kk": {
        "leave_message": "Дыбыстық белгіден кейін атыңызды және мәселеңізді айтыңыз. Аяқтаған соң тор пернесін "
        "басыңыз.",
        "your_number": "Біз сізге мына нөмірге қайта қоңырау шаламыз:",
        "confirm_number": "Егер дұрыс болса, 1 пернесін басыңыз. Басқа нөмір беру үшін 2 пернесін басыңыз.",
        "enter_number": "Сізге хабарласатын телефон нөмірін теріп, содан кейін тор пернесін басыңыз.",
        "thanks": "Рахмет. Біз сізге үш күн ішінде жауап береміз. Сау болыңыз.",
        "+": "плюс",
    },
    "ru": {
        "leave_message": "Пожалуйста, после сигнала назовите своё имя и суть вопроса. Когда закончите, нажмите "
        "решётку.",
        "your_number": "Мы перезвоним вам по этому номеру:",
        "confirm_number": "Если он верен, нажмите 1. Чтобы указать другой номер, нажмите 2.",
        "enter_number": "Пожалуйста, введите номер телефона, по которому мы сможем вам позвонить, и затем решётку.",
        "thanks": "Спасибо. Мы ответим вам в течение трёх дней. До свидания.",
        "+": "плюс",
    },
}


def phrase(name: str, language: str) -> tuple[str, str]:
    """What is said for a phrase or a digit, and the language it is said in."""
    spoken = language.partition("-")[0]
    if spoken not in PHRASES:
        spoken = OTHERWISE
    return PHRASES[spoken].get(name, name), spoken


def names() -> tuple[str, ...]:
    """Every phrase and digit; :data:`BEEP` is none."""
    return (*PHRASES[OTHERWISE], *"0123456789")
