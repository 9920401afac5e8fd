"""What pages and documents read of the committee."""
