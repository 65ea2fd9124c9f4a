"""Applications, grants and uses: from asking for information to using it (Art. 22 to 27)."""
