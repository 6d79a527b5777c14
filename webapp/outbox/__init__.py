"""What everybody is told: the event log, the member's inbox, letters to the world outside, and the tick that wakes the tablets.

Called by the rules of every room inside their own transaction; it never sends anything itself (the worker does).
"""
