"""Quality of listed entries: following the change log, and telling what was found."""
