"""Inputs that have broken systems like this one (Table B of the threat model), pinned: each was a fault somewhere."""

from __future__ import annotations

import gzip

JSON = "application/json"
DEEP = 10_000

# -- B1: bodies, as bytes, with the headers they come with
BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "empty": (b"", {}),
    "null": (b"null", {}),
    "a list": (b"[]", {}),
    "a list of an object": (b'[{"title": "x"}]', {}),
    "a string": (b'"title"', {}),
    "a number": (b"1", {}),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, {}),
    "deep objects": (b'{"title":' * 5_000 + b"1" + b"}" * 5_000, {}),
    "too large": (b'{"title": "' + b"x" * 10_000_000 + b'"}', {}),
    "duplicate keys": (b'{"title": "a", "title": "b"}', {}),
    "duplicate keys by escape": (b'{"title": "a", "\\u0074itle": "b"}', {}),
    "NaN": (b'{"title": NaN}', {}),
    "Infinity": (b'{"title": -Infinity}', {}),
    "1e400": (b'{"title": 1e400}', {}),
    "a huge integer": (b'{"title": ' + b"9" * 5_000 + b"}", {}),
    "a lone surrogate": (b'{"title": "\\ud800"}', {}),
    "a surrogate pair the wrong way round": (b'{"title": "\\udc00\\ud800"}', {}),
    "BOM": (b'\xef\xbb\xbf{"title": "x"}', {}),
    "UTF-16": ('{"title": "x"}'.encode("utf-16"), {"Content-Type": "application/json; charset=utf-16"}),
    "UTF-32 without saying so": ('{"title": "x"}'.encode("utf-32"), {}),
    "Latin-1": ('{"title": "å"}'.encode("latin-1"), {"Content-Type": "application/json; charset=iso-8859-1"}),
    "invalid UTF-8": (b'{"title": "\xff\xfe"}', {}),
    "overlong UTF-8": (b'{"title": "\xc0\xaf"}', {}),
    "trailing garbage": (b'{"title": "x"} x', {}),
    "two documents": (b'{"title": "x"}{"title": "y"}', {}),
    "a comment": (b'{"title": "x" /* */}', {}),
    "single quotes": (b"{'title': 'x'}", {}),
    "cut off": (b'{"title": "x', {}),
    "NUL behind it": (b'{"title": "x"}\x00', {}),
    "a gzip bomb": (gzip.compress(b'{"title": "' + b"x" * 10_000_000 + b'"}'), {"Content-Encoding": "gzip"}),
    "an unknown encoding": (b'{"title": "x"}', {"Content-Encoding": "br"}),
    "identity twice": (b'{"title": "x"}', {"Content-Encoding": "identity, gzip"}),
    "a form": (b"title=x", {"Content-Type": "application/x-www-form-urlencoded"}),
    "JSON as text": (b'{"title": "x"}', {"Content-Type": "text/plain"}),
    "JSON as XML": (b'{"title": "x"}', {"Content-Type": "application/xml"}),
    "multipart": (b"--x\r\n\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}),
    "a strange type": (b'{"title": "x"}', {"Content-Type": "application/json; charset=\x7f"}),
    "msgpack": (b"\x81\xa5title\xa1x", {"Content-Type": "application/msgpack"}),
    "an entity bomb": (b'<!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>', {"Content-Type": "text/xml"}),
}

# -- B2: texts
TEXTS: dict[str, str] = {
    "NUL": "a\x00b",
    "control": "a\x1b[31mb\x07",
    "right to left": "a\u202egpj.exe",
    "zero width": "a\u200bb\u200d\ufeff",
    "a line separator": "a\u2028b",
    "1 MB": "x" * 1_000_000,
    "only spaces": "   ",
    "only a no-break space": "\u00a0",
    "combining": "a" + "\u0301" * 100,
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈",
    "a character beyond the BMP": "\U0001d544\U0001d55a",
    "not a character": "a\uffffb\ufdd0",
    "a template": "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "format": "%n%s%x {0} {x.__class__}",
    "CRLF": "a\r\nBcc: x@exempel.se",
    "SQL": "' OR 1=1; DROP TABLE cases; --",
    "backslash": "a\\'b\\",
    "LIKE": "%_%",
    "markup": "<svg onload=alert(1)>\"'&",
    "a formula": "=cmd|' /C calc'!A0",
    "a path": "../../../../etc/passwd",
    "JNDI": "${jndi:ldap://127.0.0.1/a}",
    "full width": "\uff11\uff12\uff13",
    "composed": "é",
    "decomposed": "e\u0301",
}

VALUES = (None, True, 0, -1, 1.5, 2**63, -(2**63) - 1, 10**400, [], ["x"], {}, {"x": 1}, "")
"""Other types than a text."""

