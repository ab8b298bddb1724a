"""Figures: accepted, on the spot, times, on time, ratings, by place, item, channel, period."""
