"""What a back-test is held to: how good the model is, and where it loses."""
