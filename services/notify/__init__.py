"""Notify 通知: every step of a case told to those it concerns, by a channel that reaches them."""
