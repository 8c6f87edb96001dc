"""How functions are invoked: the forms of a call, and how one form becomes another.

lambdas and delegation invoke; gateway, server and the engine call. Calls nothing of local.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

Answer = tuple[bytes, str | None]
"""What Lambda's Invoke answers: the payload, and "Unhandled" if it is an error."""

Invoker = Callable[[str, str | None, bytes], Answer]
"""Invokes a function, by name and qualifier, with a payload, and waits for the answer."""

Done = Callable[[bytes, str | None], None]
"""Takes an answer: once, in any thread."""

Invoke = Callable[[str, str | None, bytes, Done], None]
"""Invokes a function as Invoker does, but comes back at once. The answer goes to the last argument."""


def blocking(invoke: Invoke) -> Invoker:
    """The form that waits. It must not be called in the event loop."""

    def invoke_and_wait(name: str, qualifier: str | None, payload: bytes) -> Answer:
        answer: Future[Answer] = Future()
        invoke(name, qualifier, payload, lambda *given: answer.set_result(given))
        return answer.result()

    return invoke_and_wait


def in_threads(invoker: Invoker) -> Invoke:
    """The form that comes back at once, of one that waits."""
    threads = ThreadPoolExecutor(200, "invocation")

    def invoke(name: str, qualifier: str | None, payload: bytes, done: Done) -> None:
        threads.submit(lambda: done(*invoker(name, qualifier, payload)))

    return invoke


async def answer_of(invoke: Invoke, name: str, qualifier: str | None, payload: bytes) -> Answer:
    """The answer, awaited. The function runs on when the wait for it is cancelled."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Answer] = loop.create_future()

    def settle(given: Answer) -> None:
        if not answer.done():
            answer.set_result(given)

    def done(payload: bytes, error: str | None) -> None:
        # Waking the loop up from outside costs more than the rest of an invocation.
        if asyncio._get_running_loop() is loop:
            settle((payload, error))
        else:
            loop.call_soon_threadsafe(settle, (payload, error))

    invoke(name, qualifier, payload, done)
    return await answer
