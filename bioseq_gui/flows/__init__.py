"""What happens when a person asks for something: each flow joins the session to the engine for one kind of work."""
