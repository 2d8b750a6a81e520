"""Small documents of our own: pages of text with a bar code as PDF, and as a picture."""

import struct
import zlib
from collections.abc import Sequence

SIZES = {"A6": (298, 420), "A5": (420, 595), "A4": (595, 842)}
MARGIN, LEADING, BAR = 24, 18, 2


def pdf(pages: Sequence[Sequence[str]], size: str) -> bytes:
    """Return a PDF with these lines of text on its pages; the last line of each is a bar code as well."""
    width, height = SIZES[size]
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [0 0 {width} {height}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    for at, lines in enumerate(pages):
        content = _content(lines, height)
        fonts = "/Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {fonts} /Contents {5 + 2 * at} 0 R >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    return _written(objects)


def png(text: str) -> bytes:
    """Return a picture of a bar code in black and white."""
    bars = _bars(text)
    row = bytes(255 if bar == "0" else 0 for bar in bars for _ in range(BAR))
    rows = b"".join(b"\0" + row for _ in range(60))
    header = struct.pack(">IIBBBBB", len(row), 60, 8, 0, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _content(lines: Sequence[str], height: int) -> bytes:
    top = height - MARGIN - LEADING
    shown = " T* ".join(f"({_escaped(line)}) Tj" for line in lines)
    text = f"BT /F1 11 Tf {LEADING} TL {MARGIN} {top} Td {shown} ET"
    bars = [f"{MARGIN + at * BAR} {MARGIN} {BAR} 60 re" for at, bar in enumerate(_bars(lines[-1])[:120]) if bar == "1"]
    return "\n".join([text, *bars, "f"]).encode("latin-1", "replace")


def _bars(text: str) -> str:
    return "".join(f"{byte:08b}0" for byte in text.encode())


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _written(objects: Sequence[bytes]) -> bytes:
    """Number the objects and add the table of where each begins."""
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
