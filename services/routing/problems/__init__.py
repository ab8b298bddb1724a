"""问题责任清单, 未诉先办 and 回头看: what keeps coming, who answers for it, did it hold."""
