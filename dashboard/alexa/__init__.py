"""The room as an Alexa skill: requests verified as Amazon demands, and answered at once."""
