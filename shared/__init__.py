"""What all four services share: contracts, bus, web hosting, the district pack, time and words."""
