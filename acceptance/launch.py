"""`launch.py COMMAND…`: runs a command with the environment of a new double; its exit code is ours."""

import subprocess
import sys

from double import Double

with Double() as double:
    environment = double.variables()
    environment["KAGE_TLS_ENDPOINT"] = double.tls_endpoint
    environment.update(double.trust())
    code = subprocess.run(sys.argv[1:], env=environment, stdin=subprocess.DEVNULL).returncode
    stopped = double.stop()
    if stopped != 0:
        sys.exit(f"the double ended with {stopped}")
    sys.exit(code)
