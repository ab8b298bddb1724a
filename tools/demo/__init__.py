"""`make demo`: a realistic month in a running district, told through its public API.

- `matters.yml` and `people.py`: what residents bring, and who they are (all invented)
- `proportions.py`: how much of what, after the published figures
- `stories.py`: what becomes of one matter, step by step, at the desk and with partners
- `by_department.py` and `follow_ups.py`: the same by a department, and what the resident says of it
- `supervising.yml` and `supervising.py`: what needs the supervisor: returns, joint orders, problems
- `month.py`: all stories in the order of their moments, on the demonstration's clock
"""
