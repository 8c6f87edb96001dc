"""Links that nobody has handed out: they end nothing, and say no more than that."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.amount import MARKS, inputs
from tests.fuzz.service import Service, never_broken, parts

pytestmark = MARKS

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
TEXTS = st.text(min_size=1, max_size=90) | st.text("0123456789.r-", min_size=1, max_size=14)


@pytest.fixture(scope="module")
def waiting(service: Service) -> Iterator[dict[str, tuple[str, str, str]]]:
    """Run, wait and signature of both links of a wait, which is there after all tests as it was before."""
    run_id = service.world.start("asking", {})
    view = service.world.paused(run_id)
    yield {name: parts(view["wait"][f"{name}_url"])[1:] for name in ("resume", "cancel")}
    after = service.world.describe(run_id)
    assert (after["status"], after["wait"]) == ("paused", view["wait"])
    assert "outcome" not in service.world.item(run_id, f"WAIT#{parts(view['wait']['resume_url'])[2]}")


@inputs(60)
@given(st.data())
def test_no_other_text_is_a_link(service: Service, waiting: dict[str, tuple[str, str, str]], data: st.DataObject):
    """Any run, wait and signature, of which some are right but never all: 404, or 405 where the method is none."""
    action = data.draw(st.sampled_from(["resume", "cancel"]))
    right = waiting[action]
    other = waiting["cancel" if action == "resume" else "resume"]
    run_id, wait, signature = (
        data.draw(st.just(mine) | st.just(theirs) | TEXTS) for mine, theirs in zip(right, other, strict=True)
    )
    if (run_id, wait, signature) == right:
        signature = signature[1:]
    method = data.draw(st.sampled_from(METHODS))
    path = "/".join(quote(part, safe="", errors="surrogatepass") for part in (run_id, wait, signature))

    answer = service.ask(method, f"/{action}/{path}")

    never_broken(service, answer)
    assert answer.status_code in ((404, 405) if method in ("HEAD", "OPTIONS") else (404,))


@inputs(60)
@given(st.sampled_from(["resume", "cancel"]), st.integers(0, 255))
def test_a_signature_with_one_bit_changed_is_none(
    service: Service, waiting: dict[str, tuple[str, str, str]], action: str, bit: int
):
    """Each of its 256."""
    run_id, wait, signature = waiting[action]
    digest = bytearray(base64.urlsafe_b64decode(signature + "="))
    digest[bit // 8] ^= 1 << bit % 8
    changed = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    answer = service.ask("POST", f"/{action}/{run_id}/{wait}/{changed}")

    never_broken(service, answer)
    assert answer.status_code == 404


@inputs(43)
@given(st.sampled_from(["resume", "cancel"]), st.integers(0, 42), st.sampled_from("AZaz09-_"))
def test_a_signature_has_one_way_to_be_written(
    service: Service, waiting: dict[str, tuple[str, str, str]], action: str, place: int, character: str
):
    """Also its last character, two bits of which mean nothing in Base64."""
    run_id, wait, signature = waiting[action]
    other = character if character != signature[place] else "B"

    answer = service.ask("POST", f"/{action}/{run_id}/{wait}/{signature[:place]}{other}{signature[place + 1 :]}")

    never_broken(service, answer)
    assert answer.status_code == 404
