"""Requests, as the workflow that they start or resume sees them."""

import base64
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import given
from hypothesis import strategies as st

import inbound
from inbound import BadRequest, BodyTooLarge
from interlude.run import payloads
from tests.unit.http_events import http_event

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def seen(**request: Any) -> dict[str, Any]:
    return inbound.http_event(APIGatewayProxyEventV2(http_event(**request)))


def body_of(body: str | bytes, content_type: str) -> Any:
    """The parsed body, or the whole of a binary one."""
    request = seen(body=body, content_type=content_type)
    return (request["body"], "base64") if request.get("is_base64_encoded") else request["body"]


def test_a_request_is_told_whole():
    """Method, path, query, headers, body, address of the client, URL."""
    request = seen(method="PUT", path="/hooks/a/b", body='{"x":1}', query="q=1&e=", content_type=JSON, x_custom="Yes")

    assert request == {
        "method": "PUT",
        "path": "/hooks/a/b",
        "query": {"q": "1", "e": ""},
        "headers": {"x-forwarded-proto": "https", "content-type": JSON, "x-custom": "Yes"},
        "body": {"x": 1},
        "client_ip": "192.0.2.1",
        "url": "https://api.example/hooks/a/b?q=1&e=",
    }


def test_a_request_without_anything_has_an_empty_text_as_its_body():
    """And no question mark in its URL."""
    request = seen(method="GET", path="/hooks/a/b")

    assert (request["body"], request["query"], request["url"]) == ("", {}, "https://api.example/hooks/a/b")
    assert "is_base64_encoded" not in request


@pytest.mark.parametrize(
    ("path", "query", "target"),
    [
        ("/hooks/a/b/Grüße an alle", "", "/hooks/a/b/Gr%C3%BC%C3%9Fe%20an%20alle"),
        ("/hooks/a/b/100%/a?b#c", "", "/hooks/a/b/100%25/a%3Fb%23c"),
        ("/hooks/a/b/a\nb", "", "/hooks/a/b/a%0Ab"),
        ("/hooks/a/b/x;v=1,2/@me:*", "", "/hooks/a/b/x;v=1,2/@me:*"),
        ("/hooks/a/b", "name=J%C3%BCrgen+M&q=a/b?c%25", "/hooks/a/b?name=J%C3%BCrgen+M&q=a/b?c%25"),
        ("/hooks/a/b", "name=Jürgen M&a[]=<1>", "/hooks/a/b?name=J%C3%BCrgen%20M&a%5B%5D=%3C1%3E"),
        ("/hooks/a/b/\ud800", "q=\ud800", "/hooks/a/b/%3F?q=?"),
    ],
)
def test_the_url_is_a_url_whatever_stands_in_it(path: str, query: str, target: str):
    """API Gateway decodes the path; what a URL can't hold is escaped again. The path itself stays readable."""
    request = seen(path=path, query=query)

    assert request["url"] == f"https://api.example{target}"
    assert request["path"] == path


@given(st.text(), st.text())
def test_every_url_leads_back_to_its_path(below: str, query: str):
    """By what any program makes of it."""
    path = f"/hooks/a/b/{below}"

    url = seen(path=path, query=query)["url"]

    assert url.isascii()
    assert url.isprintable()
    assert not set(' "<>\\^`{|}#[]') & set(url)
    assert unquote(urlsplit(url).path) == path


def test_a_query_that_was_sent_without_escapes_is_read_as_utf_8():
    """As curl sends it."""
    assert seen(query="name=Jürgen")["query"] == {"name": "Jürgen"}


def test_a_repeated_name_has_the_list_of_its_values():
    """In the query and in a form alike; percent signs and plus signs are decoded."""
    assert seen(query="a=1&b=x%20y&a=2&c=%C3%BC+z")["query"] == {"a": ["1", "2"], "b": "x y", "c": "ü z"}
    assert body_of("a=1&b=&a=2&c=%C3%BC", FORM) == {"a": ["1", "2"], "b": "", "c": "ü"}


def test_cookies_are_a_header_again():
    """API Gateway takes them out."""
    assert seen(cookies=["a=1", "b=2"])["headers"]["cookie"] == "a=1; b=2"


