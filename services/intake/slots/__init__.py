"""Times that can be booked: appointments, tickets, mobile desks, reception days 预约与叫号."""
