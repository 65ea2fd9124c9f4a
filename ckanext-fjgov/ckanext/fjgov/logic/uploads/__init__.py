"""Workbooks that registrars hand in on the portal: checked first, then imported, both by jobs."""
