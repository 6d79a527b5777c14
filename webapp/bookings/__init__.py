"""Bookings: what can be had when, holding it, the waiting list, and the calendar. `seats` is where nothing is sold twice."""
