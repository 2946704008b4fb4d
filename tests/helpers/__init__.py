"""What tests share: small Englands, stand-ins for the engine, made-up run folders."""
