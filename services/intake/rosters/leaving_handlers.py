"""Who leaves a community, or may sign in no more, leaves its rota in the same moment."""

from services.intake.rosters import store
from services.intake.rosters.handlers import NOBODY
from services.intake.rosters.said import Said
from services.intake.rosters.swap import moved
from shared.db import Transaction


def leave_rota(tx: Transaction, username: str, community: str) -> None:
    """Give back the duties they have not begun and end their open swaps.

    The gaps are seen at once, and the timer draws others for the seats.
    """
    store.hold(tx, community)
    for duty in store.duties_to_come(tx, community, username, tx.now):
        store.save_duty(tx, duty.cancelled(tx.now))
    for swap in store.open_swaps_of(tx, community, username):
        store.save_swap(tx, moved(swap, "lapse", Said(NOBODY, tx.now)))
