"""Remarks on answers: what a careful analyst would see, on items, how items go together, and respondents."""
