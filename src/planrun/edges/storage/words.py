"""What an object store or the way to it said, in words of ours.

The library's messages repeat requests and answers, which hold ids of keys and uploads, and what a server chose to
write. Of them only what is known here is told: the status, the service's code, and what became of the connection.
"""

from __future__ import annotations

import re

from planrun.errors import Unreachable

_STATUS = re.compile(r"status code: (\d{3})")
_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,60})</Code>")
_INVALID = re.compile(r'[Pp]ath "([^"]*)"')

_BY_CODE = {
    "NoSuchBucket": ("there is no such bucket", "make it, or correct the address"),
    "ExpiredToken": ("the credentials have expired", "sign in again, then run the command again"),
    "RequestTimeTooSkewed": ("the clock of this machine differs too much", "set the clock"),
    "InvalidAccessKeyId": ("the service does not know the access key", "check the credentials and the endpoint"),
    "SignatureDoesNotMatch": ("the secret key does not fit the access key", "check the credentials and the endpoint"),
    "PermanentRedirect": ("the bucket is in another region", "set the region of the storage, or AWS_REGION"),
    "AuthorizationHeaderMalformed": ("the bucket is in another region", "set the region, or AWS_REGION"),
    "SlowDown": ("the service asks to slow down", "run the command again later"),
    "QuotaExceeded": ("the quota is used up", "free space, or have it raised"),
}
_BY_STATUS = {
    "401": ("the service does not accept the credentials", "check the credentials and the endpoint"),
    "403": (
        "the credentials do not allow it",
        "they need GetObject, PutObject and ListBucket on that prefix, and DeleteObject to prune",
    ),
    "404": ("there is no such bucket or object", "check the address and the endpoint"),
    "301": ("the bucket is in another region", "set the region of the storage, or AWS_REGION"),
}
_BY_TEXT = {
    "InvalidCertificate": (
        "its TLS certificate cannot be trusted",
        "name the file of its authority in AWS_CA_BUNDLE; verification cannot be switched off",
    ),
    "without LOCATION": ("the bucket is in another region", "set the region of the storage, or AWS_REGION"),
    "dns error": ("its name cannot be resolved", "check the endpoint and the region"),
    "ConnectionRefused": ("nothing listens there", "check the endpoint"),
    "TimedOut": ("it did not answer in time", "check the way to it; run the command again"),
    "kind: Connect": ("it cannot be reached", "check the endpoint and the way to it"),
    "kind: Timeout": ("it did not answer in time", "check the way to it; run the command again"),
    "invalid list response": ("its listing is cut off", "run the command again"),
    "body": ("the connection broke off", "run the command again"),
    "error sending request": ("the connection broke off", "run the command again"),
}


def fault(error: Exception, what: str) -> Unreachable:
    """Return the error to raise when something could not be done, such as ``s3://b/x cannot be read``."""
    reason, hint = _reason(str(error))
    return Unreachable(f"{what}: {reason}", hint=hint)


def is_final(error: Exception) -> bool:
    """Return whether asking again would bring the same answer: the service refused, or knows no such thing."""
    status = _STATUS.search(str(error))
    return status is not None and status[1].startswith(("3", "4")) and status[1] not in {"408", "429"}


def is_empty(error: Exception) -> bool:
    """Return whether there was nothing in the range that was asked for."""
    status = _STATUS.search(str(error))
    return status is not None and status[1] == "416"


def hidden_name(error: Exception) -> str:
    """Return the name that a listing could not show."""
    found = _INVALID.search(str(error))
    return found[1] if found else "?"


def _reason(text: str) -> tuple[str, str | None]:
    status, code = _STATUS.search(text), _CODE.search(text)
    if code and code[1] in _BY_CODE:
        return _BY_CODE[code[1]]
    if status:
        told = " ".join(filter(None, (status[1], code[1] if code else "")))
        reason, hint = _BY_STATUS.get(status[1], ("the service reports an error", "run the command again later"))
        return f"{reason} ({told})", hint
    return next(
        (told for sign, told in _BY_TEXT.items() if sign in text), ("the service's answer makes no sense", None)
    )
