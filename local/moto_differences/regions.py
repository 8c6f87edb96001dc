"""Which regions each service of moto 5.2.5 has."""

from typing import Any

from moto.core.base_backend import AccountSpecificBackend

from local.moto_differences.patch import replace


def install() -> None:
    # moto: reads the whole description of a service to know its regions, EC2's 10 MB as well. AWS: has those services
    # that a stack consists of in every region; here all services are there.
    generate = AccountSpecificBackend._generate_regions

    def generate_for_all(self: Any, _service_name: str) -> list[str]:
        return generate(self, "sts")  # a short description

    replace(AccountSpecificBackend, "_generate_regions", generate_for_all)
