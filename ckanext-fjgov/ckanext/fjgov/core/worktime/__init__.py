"""Working days (工作日): the calendar of the State Council's notices, and what falls due when."""
