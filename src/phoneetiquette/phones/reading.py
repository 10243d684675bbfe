"""Configuration files of telephones read back. Nothing here knows how :mod:`.formats` writes them: a file is known by
what stands in it, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from phoneetiquette.errors import PhoneEtiquetteError

LARGEST = 4 << 20
"""Longest file in bytes that can be a telephone's configuration."""
DEEPEST = 20


class UnreadableFileError(PhoneEtiquetteError):
    """The file is no telephone's configuration, or a damaged one."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says: its form, and key -> value; an entry of a telephone book has the key ``book[NAME]``."""

    form: str
    values: dict[str, str]


def read(content: bytes) -> Found:
    """What stands in a configuration file of any of the known forms.

    Raises:
        UnreadableFileError: it is none of them; says where it goes wrong.
    """
    if len(content) > LARGEST:
        raise UnreadableFileError(f"longer than {LARGEST >> 20} MiB", "this is no telephone's configuration")
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return _xml(content.removeprefix(b"\xef\xbb\xbf").lstrip())
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableFileError(
            f"line {line}: byte 0x{content[error.start]:02x} is not UTF-8", "save it as UTF-8"
        ) from None
    if not text.strip():
        raise UnreadableFileError("empty", "write it anew: phoneetiquette provision")
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    if text.startswith("#!version:"):
        pairs = _pairs(lines, r"([^\s=]+)\s*=\s*(.*)", "key = value")
        return Found("yealink", {key: "" if value == "%NULL%" else value for key, value in pairs.items()})
    written = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if written and all(line.startswith("SET ") for _, line in written):
        return Found("avaya", _pairs(written, r'SET\s+(\S+)\s+(?:"([^"]*)"|(\S+))', "SET NAME value"))
    if written and re.match(r"[a-z][\w |\[\]-]*:", written[0][1]):
        return Found("mitel", _pairs(written, r"([^:]+):\s*(.*)", "key: value"))
    what = f"line {written[0][0]}: no form of a configuration file that is known" if written else "nothing but comments"
    raise UnreadableFileError(what, "known are the forms of the vendors in hardware/phones")


def _pairs(lines: list[tuple[int, str]], pattern: str, form: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(pattern, line)
        if match is None:
            raise UnreadableFileError(f"line {number}: not of the form {form}", "mend this line")
        key, *alternatives = match.groups()
        value = next((one for one in alternatives if one is not None), "")
        values[key.strip()] = value
    return values


class _NoDoctype(ET.TreeBuilder):
    """A document type could make a small file a huge one; no telephone writes one."""

    def doctype(self, *_: object) -> None:
        raise UnreadableFileError("a document type is declared in it", "remove the line <!DOCTYPE ...>")


def _xml(content: bytes) -> Found:
    """In whatever encoding the file declares."""
    try:
        root = ET.fromstring(content, parser=ET.XMLParser(target=_NoDoctype()))  # noqa: S314 - no DTD gets past
    except ET.ParseError as error:
        line, column = error.position
        what = str(error).partition(":")[0]
        raise UnreadableFileError(f"line {line}, column {column + 1}: not XML: {what}", "mend it there") from None
    except (LookupError, ValueError) as error:
        raise UnreadableFileError(f"an encoding that is not known: {error}", "save it as UTF-8") from None
    dotted = any("." in name for element in root.iter() for name in element.attrib)
    reader = _BY_ROOT.get(root.tag, _poly if dotted else None)
    if reader is None:
        raise UnreadableFileError(
            f"XML with the root <{root.tag}>, which no telephone that is known has", "name a telephone's configuration"
        )
    return reader(root)


def _snom(root: ET.Element) -> Found:
    values = {}
    for element in root.iterfind("phone-settings/*"):
        index = element.get("idx")
        values[f"{element.tag}[{index}]" if index else element.tag] = element.text or ""
    values.update(_book((one.findtext("first_name"), one.findtext("number")) for one in root.iterfind("tbook/item")))
    return Found("snom", values)


def _grandstream(root: ET.Element) -> Found:
    items = {str(one.get("name")): one.text or "" for one in root.iterfind("config/item")}
    if items:
        return Found("grandstream_items", items)
    return Found("grandstream", {one.tag: one.text or "" for one in root.iterfind("config/*")})


def _cisco(root: ET.Element) -> Found:
    return Found("cisco", {one.tag: one.text or "" for one in root})


def _fanvil(root: ET.Element) -> Found:
    def walk(element: ET.Element, path: str) -> Iterator[tuple[str, str]]:
        for child in element:
            index = child.get("index")
            name = path + child.tag + (f"[{index}]" if index else "")
            if name.count(".") > DEEPEST:
                raise UnreadableFileError(f"nested more than {DEEPEST} deep", "this is no telephone's configuration")
            if len(child):
                yield from walk(child, name + ".")
            else:
                yield name, child.text or ""

    return Found("fanvil", dict(walk(root, "")))


def _gigaset(root: ET.Element) -> Found:
    values = {str(one.get("name")): one.get("value", "") for one in root.iterfind("nvm/param")}
    for operation in root.iterfind("nvm/oper"):
        for one in operation.iterfind("param"):
            values[f"{operation.get('name')}[{operation.get('value')}].{one.get('name')}"] = one.get("value", "")
    return Found("gigaset", values)


def _gigaset_n510(root: ET.Element) -> Found:
    values = {}
    for element in root.iterfind("Provider/*"):
        value = element.get("value", "")
        quoted = len(value) > 1 and value.startswith('"') and value.endswith('"')
        values[element.get("ID", element.tag)] = value[1:-1] if quoted else value
    return Found("gigaset_n510", values)


def _poly(root: ET.Element) -> Found:
    """Its settings are attributes, on any element; the root has any name."""
    return Found("poly", {name: value for element in root.iter() for name, value in element.attrib.items()})


def _poly_master(root: ET.Element) -> Found:
    return Found("poly_master", {"CONFIG_FILES": root.get("CONFIG_FILES", "")})


def _poly_directory(root: ET.Element) -> Found:
    items = root.iterfind("item_list/item")
    return Found("poly_directory", _book((one.findtext("fn"), one.findtext("ct")) for one in items))


def _grandstream_directory(root: ET.Element) -> Found:
    contacts = root.iterfind("Contact")
    return Found(
        "grandstream_directory",
        _book((one.findtext("FirstName"), one.findtext("Phone/phonenumber")) for one in contacts),
    )


def _book(people: Iterator[tuple[str | None, str | None]]) -> dict[str, str]:
    return {f"book[{name or ''}]": number or "" for name, number in people}


_BY_ROOT = {
    "settings": _snom,
    "gs_provision": _grandstream,
    "flat-profile": _cisco,
    "sysConf": _fanvil,
    "provisioning": _gigaset,
    "ProviderFrame": _gigaset_n510,
    "APPLICATION": _poly_master,
    "directory": _poly_directory,
    "AddressBook": _grandstream_directory,
}
