"""The secrets that a whole import needs: each is created once, whoever reads it. Called by plan and command."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.workflow import Outcome, Remark

_AUTH = re.compile(r"""\$auth["']\s*(?:,\s*(?:\{\}|dict\(\)|None)\s*)?[\])]\s*(?:\[\s*|\.get\(\s*)["'](\w+)["']""")
_UNKNOWN = "…"


@dataclass
class Credentials:
    """What each secret holds, by its name in a stack called interlude, and the steps that read it."""

    values: dict[str, dict[str, str] | str] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)

    def add_account(self, account: str, code: str, reader: str) -> None:
        """With the keys that the code reads of it."""
        name = f"interlude/{account}"
        value = self.values.setdefault(name, {})
        if isinstance(value, dict):
            value.update(dict.fromkeys(_AUTH.findall(code), _UNKNOWN))
        self.readers.setdefault(name, set()).add(reader)

    def add_variable(self, variable: str, reader: str) -> None:
        self.values[f"/interlude/{variable}"] = _UNKNOWN
        self.readers.setdefault(f"/interlude/{variable}", set()).add(reader)

    def remarks(self) -> Iterator[Remark]:
        """How to create each of them, and one file with all of them for this machine."""
        values = {
            name: value if isinstance(value, str) else dict(sorted(value.items())) or {"oauth_access_token": _UNKNOWN}
            for name, value in sorted(self.values.items())
        }
        for name, value in values.items():
            readers = ", ".join(sorted(self.readers[name]))
            if isinstance(value, str):
                write = f"aws ssm put-parameter --type SecureString --name {name} --value {_UNKNOWN}"
                yield Remark(Outcome.DECISION, name, f"A parameter of {readers}, which fails without it.", write)
            else:
                text = json.dumps(value, ensure_ascii=False)
                write = f"aws secretsmanager create-secret --name {name} --secret-string '{text}'"
                yield Remark(Outcome.DECISION, name, f"A connected account's secret, of {readers}.", write)
        if values:
            what = (
                "For make local, secrets.json beside template.yaml. Put in what it does not have yet. On AWS, "
                "the secrets of a stack with another name than interlude begin with that name."
            )
            yield Remark(Outcome.DECISION, "secrets.json", what, json.dumps(values, indent=2, ensure_ascii=False))
