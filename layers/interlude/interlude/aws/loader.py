"""Loads botocore's descriptions of AWS's services, reduced to the operations that Interlude calls.

For a new client, botocore looks into the folder of every service, and reads all endpoints and every operation of the
service: more than half of a client's share of a cold start. `make service-data` writes the folder data from botocore's.
Anything that is missing there is read from botocore's own folder.
"""

import json
from gzip import decompress
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

DATA = Path(__file__).parent / "data"


class _Files(JSONFileLoader):
    """Reads the same files into plain dicts, in half the time of botocore's ordered ones."""

    def load_file(self, file_path: str) -> Any:
        """The content of the file at a path without its ending; None if the file does not exist."""
        for ending in (".json", ".json.gz"):
            path = Path(file_path + ending)
            if path.is_file():
                content = path.read_bytes()
                if ending == ".json.gz":
                    content = decompress(content)
                return json.loads(content)
        return super().load_file(file_path)


class ServiceData(Loader):
    """A loader of botocore's, for a session."""

    def __init__(self) -> None:
        folders = [str(DATA), self.BUILTIN_DATA_PATH]
        super().__init__(folders, file_loader=_Files(), include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # botocore's signature
        """The names of botocore's folders. Looking into each would take 10 ms."""
        return sorted(entry.name for entry in Path(self.BUILTIN_DATA_PATH).iterdir())

    def is_builtin_path(self, path: str) -> bool:  # noqa: ARG002  # botocore's signature
        """The folder data counts as botocore's own: then botocore's rules for endpoints apply."""
        return True
