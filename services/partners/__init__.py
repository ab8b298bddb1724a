"""partners 合伙人: who can help, which need goes to whom, and the points that thank them."""
