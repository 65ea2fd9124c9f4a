"""Cases: who asks, deciding and storing in one transaction, clocks that end, what is shown."""
