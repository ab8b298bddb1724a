"""What the embedded run starts with: the pack's partners and rewards, the demo ones among them.

A deployed service takes the pack over at its start too, without the demo part: see service.py.
"""

from services.partners.handlers_partners import take_pack
from shared.runtime import Runtime


def seed(runtime: Runtime) -> None:
    """Bring them into the database; does nothing where they are."""
    take_pack(runtime)
