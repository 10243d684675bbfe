"""The directory and the guest list: tables and vCards as programs export them, and whom they find."""

from __future__ import annotations

from pathlib import Path

import pytest

from phoneetiquette.config.contact_files import read_directory
from phoneetiquette.config.loader import check
from phoneetiquette.directory.contacts import Contact, Directory
from phoneetiquette.directory.table import contacts_of_table
from phoneetiquette.directory.vcard import contacts_of_vcards


def table(text: str, country: str = "AT") -> list[Contact]:
    contacts, problems = contacts_of_table(text, "guests.csv", country)
    assert problems == []
    return contacts


def cards(text: str) -> list[Contact]:
    contacts, problems = contacts_of_vcards(text, "staff.vcf", "AT")
    assert problems == []
    return contacts


def test_a_guest_list_has_names_rooms_languages_and_who_is_not_to_be_hurried() -> None:
    (anna, omar) = table(
        "name,number,room,say,language,unhurried,email,note\n"
        'Anna Berger,0664 1234567,214,BER-ger,de-AT,yes,anna@berger.example,"allergic, to nuts"\n'
        "Omar Haddad,,215,,ar,,,\n"
    )
    assert anna == Contact(
        name="Anna Berger",
        numbers=("+436641234567",),
        room="214",
        say="BER-ger",
        language="de",
        unhurried=True,
        email="anna@berger.example",
        note="allergic, to nuts",
    )
    assert (omar.room, omar.numbers, omar.language) == ("215", (), "ar")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_come_in_any_order_under_the_names_that_address_books_export(delimiter: str) -> None:
    text = (
        "Company,Last Name,First Name,Business Phone,Mobile Phone,Fax\nMaier Taxi,Maier,Eva,01 5550100,+43 664 999000,1"
    )
    (eva,) = table(text.replace(",", delimiter))
    assert (eva.name, eva.organisation, eva.numbers) == ("Eva Maier", "Maier Taxi", ("+4315550100", "+43664999000"))


def test_a_row_that_cannot_be_used_costs_that_row_alone() -> None:
    contacts, problems = contacts_of_table("name,number\nAnna,205\n,206\nBert,\n\nEva,207\n", "guests.csv", "AT")
    assert [one.name for one in contacts] == ["Anna", "Eva"]
    assert [(one.line, one.what) for one in problems] == [
        (3, "a row without a name"),
        (4, "a row without a number or a room"),
    ]


def test_a_table_without_a_column_of_names_is_no_list_of_contacts() -> None:
    contacts, (problem,) = contacts_of_table("a,b\n1,2\n", "guests.csv", "AT")
    assert contacts == []
    assert "names no column for the name" in problem.what
    assert "name,number" in problem.advice


def test_a_card_of_version_4_and_one_of_a_telephone() -> None:
    anna, bert = cards(
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Anna Berger\r\nN:Berger;Anna;;;\r\nTEL;TYPE=cell:tel:+43-664-1234567\r\n"
        "item1.TEL;TYPE=work:01 5550100\r\nORG:Berger \\& Söhne;Office\r\nEMAIL:anna@berger.example\r\nLANG:de\r\n"
        "NOTE:likes quiet\\nrooms and a\r\n  window\r\nX-PHONETIC-LAST-NAME:BER-ger\r\nX-ROOM:214\r\n"
        "CATEGORIES:Guests,unhurried\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;=\nBert\n"
        "TEL;CELL:0664 7654321\nEND:VCARD\n"
    )
    assert anna.numbers == ("+436641234567", "+4315550100")
    assert (anna.organisation, anna.language, anna.say) == ("Berger & Söhne", "de", "BER-ger")
    assert (anna.room, anna.unhurried) == ("214", True)
    assert anna.note == "likes quiet rooms and a window"
    assert (bert.name, bert.numbers) == ("Bert Müller", ("+436647654321",))


def test_broken_cards_are_told_with_their_line() -> None:
    contacts, problems = contacts_of_vcards(
        "BEGIN:VCARD\nFN:Anna\nTEL:205\nEND:VCARD\nBEGIN:VCARD\nTEL:206\nEND:VCARD\nBEGIN:VCARD\nFN:Eva\n",
        "staff.vcf",
        "AT",
    )
    assert [one.name for one in contacts] == ["Anna"]
    assert [(one.line, one.what) for one in problems] == [(5, "a card without a name"), (8, "a card that does not end")]
    _, (problem,) = contacts_of_vcards("name,number\n", "staff.vcf", "AT")
    assert problem.what == "there is no vCard in it"


def test_who_calls_is_known_by_number_or_room_and_the_first_entry_counts() -> None:
    anna = Contact(name="Anna", numbers=("+436641234567",), room="214")
    directory = Directory([anna, Contact(name="Agency", numbers=("+436641234567",))])
    assert directory.of("+436641234567") is anna
    assert directory.of("214") is anna
    assert directory.of("") is None
    assert directory.of("215") is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("mul", ["Bert Müller", "Eva Mulder"]),
        ("bert m", ["Bert Müller"]),
        ("berger", ["Anna Berger", "Eva Mulder"]),
        ("0664 12", ["Anna Berger"]),
        ("", []),
        ("214", ["Anna Berger"]),
        ("7", []),
    ],
)
def test_a_few_letters_or_digits_find(typed: str, found: list[str]) -> None:
    directory = Directory(
        [
            Contact(name="Anna Berger", numbers=("+436641234567",), room="214"),
            Contact(name="Bert Müller", numbers=("201",)),
            Contact(name="Eva Mulder", numbers=("202",), organisation="Berger & Söhne"),
        ]
    )
    assert sorted(one.name for one in directory.search(typed, 8)) == sorted(found)
    assert len(directory.search(typed, 1)) == min(1, len(found))


def test_files_are_told_apart_by_what_is_in_them_and_problems_have_their_place(tmp_path: Path) -> None:
    (tmp_path / "guests.csv").write_bytes("name;number\nJosé;205\n;206\n".encode("cp1252"))
    (tmp_path / "staff.txt").write_text("BEGIN:VCARD\nFN:Eva\nTEL:201\nEND:VCARD\n")
    files = [tmp_path / name for name in ("guests.csv", "staff.txt", "gone.csv")]
    directory, problems = read_directory(files, "AT")
    assert [one.name for one in directory.contacts] == ["José", "Eva"]
    assert [(Path(one.file).name, one.line) for one in problems] == [("gone.csv", 0), ("guests.csv", 3)]


def test_check_tells_what_is_wrong_with_the_guest_list(tmp_path: Path) -> None:
    (tmp_path / "guests.csv").write_text("name,number\nAnna,\n")
    configuration = tmp_path / "seat.yaml"
    configuration.write_text("contacts: {files: [guests.csv]}\nseat: {hardware: none}\n")
    configuration.chmod(0o600)
    problems = check([configuration])
    assert any("a row without a number or a room" in str(one) and "guests.csv:2" in str(one) for one in problems)


def test_a_list_that_is_not_there_is_a_problem_of_the_key_that_names_it(tmp_path: Path) -> None:
    configuration = tmp_path / "seat.yaml"
    configuration.write_text("seat: {hardware: none}\ncontacts:\n  files: [gone.csv]\n")
    configuration.chmod(0o600)
    (problem,) = check([configuration])
    assert (Path(problem.file).name, problem.line) == ("seat.yaml", 3)
    assert "gone.csv cannot be read" in problem.what
