"""`capture --dry-run`: what would be sent and paid; nothing is created, sent or paid."""

from collections.abc import Sequence

from ..texts.faults import Fault
from .batch import DONE, FAILED, Item
from .files import ledger, view_on_disk
from .output import Output, facts_of
from .pricing import say_price
from .spared import Spared


def dry_run(items: Sequence[Item], output: Output, *, again: bool) -> int:
    """Write what a capture of each would send and cost, or what spares it; return the exit status."""
    kept = ledger()
    spared = Spared(kept, again=again)
    price, found, status = 0.0, 0, DONE
    for item in items:
        try:
            if item.fault is not None:
                raise item.fault
            assert item.request is not None  # noqa: S101 -- else there is a fault
            earlier = spared.capture_of(item.request)
            if earlier is None:
                price += say_price(output, item.label, item.request)
                continue
        except Fault as fault:
            output.fault(item.label, fault.what, fault.next_step)
            status = FAILED
            continue
        view = view_on_disk(kept, earlier)
        # one that waits before its payment is yet to be paid, though nothing new is begun
        cost = 0.0 if earlier.may_be_paid else earlier.credits
        price, found = price + cost, found + 1
        output.step(
            "spared",
            f"{item.label}: the earlier capture {earlier.id} is used ({view.what.removesuffix('.')}), "
            + (f"which is yet to be paid: {cost:.2f} credits." if cost else "at no cost."),
            label=item.label,
            **facts_of(view),
        )
    output.step(
        "total",
        f"At most {price:.2f} credits would be paid; nothing was sent.",
        credits=round(price, 3),
        videos=len(items),
        spared=found,
    )
    return status
