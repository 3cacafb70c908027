"""One process; threads, because Gunicorn's sync workers close the connection after each answer."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 1
worker_class = "gthread"
threads = 4
worker_connections = 4096
keepalive = 75
control_socket_disable = True
loglevel = "warning"
