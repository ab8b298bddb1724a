"""Who is on duty when: shifts by rota, pairs, leave, swaps, calendars 排班."""
