"""Write FCS files whose truth is known."""
