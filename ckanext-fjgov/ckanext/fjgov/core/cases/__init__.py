"""Cases (办理事项): registration review, claims, collection reports, and later applications."""
