"""Find the gates of a tube, one method a file."""
