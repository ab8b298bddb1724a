"""`make demo`: a realistic month in a running district, told through its public API.

- `matters.yml` and `people.py`: what residents bring, and who they are (all invented)
- `proportions.py`: how much of what, after the published figures
- `stories.py`: what becomes of one matter, step by step
- `month.py`: all stories in the order of their moments, on the demonstration's clock
"""
