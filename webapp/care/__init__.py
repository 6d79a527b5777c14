"""Care: who hears from the shop, when, with what, and when it stays quiet; and whom somebody should ring."""
