"""A stand-in for the AIMoCap service, over real sockets, strict about the documented contract.

It shares no code with the add-on, and needs nothing but Python's standard library.
"""

from .contract import Limits
from .faults import Fault
from .process import StandInProcess
from .recording import Charge, Request
from .results import Results
from .server import StandIn

__all__ = ["Charge", "Fault", "Limits", "Request", "Results", "StandIn", "StandInProcess"]
