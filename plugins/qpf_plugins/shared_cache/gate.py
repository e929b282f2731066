"""What may pass to the parser of replies: nothing that is longer than any answer to us.

hiredis sets aside room for a list as soon as its length is announced: a few bytes of a server that means ill,
or is none, would take all memory there is.
"""

from qpf.api import StoreError

LONGEST_LINE = 64 * 1024
"""Bytes of what is no entry: lengths, and refusals."""

_END = b"\r\n"
_LISTS, _BLOBS = (b"*", b"%", b"~", b">"), (b"$", b"=")
_MOST_DIGITS = {**dict.fromkeys(_LISTS, 6), **dict.fromkeys(_BLOBS, 10)}
"""Of a length: a page of SCAN has some thousand keys, an entry some tens of MB."""


class Gate:
    """Looks at replies as they come in."""

    def __init__(self) -> None:
        self._line = b""
        self._blob = 0

    def check(self, data: bytes) -> None:
        """Look at the next bytes.

        Raises:
            StoreError: If they are, or announce, too much.
        """
        start = 0
        while start < len(data):
            if self._blob:
                skipped = min(self._blob, len(data) - start)
                self._blob -= skipped
                start += skipped
                continue
            end = data.find(b"\n", start) + 1 or len(data)
            self._line += data[start:end]
            start = end
            kind, number = self._line[:1], self._line[1:].removesuffix(_END)
            if len(number) > _MOST_DIGITS.get(kind, LONGEST_LINE):
                msg = "its answer is too large"
                raise StoreError(msg)
            if self._line.endswith(_END):
                self._line = b""
                if kind in _BLOBS and number.isdigit():
                    self._blob = int(number) + len(_END)
