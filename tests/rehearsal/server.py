"""A moto server that takes deployments of `sam deploy`: python -m tests.rehearsal.server PORT"""

import sys

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

from local import moto_differences
from tests.rehearsal import change_sets

moto_differences.install()
change_sets.install()
run_simple("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app), threaded=True)
