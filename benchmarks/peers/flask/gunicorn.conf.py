"""One process; threads, because Gunicorn's sync workers close the connection after each answer.

The default of 1,000 connections is what the benchmark's load has, and fewer than it holds idle.
"""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
workers = 1
worker_class = "gthread"
threads = 4
worker_connections = 110_000
keepalive = 75
control_socket_disable = True
loglevel = "warning"
