"""The five snippets of the article, as files: what they say of themselves is not so."""
