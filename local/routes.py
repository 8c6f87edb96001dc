"""Finds the route of a request, most specific first, as an HTTP API does.

Called by gateway. Calls nothing of local but stack's types.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from local.stack import Route


@dataclass(frozen=True)
class Match:
    """A route, and the values of its path's parameters, percent-decoded."""

    route: Route
    parameters: dict[str, str]

    @property
    def key(self) -> str:
        return "$default" if self.route.path == "$default" else f"{self.route.method} {self.route.path}"


class Routes:
    """The routes of an HTTP API."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(routes, key=_rank)

    def find(self, method: str, raw_path: str) -> Match | None:
        """The first that fits: a full match before a greedy one, a method before ANY, $default last."""
        for route in self._routes:
            if route.method not in (method, "ANY"):
                continue
            parameters = _fit(route.path, raw_path)
            if parameters is not None:
                return Match(route, parameters)
        return None


def _rank(route: Route) -> tuple[bool, list[int], bool]:
    kinds = [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in route.path.split("/")]
    return (route.path == "$default" or 2 in kinds, kinds, route.method == "ANY")


def _fit(path: str, raw_path: str) -> dict[str, str] | None:
    if path == "$default":
        return {}
    wanted, given = path.removeprefix("/").split("/"), raw_path.removeprefix("/").split("/")
    parameters: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if index >= len(given):
            return None
        if part.startswith("{") and part.endswith("+}"):
            # Nothing may follow the slash: that is how an HTTP API takes a path with a slash at its end.
            return {**parameters, part[1:-2]: unquote("/".join(given[index:]))}
        if part.startswith("{") and part.endswith("}"):
            if not given[index]:
                return None
            parameters[part[1:-1]] = unquote(given[index])
        elif part != unquote(given[index]):
            return None
    return parameters if len(given) == len(wanted) else None
