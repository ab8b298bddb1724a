"""The four services of Baitong: intake, routing, notify and partners. They share events only."""
