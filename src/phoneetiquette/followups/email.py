"""E-mail addresses of customers. The only file that imports email_validator."""

from __future__ import annotations

from phoneetiquette.errors import PhoneEtiquetteError


class EmailError(PhoneEtiquetteError):
    """What is written is no e-mail address."""


def normalised(text: str) -> str:
    """The address as mail servers take it; nobody is asked whether it exists.

    Raises:
        EmailError: it is none; says why.
    """
    from email_validator import EmailNotValidError, validate_email  # not with the module: a tenth of a second

    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise EmailError(str(error), "write it as name@example.org") from error


def ascii_form(text: str) -> str:
    """The address as every mail server takes it, a domain of other letters in its ASCII form.

    Raises:
        EmailError: it is none, or has other letters before the ``@``, which few servers take.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError as error:
        raise EmailError(str(error), "write it as name@example.org") from error
    assert found is not None
    return found
