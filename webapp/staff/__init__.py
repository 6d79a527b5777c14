"""The people behind the counter: who they are, what they may do, and the one queue of work they share."""