@pytest.mark.parametrize(
    ("content_type", "body", "parsed"),
    [
        (JSON, '{"a": [1, null]}', {"a": [1, None]}),
        ("application/json; charset=utf-8", '"text"', "text"),
        ("APPLICATION/JSON", "12", 12),
        ("application/cloudevents+json", '{"a": 1}', {"a": 1}),
        (JSON, "null", None),
        (FORM, '{"a": 1}', {"a": 1}),
        (FORM, ' [1]', [1]),
        ("", '{"a": 1}', {"a": 1}),
        ("text/plain", '{"a": 1}', '{"a": 1}'),
        ("", "12", "12"),
        ("", "plain", "plain"),
        ("text/csv", "a,b\n1,2\n", "a,b\n1,2\n"),
        ("text/html", "<p>ü</p>", "<p>ü</p>"),
    ],
)  # fmt: skip
def test_a_body_is_parsed_where_it_is_json_or_a_form_and_else_a_text(content_type: str, body: str, parsed: object):
    """`curl -d '{…}'` calls its JSON a form, and gets what it means."""
    assert body_of(body, content_type) == parsed


@pytest.mark.parametrize("body", ["{", '{"a": }', "NaN", "[Infinity]", '{"a": 1} x', "[" * 200_000, "1" * 5000])
def test_json_that_is_none_stays_a_text(body: str):
    """Nothing of a request gets lost because somebody's JSON is broken."""
    assert body_of(body, JSON) == body


def test_a_json_number_that_is_too_large_for_a_float_stays_in_its_text():
    """1e999 is valid JSON, but Python would read infinity, which can't be written again."""
    assert body_of('{"a": 1e999}', JSON) == '{"a": 1e999}'


def test_a_broken_form_is_what_can_be_read_of_it():
    """As every browser's server does."""
    assert body_of("a&=b&c=1=2&%zz=3", FORM) == {"a": "", "": "b", "c": "1=2", "%zz": "3"}


def test_text_in_another_charset_is_decoded():
    """The charset is the request's own word."""
    assert body_of("Grüße".encode("latin-1"), "text/plain; charset=iso-8859-1") == "Grüße"
    assert body_of("Grüße".encode(), "text/plain") == "Grüße"
    assert body_of("Grüße".encode("utf-16"), 'text/plain; charset="UTF-16"') == "Grüße"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("utf8", "utf-8"),
        ("UTF_8", "utf-8"),
        ("latin1", "latin-1"),
        ("l1", "latin-1"),
        ("iso8859-1", "latin-1"),
        ("iso-8859-15", "iso8859-15"),
        ("latin9", "iso8859-15"),
        ("cp1252", "cp1252"),
        ("Windows-1252", "cp1252"),
        ("utf16", "utf-16"),
    ],
)
def test_a_charset_has_more_than_one_name(charset: str, encoding: str):
    """JSON, forms and texts in it are read, whatever the client calls it."""
    json_text, form = '{"name": "Jürgen"}', "title=Grüße"

    assert body_of(json_text.encode(encoding), f"application/json; charset={charset}") == {"name": "Jürgen"}
    assert body_of(form.encode(encoding), f"{FORM}; charset={charset}") == {"title": "Grüße"}
    assert body_of("Grüße".encode(encoding), f"text/plain; charset={charset}") == "Grüße"


