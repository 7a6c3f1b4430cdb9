"""Users and profiles on plain tables that were there before: the article's five patterns, done with discreet."""
