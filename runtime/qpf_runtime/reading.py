"""Reads what comes by HTTP: within bounds of size and time, and only what is plainly JSON."""

import asyncio
import json
import math
from collections.abc import Sequence

from starlette.requests import ClientDisconnect, Request

from qpf_runtime.envelope import Json, read_json
from qpf_runtime.refusal import Refusal

LARGEST = 1024 * 1024
"""Most bytes of a body."""

SECONDS = 10.0
"""How long a body may take to arrive."""


async def read_object(request: Request, largest: int = LARGEST) -> tuple[bytes, dict[str, Json]]:
    """Read a body that is one JSON object; gives its bytes and what they say.

    Args:
        request: Whose body it is.
        largest: Most bytes of it.

    Raises:
        Refusal: Naming what is wrong with it.
    """
    _check_type(request)
    raw = await _body(request, largest)
    return raw, parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Json]:
    """Parse what must be one JSON object.

    Raises:
        Refusal: If it is anything else, or not plainly JSON.
    """
    try:
        read_json(raw)  # bounded depth, and the place of the first mistake
        parsed: Json = json.loads(raw, object_pairs_hook=_unique, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", f"the body is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        msg = "the body must be a JSON object"
        raise Refusal(400, "invalid_json", msg)
    return parsed


def _check_type(request: Request) -> None:
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        msg = f"a body is sent as it is, not with content-encoding {encoding[:40]}"
        raise Refusal(415, "unsupported_media_type", msg)
    kind, _, parameters = request.headers.get("content-type", "application/json").partition(";")
    named = dict(_parameter(part) for part in parameters.split(";") if part.strip())
    charset = named.get("charset", "utf-8")
    if kind.strip().lower() != "application/json" or charset not in {"utf-8", "utf8"}:
        msg = "a body is application/json in UTF-8"
        raise Refusal(415, "unsupported_media_type", msg)


def _parameter(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().lower(), value.strip().strip('"').lower()


async def _body(request: Request, largest: int) -> bytes:
    # The declared length only spares us reading; what counts is what arrives.
    declared = request.headers.get("content-length", "0")
    body = bytearray()
    if declared.isdigit() and len(declared) < len(str(largest)) + 1 and int(declared) <= largest:
        try:
            async with asyncio.timeout(SECONDS):
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > largest:
                        break
                else:
                    return bytes(body)
        except TimeoutError:
            msg = f"the body did not arrive within {SECONDS:g} s"
            raise Refusal(408, "too_slow", msg) from None
        except ClientDisconnect:
            msg = "the body did not arrive whole"
            raise Refusal(400, "incomplete", msg) from None
    msg = f"a body may have {largest} bytes"
    raise Refusal(413, "too_large", msg)


def _unique(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Who checked the packet before may have read the other value.
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        msg = f"{twice[:100]!r} is given twice"
        raise ValueError(msg)
    return found


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        msg = f"{number[:40]} is too large a number"
        raise ValueError(msg)
    return value