def test_json_that_calls_itself_ascii_is_read():
    """Under each of its names."""
    for name in ("ascii", "us-ascii", "US_ASCII", "646"):
        assert body_of('{"a": 1}', f"application/json; charset={name}") == {"a": 1}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (f"{FORM}; charset=iso-8859-1", "name=J%FCrgen"),
        (f"{FORM}; charset=latin1", b"name=J\xfcrgen"),
        (FORM, "name=J%FCrgen&_charset_=windows-1252"),
        (f"{FORM}; charset=utf-8", "_charset_=ISO-8859-1&name=J%FCrgen"),
        (f"{FORM}; charset=latin1", "name=J%FCrgen&_charset_=punycode"),
    ],
)
def test_the_fields_of_a_form_are_in_the_charset_that_it_names(content_type: str, body: str | bytes):
    """Escaped or not. The field _charset_ counts more than the header, unless its charset is not allowed."""
    assert body_of(body, content_type)["name"] == "Jürgen"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\n\x00"),
        ("application/octet-stream", b"a\x00b"),
        ("", b"\xff\xfe"),
        ("text/plain", b"\xff"),
        ("text/plain; charset=utf-8", "Grüße".encode("latin-1")),
        ("text/plain; charset=no-such", b"abc"),
        (JSON, b'{"a": "\xff"}'),
    ],
)
def test_a_body_that_is_no_text_is_base64_with_a_flag(content_type: str, body: bytes):
    """Byte for byte."""
    assert body_of(body, content_type) == (base64.b64encode(body).decode(), "base64")


@pytest.mark.parametrize(
    "charset", ["undefined", "idna", "punycode", "hex", "rot13", '"a\0b"', "utf_8\\", "unicode_escape", "utf-16"]
)
def test_no_charset_that_a_client_claims_breaks_a_request(charset: str):
    """ "undefined" is what a script sends that forgot to set one; Python knows a codec of that name."""
    request = seen(body="Grüße \\ud800".encode(), content_type=f"text/plain; charset={charset}")

    assert isinstance(request["body"], str)


@given(body=st.binary(max_size=60), content_type=st.sampled_from([JSON, FORM, "text/plain", "", "image/png"]))
def test_every_body_becomes_json(body: bytes, content_type: str):
    """Whatever it is, the event can be written and read again; binary comes back byte for byte."""
    request = seen(body=body, content_type=content_type)

    assert json.loads(json.dumps(request, allow_nan=False)) == request
    if request.get("is_base64_encoded"):
        assert base64.b64decode(request["body"]) == body


def raw_body_of(body: str | bytes, content_type: str, most: int = 65_536) -> dict[str, Any]:
    event = APIGatewayProxyEventV2(http_event(body=body, content_type=content_type))
    request = inbound.http_event(event, raw_body_bytes=most)
    return {name: value for name, value in request.items() if name.startswith("raw_body")}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, '{ "b": 1,\n"a": "\\u00fc ü" }\n'),
        (JSON, '"text"'),
        (JSON, "\ufeff[]"),
        (f"{JSON}; charset=latin1", '{"a": 1}'),
        (FORM, "payload=%7B%22a%22%3A1%7D&b=+"),
        ("", '{"a": 1}'),
        ("multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nü\r\n--b--\r\n'),
    ],
)
def test_a_body_that_was_parsed_is_there_as_it_was_sent_as_well(content_type: str, body: str):
    """A signature is over the bytes, which are the UTF-8 of this text."""
    assert body_of(body, content_type) != body
    assert raw_body_of(body, content_type) == {"raw_body": body}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (f"{JSON}; charset=latin1", '{"a": "ü"}'.encode("latin-1")),
        (f"{JSON}; charset=utf-16", '{"a": 1}'.encode("utf-16")),
        ("text/plain; charset=cp1252", "ü".encode("cp1252")),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n\xff\x00\r\n--b--\r\n',
        ),
    ],
)
def test_what_was_sent_and_is_not_utf_8_is_there_in_base64(content_type: str, body: bytes):
    """Byte for byte, with a flag; also of a text that was decoded from another charset."""
    assert raw_body_of(body, content_type) == {
        "raw_body": base64.b64encode(body).decode(),
        "raw_body_is_base64_encoded": True,
    }


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", "text"),
        (JSON, "{"),
        (JSON, ""),
        ("image/png", b"\x89PNG"),
        (JSON, b'{"a": "\xff"}'),
        ("multipart/form-data; boundary=b", "no parts"),
    ],
)
def test_a_body_that_is_there_as_it_was_sent_is_there_once(content_type: str, body: str | bytes):
    """As text, or as base64."""
    assert raw_body_of(body, content_type) == {}


