"""The forms that configuration files of telephones have, written. :mod:`.reading` reads them back on its own.

A setting's key is the vendor's name for it. Where a name is not enough, ``user_name[1]`` has an index and
``sip.line[1].Transport`` is a path.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from phoneetiquette.errors import PhoneEtiquetteError

XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a configuration file. What a secret one holds is never shown."""

    key: str
    value: str = field(repr=False)
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a telephone book."""

    name: str
    number: str


class RefusedValueError(PhoneEtiquetteError):
    """A value that the file cannot hold without becoming another one. ``key`` is the setting's."""

    def __init__(self, key: str, what: str, advice: str) -> None:
        super().__init__(f"{key} {what}", advice)
        self.key = key


Writer = Callable[[Sequence[Setting], Sequence[Entry]], str]


def write(form: str, settings: Sequence[Setting], people: Sequence[Entry] = ()) -> str:
    """The file with these settings, in the form named. Forms without a telephone book leave ``people`` out.

    Raises:
        RefusedValueError: a value cannot be written so that the phone reads the same.
    """
    for setting in settings:
        _check(setting.key, setting.value)
    for person in people:
        _check("the telephone book", person.name)
        _check("the telephone book", person.number)
    return (FORMATS | BESIDE)[form](settings, people)


def _check(key: str, value: str) -> None:
    """Every value is one line of text: a line end would begin a setting of its own."""
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or ord(character) & 0xFFFE == 0xFFFE:
            what = f"holds the character U+{ord(character):04X}, which no configuration file can hold"
            raise RefusedValueError(key, what, "write it without")
    if value != value.strip():
        raise RefusedValueError(key, "begins or ends with a space, which telephones drop", "write it without")


def _yealink(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    for setting in settings:
        if setting.value in ("%NULL%", "%EMPTY%"):
            raise RefusedValueError(setting.key, f"is {setting.value}, which means nothing there", "choose another")
    lines = (f"{setting.key} = {setting.value or '%NULL%'}\n" for setting in settings)
    return "#!version:1.0.0.1\n" + "".join(lines)


def _mitel(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    for setting in settings:
        if found := re.search(r'[#"]', setting.value):
            what = f"holds {found[0]}, which begins a comment or a quotation there"
            raise RefusedValueError(setting.key, what, "choose a value without it")
    return "".join(f"{setting.key}: {setting.value}".rstrip() + "\n" for setting in settings)


def _avaya(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    return "".join(f"SET {setting.key} {_avaya_value(setting)}\n" for setting in settings)


def _avaya_value(setting: Setting) -> str:
    if '"' in setting.value:
        raise RefusedValueError(setting.key, 'holds ", which ends the value there', "choose a value without it")
    plain = re.fullmatch(r"[A-Za-z0-9.:;=,/_+-]+", setting.value)
    return setting.value if plain else f'"{setting.value}"'


_INDEXED = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<index>\w+)\])?")


def _named(step: str) -> tuple[str, str]:
    match = _INDEXED.fullmatch(step)
    assert match, f"{step} is no name with an index"
    return match["name"], match["index"] or ""


def _snom(settings: Sequence[Setting], people: Sequence[Entry]) -> str:
    root = ET.Element("settings")
    phone = ET.SubElement(root, "phone-settings")
    for setting in settings:
        name, index = _named(setting.key)
        attributes = {"idx": index, "perm": "R"} if index else {"perm": "R"}
        ET.SubElement(phone, name, attributes).text = setting.value
    if people:
        book = ET.SubElement(root, "tbook", {"e": "2", "complete": "true"})
        for number, person in enumerate(people):
            item = ET.SubElement(book, "item", {"context": "active", "type": "none", "index": str(number)})
            ET.SubElement(item, "first_name").text = person.name
            ET.SubElement(item, "number").text = person.number
    return _document(root)


