"""What botocore makes clients of: its own descriptions of AWS's services, cut down to what Interlude calls.

botocore looks into the folder of every service there is, and reads all endpoints and every operation that a service
has, before there is a client: more than half of what a client costs a cold start. `make service-data` writes the folder
data from botocore's. Whatever is not in there is read from botocore's own folder.
"""

import json
from gzip import decompress
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

DATA = Path(__file__).parent / "data"


class _Files(JSONFileLoader):
    """Reads the same files into plain dicts, which takes half the time that botocore's ordered ones do."""

    def load_file(self, file_path: str) -> Any:
        """Of a path without its ending. None where there is no such file."""
        for ending in (".json", ".json.gz"):
            path = Path(file_path + ending)
            if path.is_file():
                content = path.read_bytes()
                return json.loads(decompress(content) if ending == ".json.gz" else content)
        return super().load_file(file_path)


class ServiceData(Loader):
    """A loader of botocore's, for a session."""

    def __init__(self) -> None:
        folders = [str(DATA), self.BUILTIN_DATA_PATH]
        super().__init__(folders, file_loader=_Files(), include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # botocore's signature
        """By the names of botocore's folders: a look into each would take 10 ms."""
        return sorted(entry.name for entry in Path(self.BUILTIN_DATA_PATH).iterdir())

    def is_builtin_path(self, path: str) -> bool:  # noqa: ARG002  # botocore's signature
        """Data is botocore's own, so that its rules for endpoints hold for it."""
        return True