def test_a_raw_body_has_a_limit_in_bytes():
    """As they were sent, not as characters. A link's request has none at all."""
    body = json.dumps("ü" * 4, ensure_ascii=False)

    assert raw_body_of(body, JSON, 10) == {"raw_body": body}
    assert raw_body_of(body, JSON, 9) == {}
    assert "raw_body" not in seen(body=body, content_type=JSON)


@given(body=st.binary(max_size=60), content_type=st.sampled_from([JSON, FORM, "text/plain; charset=latin1", "", "a/b"]))
def test_every_byte_that_was_sent_can_be_had(body: bytes, content_type: str):
    """From `raw_body`, or from `body` where that is missing."""
    event = APIGatewayProxyEventV2(http_event(body=body, content_type=content_type))
    request = json.loads(json.dumps(inbound.http_event(event, raw_body_bytes=100)))

    name, flag = ("raw_body", "raw_body_is_base64_encoded") if "raw_body" in request else ("body", "is_base64_encoded")
    text = request[name]
    assert (base64.b64decode(text) if request.get(flag) else text.encode()) == body


def part(disposition: str, content: str, *headers: str) -> str:
    lines = [f"Content-Disposition: form-data; {disposition}", *headers, "", content]
    return "--b\r\n" + "\r\n".join(lines) + "\r\n"


MULTIPART = "multipart/form-data; boundary=b"


def test_a_multipart_form_has_its_fields_by_name():
    """A file is its name, its type and its content in base64; a repeated name is a list."""
    body = (
        part('name="title"', "Grüße")
        + part('name="tag"', "1")
        + part('name="tag"', "2")
        + part('name="file"; filename="a.txt"', "text", "Content-Type: text/plain")
        + "--b--\r\n"
    )

    assert body_of(body.encode(), MULTIPART) == {
        "title": "Grüße",
        "tag": ["1", "2"],
        "file": {"filename": "a.txt", "content_type": "text/plain", "content": "dGV4dA=="},
    }


def test_a_multipart_form_may_have_many_fields():
    """As many as a body holds."""
    body = "".join(part(f'name="{number}"', "x") for number in range(5000)) + "--b--\r\n"

    assert body_of(body.encode(), MULTIPART) == {str(number): "x" for number in range(5000)}


def test_a_file_of_a_multipart_form_arrives_byte_for_byte():
    """All 256 byte values."""
    content = bytes(range(256))
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n' + content + b"\r\n--b--\r\n"

    file = body_of(body, MULTIPART)["f"]

    assert base64.b64decode(file["content"]) == content
    assert file["content_type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (MULTIPART, part('name="a"', "x")),
        (MULTIPART, "no parts at all"),
        ("multipart/form-data", part('name="a"', "x") + "--b--\r\n"),
        ("multipart/form-data; boundary=other", part('name="a"', "x") + "--b--\r\n"),
    ],
    ids=["cut off", "no multipart", "no boundary", "another boundary"],
)
def test_a_multipart_form_that_is_none_stays_a_text(content_type: str, body: str):
    """The workflow gets what was sent."""
    assert body_of(body, content_type) == body


@pytest.mark.parametrize("charset", ["no-such", "punycode", "idna", "utf-7", "undefined", "unicode_escape", "hex"])
def test_a_field_in_a_charset_that_is_not_allowed_is_not_decoded(charset: str):
    """The form as a whole is then the text that was sent. Half a megabyte of punycode would take 20 seconds."""
    body = part('name="a"', "abc-", f"Content-Type: text/plain; charset={charset}") + "--b--\r\n"

    assert body_of(body, MULTIPART) == body


@pytest.mark.parametrize(
    ("content_type", "charset_field", "headers"),
    [
        (MULTIPART, "", ["Content-Type: text/plain; charset=ISO-8859-1"]),
        (MULTIPART, "windows-1252", []),
        (f"{MULTIPART}; charset=latin1", "", []),
        (MULTIPART, "utf-8", ['Content-Type: text/plain; charset="cp1252"']),
        (f"{MULTIPART}; charset=latin1", "punycode", []),
    ],
)
def test_the_fields_of_a_multipart_form_are_in_the_charset_that_they_name(
    content_type: str, charset_field: str, headers: list[str]
):
    """A field's own word counts more than the field _charset_, and that more than the form's header."""
    claimed = part('name="_charset_"', charset_field) if charset_field else ""
    form = part('name="name"', "Jürgen", *headers) + claimed + "--b--\r\n"

    assert body_of(form.encode("latin-1"), content_type)["name"] == "Jürgen"


