"""Members: joining, signing in, the member's own code, consents and privacy; and how the desk finds a member and sees a card."""
