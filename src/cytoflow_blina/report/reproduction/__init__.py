"""Write the page of a reproduced study."""
