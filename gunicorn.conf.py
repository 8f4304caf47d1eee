"""How gunicorn serves `app:gunicorn_app`; what an operator may choose comes from the settings.

Threads stand well above the cap on calls to any one outside (`BILLING_CALLS`, `PROXYFL_CALLS`), so
that waiting on one of them leaves threads for everybody else, `/api/accessfl` above all.
"""

import gc
import os
import sys
from importlib import import_module

from smartyard.config import SettingsError, load

try:
    _settings = load()
except SettingsError as wrong:
    sys.exit(str(wrong))

bind = _settings.listen
worker_class = "gthread"
workers = _settings.workers
threads = _settings.threads
preload_app = False  # connections and threads are made after the fork, in each worker
timeout = 60  # seconds without a sign of life of a worker; a request may take longer than that
graceful_timeout = 30  # requests in flight get it at a restart; supervisord waits for 40
keepalive = 30
limit_request_line = 8190  # a media server tells us the whole address that a viewer asked for
# The control socket would stand in the home of a service user that has none.
control_socket_disable = True
# Who may tell the client's address is the application's own setting: TRUSTED_PROXIES.
forwarded_allow_ips = ",".join(_settings.trusted_proxies)
accesslog = None  # nginx has one; addresses of ours carry video tokens
errorlog = "-"
loglevel = _settings.log_level.lower()
if os.access("/dev/shm", os.W_OK):
    worker_tmp_dir = "/dev/shm"  # a heartbeat must not wait for a disk


def when_ready(_server: object) -> None:
    """What the workers are made of is loaded once, before they are forked, and shared: each would
    take a second and a half to load it, and hold its own. The socket is there already, so that who
    comes meanwhile waits. New code wants a restart: a HUP reads the settings alone."""
    import_module("smartyard.wiring")
    gc.collect()
    gc.freeze()  # a collection in a worker would write to the pages that are shared


def post_fork(_server: object, _worker: object) -> None:
    """Threads of a worker hand each other the interpreter sooner than after its default 5 ms:
    accessfl takes it up again after each wait for a socket, and would queue behind every request
    that computes."""
    sys.setswitchinterval(0.0005)
