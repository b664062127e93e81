"""What a researcher decides between the data and the table: rules about items, model, method and respondents."""
