"""The desk 受理台: its list, its form, its steps, and ``desk.yml`` of the pack."""
