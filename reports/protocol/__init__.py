"""The ADEMP protocol and methods section of a study, written from what was executed: for the page, Word and LaTeX."""
