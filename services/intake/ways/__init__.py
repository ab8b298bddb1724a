"""The four ways 即办 代办 陪办 上门办; promises, refusals, public notices, hand-over."""
