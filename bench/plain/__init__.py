"""The transfer job as one would write it from nameko's documentation and nameko-examples.

No outbox and no inbox: the database is committed, then the event is dispatched. What dies in
between is lost, and what is delivered twice happens twice. It is here to be measured beside ours.
"""
