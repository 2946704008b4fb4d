"""What government can choose: levers, and scenarios that set them."""
