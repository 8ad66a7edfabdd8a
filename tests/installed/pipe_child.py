"""Write to a connection that is gone with the add-on on; answer what came of it, and SIGPIPE's handling. In Blender."""

import json
import os
import signal
import socket
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows

request = json.loads(Path(sys.argv[-1]).read_text())
before = signal.getsignal(signal.SIGPIPE)
blender_knows.install(request["zip"])
near, far = socket.socketpair()
far.close()
try:
    near.send(b"x")
    said = ""
except OSError as error:
    said = type(error).__name__
bpy.ops.preferences.addon_disable(module=blender_knows.MODULE)
as_before = signal.getsignal(signal.SIGPIPE) == before
Path(request["answer"]).write_text(json.dumps({"said": said, "as_before": as_before}))
sys.stdout.flush()
os._exit(0)
