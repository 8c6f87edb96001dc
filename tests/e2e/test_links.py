"""Links and addresses: who has one may use it, nobody can make one up, and each is good for one thing."""

import re

import pytest

from .client import Interlude, Run, step


def test_a_second_identical_click_is_told_when_the_first_was(approval: Run) -> None:
    """It is answered 200 with the first click's time, and says that it was already done."""
    link = approval.links()["resume_url"]

    first = approval.interlude.public.post(link)
    second = approval.interlude.public.get(link)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["first"] is True
    assert {**second.json(), "message": ""} == {**first.json(), "first": False, "message": ""}
    assert first.json()["at"] in second.json()["message"]


def test_a_click_that_is_sent_again_with_its_key_gets_its_very_first_answer(approval: Run) -> None:
    """Byte for byte: its sender has not got the first one."""
    link, headers = approval.links()["resume_url"], {"Idempotency-Key": '"my click"'}

    first = approval.interlude.public.post(link, json={"ok": True}, headers=headers)
    second = approval.interlude.public.post(link, json={"ok": True}, headers=headers)
    another = approval.interlude.public.post(link, json={"ok": False}, headers=headers)

    assert first.json()["first"] is True
    assert (second.status_code, second.content) == (200, first.content)
    assert another.status_code == 422


def test_a_second_identical_cancel_is_told_when_the_first_was(approval: Run) -> None:
    """It is answered 200 too, though the run has ended."""
    link = approval.links()["cancel_url"]
    first = approval.interlude.public.post(link).json()
    approval.until("cancelled")

    second = approval.interlude.public.post(link)

    assert second.status_code == 200
    assert (second.json()["first"], second.json()["outcome"], second.json()["at"]) == (False, "cancelled", first["at"])


def test_a_second_click_while_the_run_ends_keeps_the_first_data(approval: Run) -> None:
    """The request that was first is the one that the next step gets."""
    link = approval.links()["resume_url"]
    approval.interlude.public.post(link, json="first")
    approval.interlude.public.post(link, json="second")

    run = approval.until("succeeded")

    assert step(run, "ask")["exports"]["$resume_data"]["body"] == "first"


def test_cancel_after_resume_is_409(approval: Run) -> None:
    """The other link is told which one was first, and when."""
    links = approval.links()
    at = approval.interlude.public.post(links["resume_url"]).json()["at"]

    answer = approval.interlude.public.post(links["cancel_url"])

    assert answer.status_code == 409
    assert f"resumed at {at}" in answer.json()["error"]
    assert approval.end()["status"] == "succeeded"


def test_resume_after_cancel_is_409(approval: Run) -> None:
    """The other link is told which one was first, and when."""
    links = approval.links()
    at = approval.interlude.public.post(links["cancel_url"]).json()["at"]

    answer = approval.interlude.public.post(links["resume_url"])

    assert answer.status_code == 409
    assert f"cancelled at {at}" in answer.json()["error"]
    assert approval.end()["status"] == "cancelled"


