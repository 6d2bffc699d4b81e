"""Find and read FCS files."""
