"""What finding the orders that are due costs, the more orders are open."""