@pytest.mark.parametrize("action", ["resume", "cancel"])
def test_a_bad_signature_looks_like_an_unknown_run(approval: Run, action: str) -> None:
    """Both are 404 with the same body, so that nobody can find out which runs there are."""
    link = approval.links()[f"{action}_url"]
    flipped = "A" if link[-2] != "A" else "B"
    bad_signature = f"{link[:-2]}{flipped}{link[-1]}"
    unknown_run = link.replace(approval.id, "approval-000000000000-0000000000000000")

    answers = [approval.interlude.public.post(each) for each in (bad_signature, unknown_run)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text
    assert approval.id not in answers[0].text
    assert approval.get()["status"] == "paused"


def test_a_signature_is_for_one_action(approval: Run) -> None:
    """Neither link can be made from the other."""
    links = approval.links()
    swapped = [
        links["resume_url"].replace("/resume/", "/cancel/"),
        links["cancel_url"].replace("/cancel/", "/resume/"),
    ]

    answers = [approval.interlude.public.post(each) for each in swapped]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert approval.get()["status"] == "paused"


@pytest.mark.parametrize("wait", ["0.2", "1.1", "9999.1", "0", "0.1.1", "0.-1", "x", "0.01", "0.1 "])
def test_a_signature_is_for_one_wait(approval: Run, wait: str) -> None:
    """It is no use for another wait of the run, and nonsense is 404 like all the rest."""
    link = approval.links()["resume_url"].replace("/0.1/", f"/{wait}/")

    answer = approval.interlude.public.post(link)

    assert answer.status_code == 404
    assert answer.json()["error"].endswith(".")
    assert approval.get()["status"] == "paused"


@pytest.mark.parametrize("signature", ["x", "ü", "%00", "a" * 3000, "=" * 43])
def test_a_signature_may_be_any_nonsense(approval: Run, signature: str) -> None:
    """Whatever stands in its place: 404, and nothing happens."""
    link = approval.links()["resume_url"].rpartition("/")[0] + f"/{signature}"

    answer = approval.interlude.public.post(link)

    assert answer.status_code == 404
    assert answer.json()["error"].endswith(".")
    assert approval.get()["status"] == "paused"


def test_a_link_of_another_run_is_not_valid(interlude: Interlude) -> None:
    """Each run has a key of its own."""
    one, other = (interlude.start("approval", {"document": name}) for name in ("One", "Other"))
    link = one.links()["resume_url"].replace(one.id, other.id)
    other.until("paused")

    assert interlude.public.post(link).status_code == 404
    assert [run.get()["status"] for run in (one, other)] == ["paused", "paused"]


def test_links_hold_nothing_that_can_be_guessed(approval: Run) -> None:
    """A signature has 256 bits, and no link tells a task token."""
    for link in approval.links().values():
        signature = link.rpartition("/")[2]
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", signature)


def test_the_links_of_a_run_that_ended_are_too_late(approval: Run) -> None:
    """A link that nobody opened in time is 410 after the run was stopped."""
    links = approval.links()
    approval.stop()
    ended_at = approval.get()["ended_at"]

    answers = [approval.interlude.public.post(link) for link in links.values()]

    assert [answer.status_code for answer in answers] == [410, 410]
    assert all(f"cancelled at {ended_at}" in answer.json()["error"] for answer in answers)


def test_a_wrong_hook_key_looks_like_an_unknown_workflow(interlude: Interlude) -> None:
    """Both are 404, with the name that was asked for and nothing else."""
    hook = interlude.hooks["approval"]
    key = hook.rpartition("/")[2]

    wrong_key = interlude.public.post(f"{interlude.base_url}/hooks/approval/{key[:-1]}{'-' if key[-1] == '_' else '_'}")
    unknown = interlude.public.post(f"{interlude.base_url}/hooks/nothing/{key}")
    others_key = interlude.public.post(f"{interlude.base_url}/hooks/counter/{key}")

    assert [answer.status_code for answer in (wrong_key, unknown, others_key)] == [404, 404, 404]
    assert wrong_key.text.replace("approval", "…") == unknown.text.replace("nothing", "…")
    assert others_key.text.replace("counter", "…") == unknown.text.replace("nothing", "…")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_hook_takes_any_method(interlude: Interlude, method: str) -> None:
    """The event tells which one it was."""
    run = interlude.start("counter", method=method, params={"a": "1"})

    event = run.end()["trigger"]["event"]

    assert (event["method"], event["query"]) == (method, {"a": "1"})


def test_a_hook_answers_with_the_run_and_where_to_ask_for_it(interlude: Interlude) -> None:
    """202 with the run's id and status_url, which works at once: never a 404."""
    for _ in range(10):
        answer = interlude.public.post(interlude.hooks["counter"], json={"delay_ms": 0, "max_retries": 0})
        status = interlude.signed.get(answer.json()["status_url"])

        assert answer.status_code == 202
        assert set(answer.json()) == {"run_id", "status_url"}
        assert answer.json()["status_url"] == f"{interlude.base_url}/runs/{answer.json()['run_id']}"
        assert (status.status_code, status.json()["run_id"]) == (200, answer.json()["run_id"])


def test_hook_urls_stay(interlude: Interlude) -> None:
    """The hook of a workflow is the same whenever it is asked for, and every workflow has its own."""
    urls = {each["name"]: each["hook_url"] for each in interlude.workflows()}

    assert urls == interlude.hooks
    assert len({url.rpartition("/")[2] for url in urls.values()}) == len(urls)
    assert all(re.fullmatch(r".+/hooks/[a-z_]+/[A-Za-z0-9_-]{32,}", url) for url in urls.values())
