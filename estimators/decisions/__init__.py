"""What a researcher decides between the data and the table: rules that drop items."""
