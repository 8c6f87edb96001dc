"""The secrets that an import needs. Each is listed once, with all steps that read it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from importer.workflow import Outcome, Remark

_AUTH = re.compile(r"""\$auth["']\s*(?:,\s*(?:\{\}|dict\(\)|None)\s*)?[\])]\s*(?:\[\s*|\.get\(\s*)["'](\w+)["']""")
_UNKNOWN = "…"


@dataclass
class Credentials:
    """The content of each secret, by its name in a stack called interlude, and the steps that read it."""

    values: dict[str, dict[str, str] | str] = field(default_factory=dict)
    readers: dict[str, set[str]] = field(default_factory=dict)

    def add_account(self, account: str, code: str, reader: str) -> None:
        """Adds an account, with the keys that the code reads from it."""
        name = f"interlude/{account}"
        value = self.values.setdefault(name, {})
        if isinstance(value, dict):
            value.update(dict.fromkeys(_AUTH.findall(code), _UNKNOWN))
        self.readers.setdefault(name, set()).add(reader)

    def add_variable(self, variable: str, reader: str) -> None:
        self.values[f"/interlude/{variable}"] = _UNKNOWN
        self.readers.setdefault(f"/interlude/{variable}", set()).add(reader)

    def remarks(self) -> Iterator[Remark]:
        """How to create each secret, and one file with all of them for make local."""
        values: dict[str, dict[str, str] | str] = {}
        for name, value in sorted(self.values.items()):
            readers = ", ".join(sorted(self.readers[name]))
            if isinstance(value, str):
                values[name] = value
                write = f"aws ssm put-parameter --type SecureString --name {name} --value {_UNKNOWN}"
                yield Remark(Outcome.DECISION, name, f"A parameter for {readers}, which fails without it.", write)
            else:
                values[name] = dict(sorted(value.items())) or {"oauth_access_token": _UNKNOWN}
                text = json.dumps(values[name], ensure_ascii=False)
                write = f"aws secretsmanager create-secret --name {name} --secret-string '{text}'"
                yield Remark(Outcome.DECISION, name, f"The secret of a connected account, for {readers}.", write)
        if values:
            what = (
                "For make local: secrets.json beside template.yaml. Add what it lacks. On AWS, if the stack is not "
                "named interlude, the names of its secrets begin with the stack's name instead."
            )
            yield Remark(Outcome.DECISION, "secrets.json", what, json.dumps(values, indent=2, ensure_ascii=False))