# -- B3: addresses and questions
ID = "01980000-0000-7000-8000-000000000000"
PATHS: dict[str, str] = {
    "no id": "/api/cases/v1/cases/x",
    "a number": "/api/cases/v1/cases/1",
    "an id in braces": f"/api/cases/v1/cases/%7B{ID}%7D",
    "without hyphens": f"/api/cases/v1/cases/{ID.replace('-', '')}",
    "a urn": f"/api/cases/v1/cases/urn:uuid:{ID}",
    "encoded dots": "/api/cases/v1/cases/..%2f..%2finternal%2fsessions",
    "dots": "/api/cases/v1/cases/../../../identity/v1/internal/sessions",
    "encoded twice": "/api/cases/v1/cases/%252e%252e%252f",
    "NUL": f"/api/cases/v1/cases/{ID}%00",
    "a line break": f"/api/cases/v1/cases/{ID}%0d%0aX-A:%20b",
    "a backslash": "/api/cases/v1/cases/..%5c..%5c",
    "invalid UTF-8": "/api/cases/v1/cases/%ff%fe",
    "overlong": "/api/cases/v1/cases/%c0%ae%c0%ae",
    "a matrix parameter": f"/api/cases/v1/cases/{ID};x=1",
    "a double slash": f"/api/cases/v1//cases/{ID}",
    "a slash at the end": "/api/cases/v1/cases/",
    "upper case": "/API/cases/v1/cases",
    "a nil id": "/api/cases/v1/cases/00000000-0000-0000-0000-000000000000",
    "the last id": "/api/cases/v1/cases/ffffffff-ffff-ffff-ffff-ffffffffffff",
    "an upper-case id": "/api/cases/v1/cases/01980000-0000-7000-8000-ABCDEF000000",
}
QUERIES: dict[str, str] = {
    "negative limit": "limit=-1",
    "no limit": "limit=0",
    "huge limit": "limit=101",
    "huger limit": f"limit={'9' * 40}",
    "page 0": "page=0",
    "huge page": f"page={2**63}",
    "no number": "limit=ten",
    "a float": "limit=1.5",
    "exponent": "limit=1e1",
    "full-width digits": "limit=%EF%BC%91",
    "empty": "limit=",
    "twice": "limit=1&limit=2",
    "a list": "limit[]=1",
    "an object": "limit[$gt]=1",
    "unknown": "sort=owner",
    "unknown and good": "limit=1&account_id=x",
    "NUL": "limit=1%00",
    "invalid UTF-8": "limit=%ff",
    "many": "&".join(f"p{number}=1" for number in range(500)),
    "a semicolon": "limit=1;page=x",
}

# -- B13
KEYS: dict[str, str | None] = {
    "missing": None,
    "empty": "",
    "blank": "   ",
    "256 characters": "k" * 256,
    "4 kB": "k" * 4096,
    "Latin-1": "nyckel-\xe5",
    "a tab": "a\tb",
}

# -- B14: what goes over the wire; %s is the host
RAW: dict[str, bytes] = {
    "two hosts": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\nHost: evil.test\r\n\r\n",
    "no host": b"GET /api/identity/v1/terms HTTP/1.1\r\n\r\n",
    "length and chunks": b"POST /api/identity/v1/logins HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: %s\r\n\r\n",
    "two lengths": b"POST /api/identity/v1/logins HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\n"
    b"Content-Length: 6\r\n\r\nabcdef",
    "a negative length": b"POST /api/identity/v1/logins HTTP/1.1\r\nHost: %s\r\nContent-Length: -1\r\n\r\n",
    "a strange transfer encoding": b"POST /api/identity/v1/logins HTTP/1.1\r\nHost: %s\r\n"
    b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": b"POST /api/identity/v1/logins HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "a folded header": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\nX-A: b\r\n c\r\n\r\n",
    "a space before the colon": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost : %s\r\n\r\n",
    "1000 headers": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\n"
    + b"".join(b"X-H%d: 1\r\n" % number for number in range(1_000))
    + b"\r\n",
    "64 kB of cookies": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\nCookie: a=" + b"x" * 65_536 + b"\r\n\r\n",
    "an unknown verb": b"BREW /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\n\r\n",
    "TRACE": b"TRACE /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\n\r\n",
    "CONNECT": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: %s\r\n\r\n",
    "another host's address": b"GET http://evil.test/api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\n\r\n",
    "NUL in a header": b"GET /api/identity/v1/terms HTTP/1.1\r\nHost: %s\r\nX-A: \x00\r\n\r\n",
    "HTTP/0.9": b"GET /api/identity/v1/internal/sessions\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}
GOOD_ANYWAY = {"another host's address", "a folded header", "1000 headers", "an upper-case id"}
