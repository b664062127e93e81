"""Planning: how many respondents are enough, and which method suits a survey, by simulation."""