def _grandstream(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    root = ET.Element("gs_provision", {"version": "1"})
    config = ET.SubElement(root, "config", {"version": "1"})
    for setting in settings:
        ET.SubElement(config, setting.key).text = setting.value
    return _document(root)


def _grandstream_items(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    root = ET.Element("gs_provision", {"version": "1"})
    config = ET.SubElement(root, "config", {"version": "2"})
    for setting in settings:
        ET.SubElement(config, "item", {"name": setting.key}).text = setting.value
    return _document(root)


def _poly(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    return _document(ET.Element("config", {setting.key: setting.value for setting in settings}))


def _cisco(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    root = ET.Element("flat-profile")
    for setting in settings:
        ET.SubElement(root, setting.key, {"ua": "na"}).text = setting.value
    return _document(root)


def _fanvil(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    root = ET.Element("sysConf")
    made: dict[tuple[str, ...], ET.Element] = {(): root}
    for setting in settings:
        steps = tuple(setting.key.split("."))
        for depth in range(1, len(steps) + 1):
            if steps[:depth] not in made:
                name, index = _named(steps[depth - 1])
                attributes = {"index": index} if index else {}
                made[steps[:depth]] = ET.SubElement(made[steps[: depth - 1]], name, attributes)
        made[steps].text = setting.value
    return _document(root)


def _gigaset(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    """``add_hs[00001].hs.RegStatus`` is a parameter of the operation ``add_hs`` on handset 00001."""
    root = ET.Element("provisioning", {"version": "1.1", "productID": "e2"})
    nvm = ET.SubElement(root, "nvm")
    operations: dict[tuple[str, str], ET.Element] = {}
    for setting in settings:
        operation = re.fullmatch(r"(\w+)\[(\w+)\]\.(.+)", setting.key)
        parent, name = nvm, setting.key
        if operation:
            which = (operation[1], operation[2])
            if which not in operations:
                operations[which] = ET.SubElement(nvm, "oper", {"value": operation[2], "name": operation[1]})
            parent, name = operations[which], operation[3]
        ET.SubElement(parent, "param", {"name": name, "value": setting.value})
    return _document(root)


def _gigaset_n510(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    """The part of a name behind its dot tells a text (``auc``, an array of characters), which is quoted, from a number.

    The bases read ISO 8859-1, so that everything beyond ASCII is written as a reference to its character.
    """
    root = ET.Element("ProviderFrame")
    provider = ET.SubElement(root, "Provider")
    for setting in settings:
        _, dot, name = setting.key.partition(".")
        if not dot:
            ET.SubElement(provider, setting.key, {"value": setting.value})
            continue
        value = setting.value
        if name.startswith("auc"):
            if '"' in value:
                raise RefusedValueError(setting.key, 'holds ", which ends the value there', "choose a value without it")
            value = f'"{value}"'
        ET.SubElement(provider, "SYMB_ITEM", {"ID": setting.key, "class": "symb_item", "value": value})
    ET.indent(root, " ")
    content: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=False)
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>\n{content.decode("ascii")}\n'


def _poly_master(settings: Sequence[Setting], _people: Sequence[Entry]) -> str:
    """The file that a Poly asks for first: it names the one with the settings."""
    attributes = {"APP_FILE_PATH": "sip.ld", "LOG_FILE_DIRECTORY": "", "OVERRIDES_DIRECTORY": ""}
    return _document(ET.Element("APPLICATION", attributes | {setting.key: setting.value for setting in settings}))


def _poly_directory(_settings: Sequence[Setting], people: Sequence[Entry]) -> str:
    root = ET.Element("directory")
    items = ET.SubElement(root, "item_list")
    for person in people:
        item = ET.SubElement(items, "item")
        ET.SubElement(item, "fn").text = person.name
        ET.SubElement(item, "ct").text = person.number
    return _document(root)


def _grandstream_directory(_settings: Sequence[Setting], people: Sequence[Entry]) -> str:
    root = ET.Element("AddressBook")
    for number, person in enumerate(people):
        contact = ET.SubElement(root, "Contact")
        ET.SubElement(contact, "id").text = str(number)
        ET.SubElement(contact, "FirstName").text = person.name
        telephone = ET.SubElement(contact, "Phone", {"type": "Work"})
        ET.SubElement(telephone, "phonenumber").text = person.number
        ET.SubElement(telephone, "accountindex").text = "0"
    return _document(root)


def _document(root: ET.Element) -> str:
    ET.indent(root, " ")
    return XML_DECLARATION + ET.tostring(root, encoding="unicode") + "\n"


FORMATS: dict[str, Writer] = {
    "yealink": _yealink,
    "mitel": _mitel,
    "avaya": _avaya,
    "snom": _snom,
    "grandstream": _grandstream,
    "grandstream_items": _grandstream_items,
    "poly": _poly,
    "cisco": _cisco,
    "fanvil": _fanvil,
    "gigaset": _gigaset,
    "gigaset_n510": _gigaset_n510,
}
"""The forms that a profile can name (:data:`.profile.Form`) -> who writes them."""

BESIDE: dict[str, Writer] = {
    "poly_master": _poly_master,
    "poly_directory": _poly_directory,
    "grandstream_directory": _grandstream_directory,
}
"""Files beside the configuration file itself."""