def test_a_field_that_is_not_in_its_charset_leaves_the_form_as_it_came():
    """Base64, as it is no text; nothing is replaced."""
    form = (part('name="name"', "Jürgen") + "--b--\r\n").encode("latin-1")

    assert body_of(form, MULTIPART) == (base64.b64encode(form).decode(), "base64")


def test_a_body_of_512_kilobytes_passes_and_one_byte_more_does_not():
    """Counted in bytes as they were sent, not in characters and not in base64."""
    assert len(body_of("x" * 524_288, "text/plain")) == 524_288
    assert len(body_of(b"\xff" * 524_288, "image/png")[0]) == 699_052
    for body in ("x" * 524_289, b"\xff" * 524_289, "ü" * 262_145):
        with pytest.raises(BodyTooLarge, match=r"^The body has 5242(89|90) bytes; at most 524288 "):
            body_of(body, "text/plain")


@pytest.mark.parametrize("body", ["abc", "a===", "ab c", "ü"])
def test_base64_that_is_none_is_a_bad_request(body: str):
    """It would be API Gateway's mistake, but must not be ours."""
    event = http_event(body=body)
    event["isBase64Encoded"] = True

    with pytest.raises(BadRequest):
        inbound.http_event(APIGatewayProxyEventV2(event))


def test_the_address_of_the_api_is_the_word_of_api_gateway():
    """Not the client's Host header; http only where a local server says so."""
    event = APIGatewayProxyEventV2(http_event(host="evil.example"))
    local = APIGatewayProxyEventV2(http_event(x_forwarded_proto="http"))

    assert inbound.base_url(event) == "https://api.example"
    assert inbound.base_url(local) == "http://api.example"


def test_a_json_body_is_any_value_and_none_is_an_empty_object():
    """For routes that take JSON whatever the request calls itself."""
    assert inbound.json_body(APIGatewayProxyEventV2(http_event())) == {}
    assert inbound.json_body(APIGatewayProxyEventV2(http_event(body=""))) == {}
    assert inbound.json_body(APIGatewayProxyEventV2(http_event(body="[1]", content_type="text/plain"))) == [1]
    assert inbound.json_body(APIGatewayProxyEventV2(http_event(body='{"ü": 1}'.encode()))) == {"ü": 1}


@pytest.mark.parametrize("body", ["{", "NaN", b"\xff", "x"])
def test_a_json_body_that_is_none_is_a_bad_request(body: str | bytes):
    """The sentence says that it is no JSON."""
    with pytest.raises(BadRequest, match=r"^The body is not valid JSON: "):
        inbound.json_body(APIGatewayProxyEventV2(http_event(body=body)))


@pytest.mark.parametrize("levels", [200, 5_000, 100_000])
def test_a_body_that_is_nested_too_deeply_stays_text_in_a_hook_and_is_refused_elsewhere(levels: int):
    """The event is an object around the body: 199 levels are left. Nothing of a hook's request gets lost."""
    body = "[" * levels + "]" * levels
    event = APIGatewayProxyEventV2(http_event(body=body, content_type="application/json"))
    largest = APIGatewayProxyEventV2(http_event(body="[" * 199 + "]" * 199, content_type="application/json"))

    assert inbound.http_event(event)["body"] == body
    with pytest.raises(BadRequest, match=r"^The body is nested too deeply; at most 199 levels of lists and objects "):
        inbound.json_body(event)
    assert isinstance(inbound.http_event(largest)["body"], list)
    assert payloads.dump(inbound.http_event(largest), "The event")


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream", "application/pdf", "audio/ogg"])
def test_a_binary_kind_is_base64_even_if_its_bytes_are_text(kind: str):
    """A step that takes pictures need not guess; an empty body is an empty text all the same."""
    assert body_of(b"abc", kind) == ("YWJj", "base64")
    assert body_of(b"", kind) == ""
