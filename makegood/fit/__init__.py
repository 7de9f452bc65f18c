"""Parameters of the judgement, fitted to a company's own history."""
