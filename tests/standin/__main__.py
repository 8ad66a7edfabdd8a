"""`python -m tests.standin`: prints one JSON line with its addresses, and serves until its stdin closes or SIGTERM."""

from __future__ import annotations

import argparse
import json
import signal
import ssl
import sys
import threading
from pathlib import Path

from .contract import ENVELOPES
from .results import Results
from .server import StandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.standin", description=__doc__)
    parser.add_argument("--generation", choices=("A", "B"), default="A", help="of the contract")
    parser.add_argument("--port", type=int, default=0, help="of the API; 0: a free one")
    parser.add_argument("--api-key", help="the key that is accepted; one is made up otherwise")
    parser.add_argument("--folder", type=Path, help="where uploads and results are kept; temporary otherwise")
    parser.add_argument("--fbx", type=Path, help="the result for `default`, and for avatars that are not named")
    parser.add_argument("--motion-json", type=Path, help="the result for `unitree_g1`")
    parser.add_argument("--avatar", action="append", default=[], metavar="ID=FILE", help="an .fbx, or a .blend")
    parser.add_argument("--make-with", type=Path, metavar="PYTHON", help="a Python that makes what is missing")
    parser.add_argument("--step-sec", type=float, default=0.5, help="of the performance that is made")
    parser.add_argument("--step-length", type=float, help="of it, metres")
    parser.add_argument("--radius", type=float, help="of its circle, metres")
    parser.add_argument("--polls", default="queued,processing,processing,completed", help="what a job's polls find")
    parser.add_argument("--hold", metavar="STATUS", help="jobs stay in this status until released by control")
    parser.add_argument("--envelope", choices=ENVELOPES, default="object", help="of errors")
    parser.add_argument("--bare", action="store_true", help='answers without {"data": …}')
    parser.add_argument("--avatars", action="store_true", help="generation B takes avatar targets too")
    parser.add_argument("--link-seconds", type=float, default=900.0, help="the life of presigned links")
    parser.add_argument("--tls", nargs=2, type=Path, metavar=("CERT", "KEY"), help="serve https")
    options = parser.parse_args()

    tls = None
    if options.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*options.tls)
    avatars = {avatar.partition("=")[0]: Path(avatar.partition("=")[2]) for avatar in options.avatar}
    standin = StandIn(
        options.generation,
        folder=options.folder,
        results=Results(
            fbx=options.fbx,
            motion_json=options.motion_json,
            avatars=avatars,
            make_with=options.make_with,
            step_sec=options.step_sec,
            step_length=options.step_length,
            radius=options.radius,
        ),
        polls=options.polls.split(","),
        envelope=options.envelope,
        wrapped=not options.bare,
        link_seconds=options.link_seconds,
        api_key=options.api_key,
        takes_avatars=options.avatars or None,
        port=options.port,
        tls=tls,
    )
    if options.hold:
        standin.hold(options.hold)

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda _signal, _frame: ended.set())
    signal.signal(signal.SIGINT, lambda _signal, _frame: ended.set())
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with standin:
        print(json.dumps(standin.addresses()), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
